#include "cmd/inspect/text.h"

#include <cstdio>
#include <ctime>

namespace vivarium::inspect {
namespace {

constexpr const char* kReplacement = "\xef\xbf\xbd";

std::string format_time(WallTime time, const char* format) {
  std::int64_t seconds = time.millis / 1000;
  if (time.millis % 1000 < 0) --seconds;
  const std::time_t stamp = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (localtime_r(&stamp, &parts) == nullptr) return std::to_string(time.millis) + " ms";  // damaged beyond a year
  char text[96];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
}
bool continues(std::string_view bytes, std::size_t at) { return (byte_at(bytes, at) & 0xc0u) == 0x80u; }

struct Sequence {
  std::size_t size;  // bytes that it takes, at least 1
  bool valid;
};

/// Whether the second byte of a sequence of three or four may follow the first (no overlong form, nothing above
/// U+10FFFF).
bool may_follow(unsigned first, unsigned second) {
  if (first == 0xe0) return second >= 0xa0;
  if (first == 0xf0) return second >= 0x90;
  if (first == 0xf4) return second < 0x90;
  return true;
}

Sequence next_sequence(std::string_view bytes, std::size_t at) {
  const unsigned first = byte_at(bytes, at);
  if (first < 0x80) return {1, true};
  if (first < 0xc2 || first > 0xf4) return {1, false};
  const std::size_t wanted = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  std::size_t size = 1;
  while (size < wanted && continues(bytes, at + size)) {
    if (size == 1 && wanted > 2 && !may_follow(first, byte_at(bytes, at + 1))) break;
    ++size;
  }
  const bool surrogate = first == 0xed && byte_at(bytes, at + 1) >= 0xa0;
  return {size, size == wanted && !surrogate};
}

}  // namespace

std::string hex_text(std::int64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string padded_hex(std::int64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%014llx", static_cast<unsigned long long>(value));
  return text;
}

std::string log_date(WallTime time) { return format_time(time, "%-m/%-d/%y, %-I:%M:%S %p %Z"); }
std::string long_date(WallTime time) { return format_time(time, "%a %b %d %H:%M:%S %Z %Y"); }

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const Sequence sequence = next_sequence(bytes, at);
    if (sequence.valid) {
      text.append(bytes.substr(at, sequence.size));
    } else {
      text += kReplacement;
    }
    at += sequence.size;
  }
  return text;
}

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const unsigned group = byte_at(bytes, at) << 16 | byte_at(bytes, at + 1) << 8 | byte_at(bytes, at + 2);
    const std::size_t left = bytes.size() - at;
    text += kDigits[group >> 18];
    text += kDigits[group >> 12 & 63];
    text += left > 1 ? kDigits[group >> 6 & 63] : '=';
    text += left > 2 ? kDigits[group & 63] : '=';
  }
  return text;
}

}  // namespace vivarium::inspect
