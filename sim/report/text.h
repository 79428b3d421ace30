// Text for people: concatenation, times and quoted bytes, without streams or locale.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vivarium::sim {

inline void append_one(std::string& out, std::string_view part) { out.append(part); }
inline void append_one(std::string& out, const char* part) { out.append(part); }
inline void append_one(std::string& out, char part) { out.push_back(part); }
template <class I>
requires(std::is_integral_v<I> && !std::is_same_v<I, char>) void append_one(std::string& out, I part) {
  out.append(std::to_string(part));
}

/// Concatenates strings, characters and integers.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::string out;
  (append_one(out, parts), ...);
  return out;
}

/// "0x1f" for zxids and session ids.
std::string hex(std::uint64_t value);
inline std::string hex(std::int64_t value) { return hex(static_cast<std::uint64_t>(value)); }
/// Nanoseconds as the shortest of "3s", "3.2s", "250ms", "40us", "7ns" that is exact; parse_time reads it back.
std::string time_text(std::int64_t nanos);
/// Printable bytes as they are, others as \xNN, at most `limit` of them.
std::string quoted(std::string_view bytes, std::size_t limit = 64);

}  // namespace vivarium::sim
