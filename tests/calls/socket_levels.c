// Options of the less common families of sockets, filters of ICMP messages, and protocols by family.
#include <linux/icmp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "call.h"

static void options_of(int level, int first, int last) {
  const int value = 7;
  for (int option = first; option <= last; ++option) {
    setsockopt(-1, level, option, &value, sizeof value);
    getsockopt(-1, level, option, 0, 0);
  }
}

static void filter(unsigned held) { setsockopt(-1, SOL_RAW, ICMP_FILTER, &held, sizeof held); }

int main(void) {
  mark();
  options_of(132, 0, 15);  // SOL_SCTP
  options_of(132, 100, 124);
  options_of(266, 1, 11);  // SOL_IRDA
  options_of(268, 1, 6);   // SOL_LLC
  options_of(269, 1, 6);   // SOL_DCCP
  options_of(272, 1, 5);   // SOL_RXRPC
  options_of(274, 7, 13);  // SOL_BLUETOOTH
  options_of(276, 1, 8);   // SOL_RDS
  options_of(279, 1, 6);   // SOL_ALG
  options_of(280, 0, 4);   // SOL_NFC
  options_of(0, 64, 67);
  options_of(41, 64, 65);
  for (unsigned bits = 0; bits < 32; bits += 5) filter((1U << bits) - 1);
  filter(~0U);
  for (int protocol = 0; protocol < 8; ++protocol) {
    socket(29, 100, protocol);  // AF_CAN
    socket(31, 100, protocol);  // AF_BLUETOOTH
    socket(34, 100, protocol);  // AF_ISDN
    socket(39, 100, protocol);  // AF_NFC
  }
  mark();
  return 0;
}
