// What the stored ephemeralOwner of a node means (EphemeralType; protocol.md 3.1, features.md section 2).
#pragma once

#include <cstdint>

namespace vivarium {

enum class OwnerKind { kPersistent, kEphemeral, kContainer, kTtl };
inline constexpr std::int64_t kContainerOwner = INT64_MIN;
/// Precondition: 1 <= ttl_ms <= limits::kMaxTtl.
std::int64_t ttl_owner(std::int64_t ttl_ms);
/// Without `extended_types` a TTL owner is an ordinary (unknown) session, as in Apache.
OwnerKind owner_kind(std::int64_t ephemeral_owner, bool extended_types);
/// Precondition: the owner is of kind kTtl.
std::int64_t ttl_of_owner(std::int64_t ephemeral_owner);

}  // namespace vivarium
