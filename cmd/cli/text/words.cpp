// Words and options; see the header.
#include "cmd/cli/text/words.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace vivarium::cli {
namespace {

constexpr std::string_view kBlanks = " \t\n\v\f\r";

bool is_number(std::string_view text) {
  double ignored = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), ignored);
  return !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size();
}

template <class Integer>
Integer parse_integer(std::string_view text, const std::string& complaint, int base) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);  // as Java's parseInt
  Integer value{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) throw CommandFailed(complaint);
  return value;
}

}  // namespace

std::vector<std::string> split_words(std::string_view line) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
    if (line[at] != '"' && line[at] != '\'') {
      const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
      words.emplace_back(line.substr(at, end - at));
      at = end;
      continue;
    }
    const std::size_t closing = line.find(line[at], at + 1);
    ++at;
    if (closing == std::string_view::npos) continue;
    words.emplace_back(line.substr(at, closing - at));
    at = closing + 1;
  }
  return words;
}

const ParsedWords::Given* ParsedWords::find(std::string_view option) const {
  const auto it = std::find_if(given_.begin(), given_.end(), [option](const Given& g) { return g.name == option; });
  return it == given_.end() ? nullptr : &*it;
}

const std::string& ParsedWords::value(std::string_view option) const {
  const Given* given = find(option);
  if (given == nullptr) throw std::logic_error("option " + std::string(option) + " was not given");
  return given->value;
}

/// Takes one word after the other; an option that wants a value takes the next one.
class OptionParser {
 public:
  explicit OptionParser(std::span<const OptionSpec> specs) : specs_(specs) {}

  void take(const std::string& word) {
    if (wants_value_ != nullptr && (!is_option(word) || is_number(word))) {
      result_.given_.back().value = word;
      wants_value_ = nullptr;
    } else if (only_arguments_ || word.size() < 2 || word[0] != '-') {
      result_.arguments_.push_back(word);
    } else if (word == "--") {
      only_arguments_ = true;
    } else {
      need_no_value();
      take_option(word);
    }
  }

  ParsedWords finish() {
    need_no_value();
    return std::move(result_);
  }

 private:
  const OptionSpec* spec(std::string_view name) const {
    const auto it = std::find_if(specs_.begin(), specs_.end(), [name](const OptionSpec& s) { return s.name == name; });
    return it == specs_.end() ? nullptr : &*it;
  }

  /// Looks like -x, -x=value or -xvalue of a known option.
  bool is_option(std::string_view word) const {
    if (word.size() < 2 || word[0] != '-') return false;
    word.remove_prefix(1);
    return spec(word.substr(0, word.find('='))) != nullptr || spec(word.substr(0, 1)) != nullptr;
  }

  void need_no_value() const {
    if (wants_value_ != nullptr) {
      throw CommandFailed("Missing argument for option: " + std::string(wants_value_->name));
    }
  }

  void take_option(const std::string& word) {
    const std::string_view text = std::string_view(word).substr(1);
    const std::size_t equals = text.find('=');
    const OptionSpec* whole = spec(text.substr(0, equals));
    if (whole != nullptr && (equals == std::string_view::npos || whole->takes_value)) {
      give(*whole);
      if (equals != std::string_view::npos) give_value(text.substr(equals + 1));
      return;
    }
    // Several letters in one word; the last that takes a value takes the rest.
    for (std::size_t i = 0; i < text.size(); ++i) {
      const OptionSpec* letter = spec(text.substr(i, 1));
      if (letter == nullptr) throw CommandFailed("Unrecognized option: " + word);
      give(*letter);
      if (letter->takes_value && i + 1 < text.size()) return give_value(text.substr(i + 1));
    }
  }

  void give(const OptionSpec& option) {
    if (option.exclusive) {
      if (chosen_ != nullptr && chosen_ != &option) {
        throw CommandFailed("The option '" + std::string(option.name) +
                            "' was specified but an option from this group has already been selected: '" +
                            std::string(chosen_->name) + "'");
      }
      chosen_ = &option;
    }
    result_.given_.push_back({std::string(option.name), {}});
    wants_value_ = option.takes_value ? &option : nullptr;
  }

  void give_value(std::string_view value) {
    result_.given_.back().value = value;
    wants_value_ = nullptr;
  }

  std::span<const OptionSpec> specs_;
  ParsedWords result_;
  const OptionSpec* wants_value_ = nullptr;
  const OptionSpec* chosen_ = nullptr;
  bool only_arguments_ = false;
};

ParsedWords parse_words(std::span<const OptionSpec> specs, std::span<const std::string> words) {
  OptionParser parser(specs);
  for (const std::string& word : words.subspan(std::min<std::size_t>(1, words.size()))) parser.take(word);
  return parser.finish();
}

std::int32_t parse_int(std::string_view text, const std::string& complaint) {
  return parse_integer<std::int32_t>(text, complaint, 10);
}

std::int64_t parse_long(std::string_view text, const std::string& complaint, int base) {
  return parse_integer<std::int64_t>(text, complaint, base);
}

}  // namespace vivarium::cli
