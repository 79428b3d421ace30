// ByteReader and ByteWriter: big-endian jute primitives that never read past the end.
#include "kernel/base/bytes.h"

#include <gtest/gtest.h>

namespace vivarium {
namespace {

TEST(ByteWriter, writes_integers_big_endian) {
  Vector<char> out;
  ByteWriter writer(out);
  writer.i32(0x01020304);
  writer.i64(-2);
  writer.boolean(true);
  EXPECT_EQ(view(out), std::string_view("\1\2\3\4\xff\xff\xff\xff\xff\xff\xff\xfe\1", 13));
}

TEST(ByteWriter, tells_null_from_empty) {
  Vector<char> out;
  ByteWriter writer(out);
  writer.buffer(std::nullopt);
  writer.buffer("");
  writer.ustring("ab");
  EXPECT_EQ(view(out), std::string_view("\xff\xff\xff\xff\0\0\0\0\0\0\0\2ab", 14));
}

TEST(ByteWriter, patches_a_length_that_is_known_later) {
  Vector<char> out;
  ByteWriter writer(out);
  const std::size_t at = writer.reserve_i32();
  writer.bytes("abc");
  writer.patch_i32(at, 3);
  EXPECT_EQ(view(out), std::string_view("\0\0\0\3abc", 7));
  EXPECT_EQ(writer.written_since(4), "abc");
}

TEST(ByteReader, reads_back_what_was_written) {
  Vector<char> out;
  ByteWriter writer(out);
  writer.i32(-5);
  writer.i64(INT64_MIN);
  writer.buffer(std::nullopt);
  writer.buffer("");
  writer.ustring("path");
  ByteReader reader(view(out));
  EXPECT_EQ(reader.i32(), -5);
  EXPECT_EQ(reader.i64(), INT64_MIN);
  EXPECT_EQ(reader.buffer(), std::nullopt);
  EXPECT_EQ(reader.buffer(), MaybeBytes(""));
  EXPECT_EQ(reader.ustring(), "path");
  EXPECT_TRUE(reader.finished());
}

TEST(ByteReader, stays_failed_after_a_short_read) {
  ByteReader reader(std::string_view("\0\0\0", 3));
  EXPECT_EQ(reader.i32(), 0);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(reader.overrun());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReader, tells_a_short_buffer_from_a_bad_length) {
  ByteReader short_buffer(std::string_view("\0\0\0\5ab", 6));
  EXPECT_EQ(short_buffer.buffer(), MaybeBytes(""));
  EXPECT_TRUE(short_buffer.overrun());
  ByteReader bad_length(
      std::string_view("\xff\xff\xff\xfe"
                       "ab",
                       6));
  EXPECT_EQ(bad_length.buffer(), std::nullopt);
  EXPECT_FALSE(bad_length.ok());
  bad_length.u8();
  EXPECT_FALSE(bad_length.overrun());
}

TEST(ByteReader, treats_any_non_zero_byte_as_true) {
  ByteReader reader(std::string_view("\2\0", 2));
  EXPECT_TRUE(reader.boolean());
  EXPECT_FALSE(reader.boolean());
}

}  // namespace
}  // namespace vivarium
