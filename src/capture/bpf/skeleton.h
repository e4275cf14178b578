// The kernel programs as libbpf's generated skeleton, with the names that it uses for C's types.
#pragma once

#include "capture/bpf/layout.h"

using u8 = sc_u8;
using u16 = sc_u16;
using u32 = sc_u32;
using u64 = sc_u64;

#include "trace_bpf.skel.h"
