// The extended owners: 0xFF in the top byte, 16 reserved bits, 40 bits of value.
#include "kernel/tree/owner.h"

#include "kernel/base/assert.h"
#include "kernel/base/limits.h"

namespace vivarium {
namespace {

constexpr std::uint64_t kExtended = 0xff00000000000000ULL;
constexpr std::uint64_t kExtendedFeature = 0x00ffff0000000000ULL;  // 0: TTL; nothing else is defined
constexpr std::uint64_t kExtendedValue = ~(kExtended | kExtendedFeature);
static_assert(kExtendedValue == static_cast<std::uint64_t>(limits::kMaxTtl));

}  // namespace

std::int64_t ttl_owner(std::int64_t ttl_ms) {
  KASSERT(ttl_ms >= 1);
  KASSERT(ttl_ms <= limits::kMaxTtl);
  return static_cast<std::int64_t>(kExtended | static_cast<std::uint64_t>(ttl_ms));
}

OwnerKind owner_kind(std::int64_t ephemeral_owner, bool extended_types, bool emulate_353) {
  if (ephemeral_owner == 0) return OwnerKind::kPersistent;
  if (ephemeral_owner == kContainerOwner) return OwnerKind::kContainer;
  const auto bits = static_cast<std::uint64_t>(ephemeral_owner);
  const bool is_of_353 = emulate_353 && ephemeral_owner < 0;
  const bool looks_like_ttl = is_of_353 || (bits & (kExtended | kExtendedFeature)) == kExtended;
  return extended_types && looks_like_ttl ? OwnerKind::kTtl : OwnerKind::kEphemeral;
}

std::int64_t ttl_of_owner(std::int64_t ephemeral_owner) {
  KASSERT(owner_kind(ephemeral_owner, true, true) == OwnerKind::kTtl);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(ephemeral_owner) & kExtendedValue);
}

}  // namespace vivarium
