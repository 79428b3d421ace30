// Adler-32, CRC-32 (slicing by eight) and the 64-bit mix, written for little constant tables and no state.
#include "kernel/base/hash.h"

#include <array>
#include <cstring>

namespace vivarium {
namespace {

constexpr std::uint32_t kAdlerBase = 65521;
// Largest n for which 255*n*(n+1)/2 + (n+1)*(kAdlerBase-1) fits 32 bits (RFC 1950's NMAX).
constexpr std::size_t kAdlerRun = 5552;

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

std::uint32_t load_le32(const char* p) {
  const auto* b = reinterpret_cast<const unsigned char*>(p);
  return static_cast<std::uint32_t>(b[0]) | static_cast<std::uint32_t>(b[1]) << 8 |
         static_cast<std::uint32_t>(b[2]) << 16 | static_cast<std::uint32_t>(b[3]) << 24;
}

std::uint64_t load_le64(const char* p) {
  return static_cast<std::uint64_t>(load_le32(p)) | static_cast<std::uint64_t>(load_le32(p + 4)) << 32;
}

std::uint64_t multiply_fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::uint32_t adler32(std::string_view bytes, std::uint32_t seed) {
  std::uint32_t a = seed & 0xffff;
  std::uint32_t b = seed >> 16;
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  while (left > 0) {
    std::size_t run = left < kAdlerRun ? left : kAdlerRun;
    left -= run;
    for (; run > 0; --run) {
      a += static_cast<unsigned char>(*p++);
      b += a;
    }
    a %= kAdlerBase;
    b %= kAdlerBase;
  }
  return (b << 16) | a;
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
  std::memcpy(tail, p, left);
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
