#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass packet_class = {FileClass::packet, "packet", "pack"};

}  // namespace syscope::resolve
