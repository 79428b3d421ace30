// What the stored ephemeralOwner of a node means (EphemeralType; protocol.md 3.1, features.md section 2).
#pragma once

#include <cstdint>

namespace vivarium {

enum class OwnerKind { kPersistent, kEphemeral, kContainer, kTtl };
inline constexpr std::int64_t kContainerOwner = INT64_MIN;
/// Precondition: 1 <= ttl_ms <= limits::kMaxTtl.
std::int64_t ttl_owner(std::int64_t ttl_ms);
/// Without `extended_types` a TTL owner is an ordinary (unknown) session, as in Apache. With `emulate_353`, too, every
/// owner with the top bit set is a TTL, as 3.5.3 wrote them.
OwnerKind owner_kind(std::int64_t ephemeral_owner, bool extended_types, bool emulate_353 = false);
/// Precondition: the owner is of kind kTtl. What 3.5.3 wrote above the 40 bits of the form in use is not seen; 0: the
/// node stays for ever.
std::int64_t ttl_of_owner(std::int64_t ephemeral_owner);

}  // namespace vivarium
