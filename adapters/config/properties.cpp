#include "adapters/config/properties.h"

#include <cstdint>

namespace vivarium {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

/// Walks natural lines; any of \n, \r and \r\n ends one.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  bool next(std::string_view& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t end = text_.find_first_of("\r\n", at_);
    line = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    if (end != std::string_view::npos && text_[end] == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++number_;
    return true;
  }
  int number() const { return number_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int number_ = 0;
};

std::string_view without_leading_blanks(std::string_view s) {
  std::size_t i = 0;
  while (i < s.size() && is_blank(s[i])) ++i;
  return s.substr(i);
}

/// An odd number of backslashes at the end joins the next line.
bool continues(std::string_view line) {
  std::size_t backslashes = 0;
  while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

bool read_hex4(std::string_view s, std::size_t at, std::uint32_t& value) {
  if (at + 4 > s.size()) return false;
  value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char c = s[i];
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<std::uint32_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<std::uint32_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<std::uint32_t>(c - 'A' + 10);
    else
      return false;
    value = value * 16 + digit;
  }
  return true;
}

/// Resolves escapes; false on a malformed \u.
bool unescape(std::string_view s, std::string& out) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '\\' || i + 1 == s.size()) {
      if (s[i] != '\\') out.push_back(s[i]);
      continue;
    }
    const char c = s[++i];
    if (c == 'u') {
      std::uint32_t value = 0;
      if (!read_hex4(s, i + 1, value)) return false;
      append_utf8(out, value);
      i += 4;
    } else {
      out.push_back(c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 'f' ? '\f' : c);
    }
  }
  return true;
}

/// End of the key and begin of the value in a logical line.
void split(std::string_view line, std::string_view& key, std::string_view& value) {
  std::size_t i = 0;
  while (i < line.size() && line[i] != '=' && line[i] != ':' && !is_blank(line[i])) i += line[i] == '\\' ? 2 : 1;
  if (i > line.size()) i = line.size();
  key = line.substr(0, i);
  while (i < line.size() && is_blank(line[i])) ++i;
  if (i < line.size() && (line[i] == '=' || line[i] == ':')) ++i;
  value = without_leading_blanks(line.substr(i));
}

}  // namespace

Result<std::vector<Property>, PropertiesError> parse_properties(std::string_view text) {
  std::vector<Property> entries;
  Lines lines(text);
  std::string_view natural;
  while (lines.next(natural)) {
    natural = without_leading_blanks(natural);
    if (natural.empty() || natural[0] == '#' || natural[0] == '!') continue;
    const int first_line = lines.number();
    std::string logical;
    while (continues(natural)) {
      logical.append(natural.substr(0, natural.size() - 1));
      natural = {};
      if (!lines.next(natural)) break;
      natural = without_leading_blanks(natural);
    }
    logical.append(natural);
    std::string_view raw_key, raw_value;
    split(logical, raw_key, raw_value);
    Property entry;
    entry.line = first_line;
    if (!unescape(raw_key, entry.key) || !unescape(raw_value, entry.value)) {
      return Failure<PropertiesError>{{first_line, "malformed \\uXXXX escape"}};
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace vivarium
