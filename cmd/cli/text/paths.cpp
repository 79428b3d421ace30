// Paths; see the header.
#include "cmd/cli/text/paths.h"

#include <vector>

#include "cmd/cli/text/command_failed.h"

namespace vivarium::cli {
namespace {

constexpr char16_t kReplacement = 0xfffd;

/// Apache counts in UTF-16 units, and judges those. Bytes that are not UTF-8 become replacement characters, which it
/// refuses.
std::vector<char16_t> utf16(std::string_view text) {
  std::vector<char16_t> units;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > text.size()) {
      units.push_back(kReplacement);
      ++i;
      continue;
    }
    char32_t point = length == 1 ? lead : lead & (0x7fu >> length);
    for (std::size_t k = 1; k < length; ++k) point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fu);
    if (point >= 0x10000) {
      units.push_back(static_cast<char16_t>(0xd800 + ((point - 0x10000) >> 10)));
      units.push_back(static_cast<char16_t>(0xdc00 + ((point - 0x10000) & 0x3ff)));
    } else {
      units.push_back(static_cast<char16_t>(point));
    }
    i += length;
  }
  return units;
}

bool is_forbidden(char16_t c) {
  return (c >= 0x01 && c <= 0x1f) || (c >= 0x7f && c <= 0x9f) || (c >= 0xd800 && c <= 0xf8ff) || c >= 0xfff0;
}

/// What is wrong with unit `i` of a path, or nullptr.
const char* fault_at(const std::vector<char16_t>& units, std::size_t i) {
  const char16_t c = units[i];
  const auto ends_name = [&units](std::size_t at) { return at == units.size() || units[at] == u'/'; };
  if (c == 0) return "null character not allowed";
  if (c == u'/' && units[i - 1] == u'/') return "empty node name specified";
  if (c == u'.' && ends_name(i + 1)) {
    const bool single = units[i - 1] == u'/';
    const bool twin = units[i - 1] == u'.' && units[i - 2] == u'/';
    if (single || twin) return "relative paths not allowed";
  }
  return is_forbidden(c) ? "invalid character" : nullptr;
}

}  // namespace

void check_path(std::string_view path, bool sequential) {
  const std::string whole = std::string(path) + (sequential ? "1" : "");
  if (whole.empty()) throw CommandFailed("Path length must be > 0");
  if (whole[0] != '/') throw CommandFailed("Path must start with / character");
  if (whole.size() == 1) return;
  if (whole.back() == '/') throw CommandFailed("Path must not end with / character");
  const std::vector<char16_t> units = utf16(whole);
  for (std::size_t i = 1; i < units.size(); ++i) {
    if (const char* fault = fault_at(units, i)) {
      throw CommandFailed("Invalid path string \"" + whole + "\" caused by " + fault + " @" + std::to_string(i));
    }
  }
}

std::string Chroot::outgoing(std::string_view path) const {
  if (root_.empty()) return std::string(path);
  return path == "/" ? root_ : root_ + std::string(path);
}

std::string Chroot::incoming(std::string_view path) const {
  if (root_.empty() || path.substr(0, root_.size()) != root_) return std::string(path);
  const std::string_view rest = path.substr(root_.size());
  if (rest.empty()) return "/";
  return std::string(rest[0] == '/' ? rest : path);
}

std::string join_path(std::string_view parent, std::string_view child) {
  return std::string(parent == "/" ? "" : parent) + "/" + std::string(child);
}

}  // namespace vivarium::cli
