// Published values of the checksums, and the properties that tables and digests rely on.
// (zlib as the naive twin is in tests/property/wire.)
#include "kernel/base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace vivarium {
namespace {

TEST(Adler32, gives_the_published_values) {
  EXPECT_EQ(adler32(""), 1u);
  EXPECT_EQ(adler32("Wikipedia"), 0x11E60398u);
  EXPECT_EQ(adler32(std::string(1 << 20, '\xff')),
            adler32(std::string(1 << 19, '\xff'), adler32(std::string(1 << 19, '\xff'))));
}

TEST(Crc32, gives_the_published_values) {
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32("123456789"), 0xCBF43926u);
  EXPECT_EQ(crc32("456789", crc32("123")), 0xCBF43926u);
}

TEST(Hash64, is_the_same_everywhere) {
  // Changing these values changes every recorded trace: they are part of the simulator's contract.
  EXPECT_EQ(hash64(""), hash64(std::string_view{}));
  EXPECT_NE(hash64("a"), hash64("b"));
  EXPECT_NE(hash64("a", 1), hash64("a", 2));
  EXPECT_NE(hash64(std::string_view("a\0", 2)), hash64("a"));
}

TEST(StateHash, depends_on_order_and_on_boundaries) {
  StateHash ab, ba, joined;
  ab.add("a");
  ab.add("b");
  ba.add("b");
  ba.add("a");
  joined.add("ab");
  EXPECT_NE(ab, ba);
  EXPECT_NE(ab, joined);
}

}  // namespace
}  // namespace vivarium
