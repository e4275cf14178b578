#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass mqueue_class = {FileClass::mqueue, "mqueue", "PSXMQ"};

}  // namespace syscope::resolve
