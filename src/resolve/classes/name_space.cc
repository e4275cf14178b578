#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass name_space_class = {FileClass::name_space, "namespace", "NS"};

}  // namespace syscope::resolve
