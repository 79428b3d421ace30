// How command lines are cut and options found.
#include "cmd/cli/text/words.h"

#include <gtest/gtest.h>

#include "cmd/cli/text/completion.h"
#include "cmd/cli/text/program_options.h"

namespace vivarium::cli {
namespace {

using Words = std::vector<std::string>;

constexpr OptionSpec kSpecs[] = {{"s"}, {"R"}, {"v", true}, {"file", true}, {"n", true, true}, {"b", true, true}};

ParsedWords parse(const Words& words) { return parse_words(kSpecs, words); }

std::string complaint(const Words& words) {
  try {
    parse(words);
  } catch (const CommandFailed& failure) {
    return failure.what();
  }
  return "";
}

TEST(Words, quotes_keep_blanks_together_and_vanish) {
  EXPECT_EQ(split_words("create  \"/a b\" 'x y'\t"), (Words{"create", "/a b", "x y"}));
  EXPECT_EQ(split_words("set /a ''"), (Words{"set", "/a", ""}));
}

TEST(Words, a_quote_inside_of_a_word_is_a_letter) {
  EXPECT_EQ(split_words("set /a it's"), (Words{"set", "/a", "it's"}));
}

TEST(Words, a_quote_that_nobody_closes_is_dropped) { EXPECT_EQ(split_words("\"ls /"), (Words{"ls", "/"})); }

TEST(Words, blanks_are_no_words) { EXPECT_TRUE(split_words(" \t ").empty()); }

TEST(Options, may_stand_anywhere) {
  const ParsedWords words = parse({"set", "/a", "-s", "data", "-v", "3"});
  EXPECT_EQ(words.arguments(), (Words{"/a", "data"}));
  EXPECT_TRUE(words.has("s"));
  EXPECT_EQ(words.value("v"), "3");
}

TEST(Options, letters_share_a_word_and_the_last_may_take_the_rest) {
  const ParsedWords words = parse({"x", "-sRv7"});
  EXPECT_TRUE(words.has("s") && words.has("R"));
  EXPECT_EQ(words.value("v"), "7");
}

TEST(Options, a_long_one_takes_its_value_behind_an_equals_sign_too) {
  EXPECT_EQ(parse({"x", "-file=/a"}).value("file"), "/a");
  EXPECT_EQ(parse({"x", "-file", "/a"}).value("file"), "/a");
}

TEST(Options, a_negative_number_is_a_value) { EXPECT_EQ(parse({"x", "-v", "-1"}).value("v"), "-1"); }

TEST(Options, after_two_dashes_everything_is_an_argument) {
  EXPECT_EQ(parse({"set", "--", "/a", "-s"}).arguments(), (Words{"/a", "-s"}));
}

TEST(Options, complaints_are_those_of_zkcli) {
  EXPECT_EQ(complaint({"x", "-z"}), "Unrecognized option: -z");
  EXPECT_EQ(complaint({"x", "-v"}), "Missing argument for option: v");
  EXPECT_EQ(complaint({"x", "-v", "-s"}), "Missing argument for option: v");
  EXPECT_EQ(complaint({"x", "-n", "1", "-b", "2"}),
            "The option 'b' was specified but an option from this group has already been selected: 'n'");
}

TEST(Numbers, are_whole_and_fit) {
  EXPECT_EQ(parse_int("-5", "no"), -5);
  EXPECT_EQ(parse_int("+5", "no"), 5);
  EXPECT_EQ(parse_long("ff", "no", 16), 255);
  for (const char* text : {"", "5x", "2147483648", "+-5", " 5"})
    EXPECT_THROW(parse_int(text, "no"), CommandFailed) << text;
}

TEST(ProgramOptions, the_first_word_without_a_dash_begins_the_command) {
  const ProgramOptions options =
      parse_program_options(Words{"-server", "a:1/b", "-r", "-timeout", "5", "get", "-s", "/x"});
  EXPECT_EQ(options.server, "a:1/b");
  EXPECT_TRUE(options.read_only);
  EXPECT_EQ(options.timeout_ms, 5);
  EXPECT_EQ(options.command, (Words{"get", "-s", "/x"}));
}

TEST(ProgramOptions, an_unknown_one_is_refused) {
  EXPECT_THROW(parse_program_options(Words{"-srever", "x"}), CommandFailed);
  EXPECT_THROW(parse_program_options(Words{"-server"}), CommandFailed);
}

TEST(ConnectString, names_servers_and_a_chroot) {
  const ConnectString parsed = parse_connect_string("a:1, b ,[::1]:3,[::2]/x/y");
  ASSERT_EQ(parsed.servers.size(), 4u);
  EXPECT_EQ(parsed.servers[0].port, "1");
  EXPECT_EQ(parsed.servers[1].host, "b");
  EXPECT_EQ(parsed.servers[1].port, "2181");
  EXPECT_EQ(parsed.servers[2].host, "::1");
  EXPECT_EQ(parsed.servers[3].port, "2181");
  EXPECT_EQ(parsed.chroot, "/x/y");
  EXPECT_EQ(parse_connect_string("a/").chroot, "");
}

TEST(ConnectString, nonsense_is_refused) {
  for (const char* text : {"", ",", "/x", "a:", "a:0", "a:65536", "a:x", "[::1", "[::1]x", "a:1/x/", "a:1//x"}) {
    EXPECT_THROW(parse_connect_string(text), CommandFailed) << text;
  }
}

TEST(Completion, takes_the_last_word_before_the_cursor) {
  EXPECT_EQ(word_to_complete("get /al"), "/al");
  EXPECT_EQ(word_to_complete("get \"/al"), "/al");
  EXPECT_EQ(word_to_complete("get "), "");
  EXPECT_EQ(word_to_complete("ge"), "ge");
}

TEST(Completion, appends_what_all_candidates_share) {
  EXPECT_EQ(complete_word("/al", {"/alpha", "/alpine"}).appended, "p");
  EXPECT_EQ(complete_word("/alp", {"/alpha", "/alpine"}).appended, "");
  EXPECT_EQ(complete_word("/alph", {"/alpha"}).appended, "a ");
}

}  // namespace
}  // namespace vivarium::cli
