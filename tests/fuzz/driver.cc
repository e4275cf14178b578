// driver [ROUNDS [FIRST]]: runs the target on every seed, then on ROUNDS mutations of them. A crash names
// its round: `driver 1 ROUND` repeats it.
#include "tests/fuzz/driver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

class Random {  // splitmix64
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : next() % bound; }

 private:
  std::uint64_t state_;
};

void mutate_once(std::string& input, const std::vector<std::string>& seeds, Random& random) {
  static constexpr std::uint64_t interesting[] = {0,      1,          0x7f,       0xff,
                                                  0x7fff, 0xffffffff, 0x80000000, ~std::uint64_t{0}};
  const std::size_t at = random.below(input.size());
  switch (random.below(6)) {
    case 0: if (!input.empty()) input[at] ^= static_cast<char>(1 << random.below(8)); break;
    case 1: if (!input.empty()) input[at] = static_cast<char>(random.next()); break;
    case 2: input.resize(at); break;
    case 3: {
      const std::size_t width = std::size_t{1} << random.below(4);
      const std::uint64_t value = interesting[random.below(std::size(interesting))];
      if (at + width <= input.size()) std::memcpy(input.data() + at, &value, width);
      break;
    }
    case 4: input.insert(at, input.substr(random.below(input.size()), random.below(64))); break;
    case 5: {
      const std::string& other = seeds[random.below(seeds.size())];
      const std::size_t from = random.below(other.size());
      input.replace(at, random.below(64), other.substr(from, random.below(64)));
      break;
    }
  }
}

void run(const std::string& input) {
  // An exact heap copy, so that the address sanitizer sees a read one byte too far.
  auto copy = std::make_unique<std::uint8_t[]>(input.size());
  if (!input.empty()) std::memcpy(copy.get(), input.data(), input.size());
  LLVMFuzzerTestOneInput(copy.get(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 20000;
  const std::uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 0;
  const std::vector<std::string> seeds = fuzz_seeds();
  if (seeds.empty()) {
    std::fprintf(stderr, "the target offers no seeds\n");
    return 1;
  }
  for (const std::string& seed : seeds) run(seed);
  for (std::uint64_t round = first; round < first + rounds; ++round) {
    Random random(round);
    std::string input = seeds[random.below(seeds.size())];
    for (std::size_t left = 1 + random.below(8); left != 0; --left) mutate_once(input, seeds, random);
    std::fprintf(stderr, "\r%llu", static_cast<unsigned long long>(round));
    run(input);
  }
  std::fprintf(stderr, "\r%llu rounds from %zu seeds\n", static_cast<unsigned long long>(rounds),
               seeds.size());
  return 0;
}
