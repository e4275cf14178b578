#include "resolve/classes/classes.h"
#include "resolve/classes/inet.h"

namespace syscope::resolve {

const DescriptorClass udp_class = {FileClass::udp, "udp", "IPv4", {}, nullptr, find_inet_peers};

}  // namespace syscope::resolve
