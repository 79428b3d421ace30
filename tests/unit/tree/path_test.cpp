// ZooKeeper's path rules (PathUtils).
#include "kernel/tree/path.h"

#include <gtest/gtest.h>

#include <string>

namespace vivarium {
namespace {

TEST(Path, is_legal_when_made_of_plain_components) {
  for (const auto path :
       {"/", "/a", "/a/b", "/.a", "/a.", "/...", "/a..b", "/ ", "/a b", "/\xc3\xa9", "/\xe4\xb8\xad"}) {
    EXPECT_TRUE(is_legal_path(path)) << path;
  }
}

TEST(Path, is_illegal_without_a_leading_slash_or_with_empty_components) {
  for (const auto path : {"", "a", "a/b", "//", "/a/", "/a//b", "//a"}) EXPECT_FALSE(is_legal_path(path)) << path;
}

TEST(Path, is_illegal_with_dot_components) {
  for (const auto path : {"/.", "/..", "/a/.", "/a/..", "/./a", "/../a", "/a/./b", "/a/../b"}) {
    EXPECT_FALSE(is_legal_path(path)) << path;
  }
}

TEST(Path, is_illegal_with_control_characters) {
  for (int unit = 0; unit < 0x20; ++unit) EXPECT_FALSE(is_legal_path(std::string("/a") + static_cast<char>(unit)));
  EXPECT_FALSE(is_legal_path("/\x7f"));
  EXPECT_FALSE(is_legal_path("/\xc2\x80"));  // U+0080
  EXPECT_FALSE(is_legal_path("/\xc2\x9f"));  // U+009F
  EXPECT_TRUE(is_legal_path("/\xc2\xa0"));   // U+00A0
}

TEST(Path, is_illegal_from_surrogates_through_the_private_area) {
  EXPECT_TRUE(is_legal_path("/\xed\x9f\xbf"));   // U+D7FF
  EXPECT_FALSE(is_legal_path("/\xee\x80\x80"));  // U+E000
  EXPECT_FALSE(is_legal_path("/\xef\xa3\xbf"));  // U+F8FF
  EXPECT_TRUE(is_legal_path("/\xef\xa4\x80"));   // U+F900
  EXPECT_TRUE(is_legal_path("/\xef\xbf\xaf"));   // U+FFEF
  EXPECT_FALSE(is_legal_path("/\xef\xbf\xb0"));  // U+FFF0
  EXPECT_FALSE(is_legal_path("/\xef\xbf\xbd"));  // U+FFFD
}

TEST(Path, is_illegal_with_characters_that_java_stores_as_two_units) {
  EXPECT_FALSE(is_legal_path("/\xf0\x9f\x98\x80"));
}

TEST(Path, is_illegal_with_malformed_utf8_because_java_reads_a_replacement_character) {
  for (const auto path : {"/\x80", "/\xc3", "/\xc3(", "/\xc0\xaf", "/\xc1\x81", "/\xe0\x80\xaf", "/\xe4\xb8",
                          "/\xe4(\xad", "/\xed\xa0\x80", "/\xf8\x88\x80\x80\x80", "/\xff"}) {
    EXPECT_FALSE(is_legal_path(path)) << path;
    EXPECT_FALSE(is_legal_sequential_prefix(path)) << path;
  }
}

TEST(Path, as_a_sequential_prefix_may_end_in_what_the_suffix_completes) {
  for (const auto path : {"/", "/a", "/a/", "/.", "/..", "/a/.", "/a/.."}) {
    EXPECT_TRUE(is_legal_sequential_prefix(path)) << path;
  }
  for (const auto path : {"", "a", "//", "/a//", "/./", "/../a"})
    EXPECT_FALSE(is_legal_sequential_prefix(path)) << path;
}

TEST(Path, has_a_parent_and_a_last_component) {
  EXPECT_EQ(parent_path("/a/b"), "/a");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("/"), "");
  EXPECT_EQ(parent_path("a"), "");
  EXPECT_EQ(parent_path(""), "");
  EXPECT_EQ(last_component("/a/b"), "b");
  EXPECT_EQ(last_component("/"), "");
  EXPECT_EQ(last_component(""), "");
}

TEST(Path, lies_below_another_by_components_not_by_characters) {
  EXPECT_TRUE(is_at_or_below("/a", "/a"));
  EXPECT_TRUE(is_at_or_below("/a/b", "/a"));
  EXPECT_TRUE(is_at_or_below("/a", "/"));
  EXPECT_FALSE(is_at_or_below("/ab", "/a"));
  EXPECT_FALSE(is_at_or_below("/", "/a"));
}

TEST(Path, is_protected_when_every_tree_has_it) {
  for (const auto path : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"}) {
    EXPECT_TRUE(is_protected_from_delete(path)) << path;
  }
  for (const auto path : {"/zookeeper/quota/a", "/zookeeperx", "/a"})
    EXPECT_FALSE(is_protected_from_delete(path)) << path;
}

}  // namespace
}  // namespace vivarium
