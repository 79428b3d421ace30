// Addresses in ACLs of scheme `ip`: an IPv4 or IPv6 address, optionally with the number of bits that count.
//
// Must never: allocate. Text that is no address matches nothing.
#pragma once

#include <string_view>

namespace vivarium {

/// "10.0.0.0/8", "127.0.0.1", "fe80::/10", "::1".
bool is_valid_ip_pattern(std::string_view pattern);

/// Whether the textual `address` falls under `pattern`. IPv4 and IPv6 never match each other.
bool ip_matches(std::string_view address, std::string_view pattern);

}  // namespace vivarium
