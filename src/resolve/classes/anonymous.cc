#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass anonymous_class_entry = {FileClass::anonymous, "anonymous", "a_inode"};

}  // namespace syscope::resolve
