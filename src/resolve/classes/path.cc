#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass unknown_class = {FileClass::unknown, "unknown", "unknown"};
const DescriptorClass regular_class = {FileClass::regular, "regular", "REG"};
const DescriptorClass directory_class = {FileClass::directory, "directory", "DIR"};
const DescriptorClass symlink_class = {FileClass::symlink, "symlink", "LINK"};

}  // namespace syscope::resolve
