#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass character_device_class = {FileClass::character_device, "character-device",
                                                "CHR"};
const DescriptorClass block_device_class = {FileClass::block_device, "block-device", "BLK"};

}  // namespace syscope::resolve
