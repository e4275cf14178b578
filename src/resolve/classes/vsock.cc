#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass vsock_class = {FileClass::vsock, "vsock", "vsock"};

}  // namespace syscope::resolve
