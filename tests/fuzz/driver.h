// What a fuzz target NAME_fuzz.cc offers. The driver here mutates its seeds deterministically and runs
// with the tests; a coverage-guided fuzzer can be linked to the same entry point instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// Inputs to start from: valid ones, so that mutations reach deep.
std::vector<std::string> fuzz_seeds();

// Must neither crash, hang, nor read outside of `data`. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
