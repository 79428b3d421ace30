// Values as text: what Java prints for them, so that Apache's tools and ours can be compared line by line.
//
// Must never: put out bytes that are not UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/base/time.h"

namespace vivarium::inspect {

/// 0x and lower-case digits, without leading zeros.
std::string hex_text(std::int64_t value);
/// Java's %#016x: at least sixteen characters, the 0x included.
std::string padded_hex(std::int64_t value);
/// Java's DateFormat in the English locale, SHORT date and LONG time: 11/21/26, 11:33:21 PM UTC. Local time zone.
std::string log_date(WallTime time);
/// Java's Date.toString: Sat Nov 21 23:33:21 UTC 2026. Local time zone.
std::string long_date(WallTime time);
/// `bytes` with each malformed UTF-8 sequence replaced by U+FFFD, as Java's decoder does.
std::string valid_utf8(std::string_view bytes);
std::string base64(std::string_view bytes);

}  // namespace vivarium::inspect
