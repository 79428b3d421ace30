// Compressed snapshot streams decode to what was encoded, in pieces of any size, and damage is noticed.
#include "adapters/storage/snapshot_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vivarium {
namespace {

std::string sample(std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; bytes.size() < size; ++i) bytes += "/node" + std::to_string(i * i);
  bytes.resize(size);
  return bytes;
}

std::string encode(Compression compression, const std::string& bytes, std::size_t piece) {
  const auto encoder = make_snapshot_encoder(compression);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    encoder->feed(std::string_view(bytes).substr(at, piece), out);
  encoder->finish(out);
  return out;
}

bool decode(Compression compression, const std::string& bytes, std::size_t piece, std::string& out) {
  const auto decoder = make_snapshot_decoder(compression);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (!decoder->feed(std::string_view(bytes).substr(at, piece), out)) return false;
  }
  return decoder->finish();
}

class Streams : public ::testing::TestWithParam<Compression> {};
INSTANTIATE_TEST_SUITE_P(All, Streams, ::testing::Values(Compression::kNone, Compression::kGzip, Compression::kSnappy));

TEST_P(Streams, decode_to_what_was_encoded) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{32768}, std::size_t{200000}}) {
    const std::string bytes = sample(size);
    for (const std::size_t piece : {std::size_t{1000}, std::size_t{70000}}) {
      std::string out;
      EXPECT_TRUE(decode(GetParam(), encode(GetParam(), bytes, piece), piece, out));
      EXPECT_EQ(out, bytes);
    }
  }
}

TEST_P(Streams, byte_by_byte_is_the_same) {
  const std::string bytes = sample(5000);
  std::string out;
  EXPECT_TRUE(decode(GetParam(), encode(GetParam(), bytes, 1), 1, out));
  EXPECT_EQ(out, bytes);
}

TEST_P(Streams, that_end_early_are_not_whole) {
  if (GetParam() == Compression::kNone) return;  // the seals tell
  const std::string whole = encode(GetParam(), sample(100000), 4096);
  for (std::size_t cut = 1; cut < whole.size(); cut += 997) {
    std::string out;
    EXPECT_FALSE(decode(GetParam(), whole.substr(0, whole.size() - cut), 4096, out));
  }
}

TEST(SnappyStream, begins_as_snappy_java_writes_it) {
  const std::string out = encode(Compression::kSnappy, "abc", 3);
  EXPECT_EQ(out.substr(0, 20), std::string("\x82SNAPPY\0\0\0\0\1\0\0\0\1\0\0\0\5", 20));
}

}  // namespace
}  // namespace vivarium
