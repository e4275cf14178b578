#include "resolve/classes/classes.h"

namespace syscope::resolve {

// Families for which nothing here knows more than the name of the protocol.
const DescriptorClass socket_class = {FileClass::socket, "socket", "sock"};

}  // namespace syscope::resolve
