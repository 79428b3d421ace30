// Text for people; see text.h.
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {
constexpr char kDigits[] = "0123456789abcdef";
}

std::string hex(std::uint64_t value) {
  std::string out;
  do {
    out.insert(out.begin(), kDigits[value & 15]);
    value >>= 4;
  } while (value != 0);
  return "0x" + out;
}

std::string time_text(std::int64_t nanos) {
  struct Unit {
    std::int64_t nanos;
    const char* name;
  };
  constexpr Unit kUnits[] = {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}};
  const std::string sign = nanos < 0 ? "-" : "";
  const std::uint64_t magnitude = nanos < 0 ? 0 - static_cast<std::uint64_t>(nanos) : static_cast<std::uint64_t>(nanos);
  for (const Unit& unit : kUnits) {
    const auto size = static_cast<std::uint64_t>(unit.nanos);
    if (magnitude < size) continue;
    std::string out = sign + std::to_string(magnitude / size);
    std::uint64_t rest = magnitude % size;
    if (rest != 0) {
      std::string digits = std::to_string(rest + size).substr(1);
      while (digits.back() == '0') digits.pop_back();
      out += "." + digits;
    }
    return out + unit.name;
  }
  return sign + std::to_string(magnitude) + (magnitude == 0 ? "s" : "ns");
}

std::string quoted(std::string_view bytes, std::size_t limit) {
  std::string out = "\"";
  for (std::size_t i = 0; i < bytes.size() && i < limit; ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c >= 0x20 && c < 0x7f) {
      out += static_cast<char>(c);
    } else {
      out += "\\x";
      out += kDigits[c >> 4];
      out += kDigits[c & 15];
    }
  }
  out += '"';
  if (bytes.size() > limit) out += text("... (", bytes.size(), " bytes)");
  return out;
}

}  // namespace vivarium::sim
