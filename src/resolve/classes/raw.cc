#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass raw_class = {FileClass::raw, "raw", "raw"};
const DescriptorClass ping_class = {FileClass::ping, "ping", "IPv4"};

}  // namespace syscope::resolve
