// Cuts a command line into words, and words into options and arguments, as zkCli (commons-cli) does.
//
// Must never: guess. A word that is neither a known option nor an argument is an error.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/text/command_failed.h"

namespace vivarium::cli {

/// "..." and '...' keep blanks together; a quote that nobody closes is dropped.
std::vector<std::string> split_words(std::string_view line);

/// An option such as -v; names may be longer than a letter (-members).
struct OptionSpec {
  std::string_view name;
  bool takes_value = false;
  bool exclusive = false;  // at most one of those may be given
};

class ParsedWords {
 public:
  bool has(std::string_view option) const { return find(option) != nullptr; }
  /// The value of an option that was given.
  const std::string& value(std::string_view option) const;
  /// What is no option, without the command itself.
  const std::vector<std::string>& arguments() const { return arguments_; }

 private:
  friend class OptionParser;
  struct Given {
    std::string name, value;
  };
  const Given* find(std::string_view option) const;

  std::vector<Given> given_;
  std::vector<std::string> arguments_;
};

/// `words` start with the command. Throws CommandFailed.
ParsedWords parse_words(std::span<const OptionSpec> specs, std::span<const std::string> words);

/// A whole decimal number that fits, or CommandFailed(`complaint`).
std::int32_t parse_int(std::string_view text, const std::string& complaint);
std::int64_t parse_long(std::string_view text, const std::string& complaint, int base = 10);

}  // namespace vivarium::cli
