// ZooKeeper's path rules over UTF-8. Java judges UTF-16 units after decoding, where each malformed piece became U+FFFD;
// that and everything above U+FFFF (surrogates) is forbidden, so exactly the well-formed one- to three-byte sequences
// outside the forbidden ranges are legal.
#include "kernel/tree/path.h"

#include <cstdint>

#include "kernel/base/slice.h"

namespace vivarium {
namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

/// Length of the legal character at the front; 0 when there is none.
std::size_t legal_character(std::string_view rest) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  if (first >= 0xc2 && first <= 0xdf) {
    if (rest.size() < 2 || !is_continuation(byte(1))) return 0;
    const std::uint32_t unit = (first & 0x1f) << 6 | (byte(1) & 0x3fu);
    return unit > 0x9f ? 2 : 0;
  }
  if (first >= 0xe0 && first <= 0xef) {
    if (rest.size() < 3 || !is_continuation(byte(1)) || !is_continuation(byte(2))) return 0;
    const std::uint32_t unit = (first & 0x0f) << 12 | (byte(1) & 0x3fu) << 6 | (byte(2) & 0x3fu);
    if (unit < 0x800) return 0;  // longer than needed: malformed
    if (unit >= 0xd800 && unit <= 0xf8ff) return 0;
    return unit < 0xfff0 ? 3 : 0;
  }
  return 0;
}

bool has_only_legal_characters(std::string_view path) {
  while (!path.empty()) {
    const std::size_t length = legal_character(path);
    if (length == 0) return false;
    path.remove_prefix(length);
  }
  return true;
}

bool is_legal_component(std::string_view name) { return !name.empty() && name != "." && name != ".."; }

/// The components of `path`, which starts with a slash; the last one is judged only when `last_too`.
bool has_only_legal_components(std::string_view path, bool last_too) {
  path.remove_prefix(1);
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    if (!is_legal_component(slice(path, 0, slash))) return false;
    path.remove_prefix(slash + 1);
  }
  return !last_too || is_legal_component(path);
}

}  // namespace

bool is_legal_path(std::string_view path) {
  if (path == "/") return true;
  return path.starts_with('/') && has_only_legal_components(path, true) && has_only_legal_characters(path);
}

bool is_legal_sequential_prefix(std::string_view path) {
  return path.starts_with('/') && has_only_legal_components(path, false) && has_only_legal_characters(path);
}

std::string_view parent_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || path == "/") return {};
  return slash == 0 ? slice(path, 0, 1) : slice(path, 0, slash);
}

std::string_view last_component(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : slice(path, slash + 1);
}

std::optional<SplitPath> split_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == path.size()) return std::nullopt;
  const SplitPath at{slice(path, 0, slash), slice(path, slash + 1)};
  if (at.parent == "/") return std::nullopt;
  return at;
}

bool is_at_or_below(std::string_view path, std::string_view ancestor) {
  if (ancestor == "/") return path.starts_with('/');
  if (!path.starts_with(ancestor)) return false;
  return path.size() == ancestor.size() || path[ancestor.size()] == '/';
}

bool is_protected_from_delete(std::string_view path) {
  if (path == "/") return true;
  return path.starts_with(kSystemRoot) && (path == kSystemRoot || path == kQuotaRoot || path == kConfigNode);
}

}  // namespace vivarium
