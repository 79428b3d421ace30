// Adler-32 (eight bytes per step inside ordinary registers), CRC-32 (slicing by eight) and the 64-bit mix.
//
// A snapshot of 200 MB is checked at every restart, so Adler-32 may not be the byte-by-byte loop of RFC 1950.
// Must never: give another value than zlib (tests/property/wire compares them).
#include "kernel/base/hash.h"

#include <array>
#include <bit>
#include <cstring>

namespace vivarium {
namespace {

constexpr std::uint64_t kAdlerBase = 65521;
// Words summed in 16-bit lanes before the lanes could overflow: 255 * n * (n + 1) / 2 < 2^16.
constexpr std::size_t kAdlerWords = 22;
static_assert(255 * kAdlerWords * (kAdlerWords + 1) / 2 < 65536);
// Words between two divisions; the 64-bit sums stay far below overflow.
constexpr std::size_t kAdlerRun = 256 * kAdlerWords;

constexpr auto make_crc_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c >> 1) ^ ((c & 1) != 0 ? 0xEDB88320u : 0u);
    tables[0][i] = c;
  }
  for (std::uint32_t i = 0; i < 256; ++i) {
    for (std::size_t t = 1; t < 8; ++t) {
      const std::uint32_t previous = tables[t - 1][i];
      tables[t][i] = (previous >> 8) ^ tables[0][previous & 0xff];
    }
  }
  return tables;
}
constexpr auto kCrc = make_crc_tables();

template <class Word>
Word load_little_endian(const char* p) {
  Word word;
  std::memcpy(&word, p, sizeof word);
  if constexpr (std::endian::native == std::endian::little) return word;
  Word reversed = 0;
  for (std::size_t i = 0; i < sizeof word; ++i) reversed = reversed << 8 | (word >> (8 * i) & 0xff);
  return reversed;
}

std::uint32_t load_le32(const char* p) { return load_little_endian<std::uint32_t>(p); }
std::uint64_t load_le64(const char* p) { return load_little_endian<std::uint64_t>(p); }

struct AdlerSums {
  std::uint64_t a, b;
};

constexpr std::uint64_t kLanes = 0x00ff00ff00ff00ffULL;

/// Lane `i` of four 16-bit lanes.
constexpr std::uint64_t lane(std::uint64_t lanes, int i) { return (lanes >> (16 * i)) & 0xffff; }
constexpr std::uint64_t lane_sum(std::uint64_t lanes) {
  return lane(lanes, 0) + lane(lanes, 1) + lane(lanes, 2) + lane(lanes, 3);
}

/// Adds 8 * `count` bytes. Byte j of word k counts 8 * (count - k) - j times in b: `late_*` sums the first
/// factor by adding the running sums once per word, the second is taken off at the end.
void add_words(AdlerSums& sums, const char* p, std::size_t count) {
  std::uint64_t even = 0, odd = 0, late_even = 0, late_odd = 0;
  for (std::size_t k = 0; k < count; ++k, p += 8) {
    const std::uint64_t word = load_le64(p);
    even += word & kLanes;
    odd += (word >> 8) & kLanes;
    late_even += even;
    late_odd += odd;
  }
  sums.b += 8 * count * sums.a + 8 * (lane_sum(late_even) + lane_sum(late_odd));
  for (int i = 0; i < 4; ++i) {
    const auto j = static_cast<std::uint64_t>(2 * i);
    sums.b -= j * lane(even, i) + (j + 1) * lane(odd, i);
  }
  sums.a += lane_sum(even) + lane_sum(odd);
}

std::uint64_t multiply_fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::uint32_t adler32(std::string_view bytes, std::uint32_t seed) {
  AdlerSums sums{seed & 0xffff, seed >> 16};
  const char* p = bytes.data();
  std::size_t words = bytes.size() / 8;
  while (words > 0) {
    std::size_t run = words < kAdlerRun ? words : kAdlerRun;
    words -= run;
    while (run > 0) {
      const std::size_t group = run < kAdlerWords ? run : kAdlerWords;
      add_words(sums, p, group);
      p += 8 * group;
      run -= group;
    }
    sums.a %= kAdlerBase;
    sums.b %= kAdlerBase;
  }
  for (std::size_t left = bytes.size() % 8; left > 0; --left) {
    sums.a += static_cast<unsigned char>(*p++);
    sums.b += sums.a;
  }
  return static_cast<std::uint32_t>((sums.b % kAdlerBase) << 16 | (sums.a % kAdlerBase));
}

std::uint32_t crc32(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t c = ~seed;
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, p += 8) {
    const std::uint32_t lo = load_le32(p) ^ c;
    const std::uint32_t hi = load_le32(p + 4);
    c = kCrc[7][lo & 0xff] ^ kCrc[6][(lo >> 8) & 0xff] ^ kCrc[5][(lo >> 16) & 0xff] ^ kCrc[4][lo >> 24] ^
        kCrc[3][hi & 0xff] ^ kCrc[2][(hi >> 8) & 0xff] ^ kCrc[1][(hi >> 16) & 0xff] ^ kCrc[0][hi >> 24];
  }
  for (; left > 0; --left) c = (c >> 8) ^ kCrc[0][(c ^ static_cast<unsigned char>(*p++)) & 0xff];
  return ~c;
}

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  constexpr std::uint64_t k0 = 0xa0761d6478bd642fULL, k1 = 0xe7037ed1a0b428dbULL;
  std::uint64_t h = multiply_fold(seed ^ k0, bytes.size() ^ k1);
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 16; left -= 16, p += 16) h = multiply_fold(load_le64(p) ^ k0, load_le64(p + 8) ^ h);
  char tail[16] = {};
  if (left > 0) std::memcpy(tail, p, left);
  h = multiply_fold(load_le64(tail) ^ k0, load_le64(tail + 8) ^ h);
  return multiply_fold(h ^ k1, k0);
}

void StateHash::add(std::uint64_t v) {
  a_ = multiply_fold(a_ ^ v, 0xe7037ed1a0b428dbULL) + 0x9e3779b97f4a7c15ULL;
  b_ = multiply_fold(b_ ^ (v + 0x8ebc6af09c88c6e3ULL), 0x589965cc75374cc3ULL) ^ a_;
}

void StateHash::add(std::string_view bytes) {
  add(static_cast<std::uint64_t>(bytes.size()));
  add(hash64(bytes, a_));
}

}  // namespace vivarium
