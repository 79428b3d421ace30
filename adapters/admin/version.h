// What this server calls itself where Apache prints its version. Clients read the leading number to learn which
// features to expect, so it names the Apache release whose behaviour is offered.
#pragma once

namespace vivarium {

inline constexpr const char* kVivariumVersion = "0.1.0";
inline constexpr const char* kServerVersion = "3.9.5-vivarium-0.1.0, built on 2026-11-21 00:00 UTC";

}  // namespace vivarium
