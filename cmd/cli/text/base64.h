// RFC 4648 base64, for get -b and set -b.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vivarium::cli {

std::string encode_base64(std::string_view bytes);
/// nullopt: not base64. Padding may be left out, as Java allows.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace vivarium::cli
