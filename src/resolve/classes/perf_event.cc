#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass perf_event_class = {FileClass::perf_event, "perf-event", "a_inode",
                                          "perf_event"};

}  // namespace syscope::resolve
