#include "resolve/classes/classes.h"

namespace syscope::resolve {

const DescriptorClass dma_buffer_class = {FileClass::dma_buffer, "dma-buffer", "REG"};

}  // namespace syscope::resolve
