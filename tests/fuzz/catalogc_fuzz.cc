// Arbitrary text as a catalog: whatever it is, it is compiled or refused.
#include <string>

#include "catalogc/compile.h"
#include "catalogc/dump.h"
#include "catalogc/emitter.h"
#include "tests/fuzz/driver.h"

using namespace syscope::catalogc;

std::vector<std::string> fuzz_seeds() {
  return {
      "flags o : int else \"O_???\" { mask 3 { R 0 W 1 } C 0o100 zero { Z 0 } }\n"
      "call openat 257 i386 295 arm64 56 (d: dirfd, p: in path, f: flags o, m: mode if f & (C|W)) "
      "-> fd"
      " %file !opens(ret, f) \"opens\"\n",
      "struct m { n: to sockaddr[l; l] l: int i: to scatter[c; fill] c: size x: u32 bits 3 @ 40 }\n"
      "struct sockaddr sized { f: u16 : switch f { 1: rest else: bytes[available] } }\n"
      "struct rest { a: be16 *b: ip6 hidden }\n"
      "call recvmsg 47 (s: fd, m: out m fill ret, v: io int, a: out bytes[*v; *v] via h) -> size\n",
      "enum r : uint { A _IOR('T', 0x31, s) B 1 << 3 i386 - }\nstruct s i386 packed { q: u64[B] }\n"
      "call ioctl 16 (fd: fd, op: enum r, p: addr) -> int via w !waits(fd)\n"
      "variants ioctl by fd, op & 0x7f { 3 { A, C 9: (p: out s) -> fd } }\n",
  };
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<Source> sources = {
      {"fuzz.sys", std::string(reinterpret_cast<const char*>(data), size)}};
  Diagnostics diagnostics(sources);
  Program program;
  const Compiled compiled = compile(sources, program, diagnostics);
  std::size_t made = diagnostics.report().size();
  if (diagnostics.empty()) {
    for (const GeneratedFile& file : emit(compiled)) made += file.text.size();
    made += dump_plans(compiled).size() + dump_facts(compiled).size();
  }
  return made == 1;
}
