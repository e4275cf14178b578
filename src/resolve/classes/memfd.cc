#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass memfd_class = {FileClass::memfd, "memfd", "REG"};

}  // namespace syscope::resolve
