// Checksums and hashes with fixed, published definitions: the same bytes give the same value on every
// compiler and machine.
//
// adler32 and crc32 are those of zlib (RFC 1950, IEEE 802.3). hash64 and StateHash are ours: for look-up
// tables, traces and digests of state; never written to a file that Apache reads.
#pragma once

#include <cstdint>
#include <string_view>

namespace vivarium {

/// Adler-32 of `bytes`, continuing from `seed` (1 to start).
std::uint32_t adler32(std::string_view bytes, std::uint32_t seed = 1);

/// CRC-32 (IEEE) of `bytes`, continuing from `seed` (0 to start).
std::uint32_t crc32(std::string_view bytes, std::uint32_t seed = 0);

/// A good 64-bit mix of a byte string.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

/// Running 128-bit hash over a sequence of integers and byte strings; order matters.
class StateHash {
 public:
  void add(std::uint64_t v);
  void add(std::string_view bytes);
  std::uint64_t low() const { return a_; }
  std::uint64_t high() const { return b_; }
  friend bool operator==(const StateHash&, const StateHash&) = default;

 private:
  std::uint64_t a_ = 0x9ae16a3b2f90404fULL;
  std::uint64_t b_ = 0xc949d7c7509e6557ULL;
};

}  // namespace vivarium
