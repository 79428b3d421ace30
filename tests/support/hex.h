// Bytes as tests write them down: hexadecimal digits, blanks between them ignored.
#pragma once

#include <string>
#include <string_view>

#include "kernel/base/bytes.h"

namespace vivarium::testing {

inline std::string from_hex(std::string_view hex) {
  std::string digits, bytes;
  for (const char c : hex) {
    if (c != ' ') digits.push_back(c);
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

inline std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

/// A record's encoding.
template <class Record>
std::string written(const Record& record) {
  Vector<char> out;
  ByteWriter writer(out);
  encode(writer, record);
  return std::string(view(out));
}

}  // namespace vivarium::testing
