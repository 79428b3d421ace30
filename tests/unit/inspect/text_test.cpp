// Values look as Java prints them.
#include "cmd/inspect/text.h"

#include "tests/unit/inspect/support.h"

namespace vivarium::inspect {
namespace {

TEST(Text, hex_is_javas) {
  EXPECT_EQ(hex_text(0), "0x0");
  EXPECT_EQ(hex_text(-2), "0xfffffffffffffffe");
  EXPECT_EQ(padded_hex(0), "0x00000000000000");
  EXPECT_EQ(padded_hex(0x4f), "0x0000000000004f");
  EXPECT_EQ(padded_hex(0x10000243b000005), "0x10000243b000005");
  EXPECT_EQ(padded_hex(INT64_MIN), "0x8000000000000000");
}

TEST(Text, dates_are_javas) {
  use_utc();
  EXPECT_EQ(log_date(WallTime{1795304001041}), "11/21/26, 11:33:21 PM UTC");
  EXPECT_EQ(long_date(WallTime{1795304001041}), "Sat Nov 21 23:33:21 UTC 2026");
  EXPECT_EQ(long_date(WallTime{0}), "Thu Jan 01 00:00:00 UTC 1970");
  EXPECT_EQ(log_date(WallTime{-1}), "12/31/69, 11:59:59 PM UTC");
  EXPECT_EQ(log_date(WallTime{INT64_MAX}), "8/17/94, 7:12:55 AM UTC");  // Java says the same of a damaged time stamp
}

TEST(Text, broken_utf8_is_replaced_as_javas_decoder_does) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(valid_utf8("plain \xc5\xbe \xe7\x8c\xab \xf0\x9f\x90\x88"), "plain \xc5\xbe \xe7\x8c\xab \xf0\x9f\x90\x88");
  EXPECT_EQ(valid_utf8("\xe2\x82"
                       "a"),
            bad + "a");
  EXPECT_EQ(valid_utf8("\xf0\x9f\x90"), bad);
  EXPECT_EQ(valid_utf8("\xc0\x80"), bad + bad);
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), bad);
  EXPECT_EQ(valid_utf8("\xf5"
                       "b"),
            bad + "b");
  EXPECT_EQ(valid_utf8("\xe0\x80\x80"), bad + bad + bad);
  EXPECT_EQ(valid_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad);
}

TEST(Text, base64_pads) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("a"), "YQ==");
  EXPECT_EQ(base64("ab"), "YWI=");
  EXPECT_EQ(base64("abc"), "YWJj");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

}  // namespace
}  // namespace vivarium::inspect
