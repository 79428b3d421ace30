// Randomness as a function: a counter-based generator keyed by (seed, stream, index). Integer only.
//
// Keyed draws (rather than one shared stream) mean that an added draw in one place moves nothing elsewhere;
// see docs/SIMULATOR.md, "keyed randomness".
#pragma once

#include <cstdint>

namespace vivarium {

/// Seed of a run or of a process; the only entropy that enters the kernel.
struct Seed {
  std::uint64_t value = 0;
  friend constexpr bool operator==(const Seed&, const Seed&) = default;
};

/// A 64-bit value that depends on all of its arguments (two rounds of the splitmix64 finaliser).
constexpr std::uint64_t draw(Seed seed, std::uint64_t stream, std::uint64_t index) {
  auto mix = [](std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  };
  std::uint64_t z = mix(seed.value + 0x9e3779b97f4a7c15ULL * (stream + 1));
  return mix(z + 0x9e3779b97f4a7c15ULL * (index + 1));
}

/// `draw` scaled to 0 .. n-1 without division bias that matters; n must be positive.
constexpr std::uint64_t draw_below(Seed seed, std::uint64_t stream, std::uint64_t index, std::uint64_t n) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{draw(seed, stream, index)} * n) >> 64);
}

}  // namespace vivarium
