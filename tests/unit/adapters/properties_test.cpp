#include "adapters/config/properties.h"

#include <gtest/gtest.h>

namespace vivarium {
namespace {

struct Case {
  const char* text;
  const char* key;
  const char* value;
};

TEST(Properties, separators_blanks_continuations_and_escapes_follow_java) {
  const Case cases[] = {
      {"a=b", "a", "b"},
      {"a = b", "a", "b"},
      {"a:b", "a", "b"},
      {"a b", "a", "b"},
      {"  \t a \t : \t b c ", "a", "b c "},
      {"a", "a", ""},
      {"a=", "a", ""},
      {"a==b", "a", "=b"},
      {"a b=c", "a", "b=c"},
      {"a\\ b=c", "a b", "c"},
      {"a\\=b=c", "a=b", "c"},
      {"a=b\\\n   c", "a", "bc"},
      {"a=b\\\r\n\tc", "a", "bc"},
      {"a=b\\\\\n", "a", "b\\"},
      {"a=\\t\\n\\q", "a", "\t\nq"},
      {"a=\\u0041\\u00e9\\u20ac", "a", "A\xc3\xa9\xe2\x82\xac"},
      {"a=b#c", "a", "b#c"},
      {"a=b\\", "a", "b"},
      {"4lw.commands.whitelist=*", "4lw.commands.whitelist", "*"},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_properties(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text;
    ASSERT_EQ(parsed.value().size(), 1u) << c.text;
    EXPECT_EQ(parsed.value()[0].key, c.key) << c.text;
    EXPECT_EQ(parsed.value()[0].value, c.value) << c.text;
  }
}

TEST(Properties, comments_and_blank_lines_are_not_entries_but_count_as_lines) {
  const auto parsed = parse_properties("# one\n\n! two\n   \t\n  # three\r\nkey=v\\\n  w\rlast 1");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed.value().size(), 2u);
  EXPECT_EQ(parsed.value()[0].line, 6);
  EXPECT_EQ(parsed.value()[0].value, "vw");
  EXPECT_EQ(parsed.value()[1].key, "last");
  EXPECT_EQ(parsed.value()[1].line, 8);
}

TEST(Properties, a_comment_sign_in_a_continuation_line_is_text) {
  const auto parsed = parse_properties("a=b,\\\n#c");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value()[0].value, "b,#c");
}

TEST(Properties, a_malformed_unicode_escape_is_refused_with_its_line) {
  for (const char* text : {"\na=\\u12", "\na=\\u12g4", "\n\\u=1"}) {
    const auto parsed = parse_properties(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().line, 2);
  }
}

}  // namespace
}  // namespace vivarium
