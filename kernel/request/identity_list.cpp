#include "kernel/request/identity_list.h"

#include "kernel/base/limits.h"

namespace vivarium {

namespace {
constexpr std::size_t kShortestId = 8;  // two lengths
}

void encode_identities(ByteWriter& out, const Identities& identities) {
  KASSERT(identities.size() <= std::size_t{limits::kMaxVectorCount});
  out.i32(static_cast<std::int32_t>(identities.size()));
  for (const Identity& identity : identities) {
    out.ustring(view(identity.scheme));
    out.ustring(view(identity.id));
  }
}

std::optional<Identities> decode_identities(std::string_view auth) {
  ByteReader in(auth);
  const std::int32_t count = in.i32();
  if (!in.ok() || count < 0) return std::nullopt;
  const auto expected = static_cast<std::size_t>(count);
  if (expected > in.remaining() / kShortestId) return std::nullopt;  // before memory is taken for them
  Identities identities;
  identities.reserve(expected);
  for (std::size_t i = 0; i < expected && in.ok(); ++i) {
    String scheme = to_string(in.ustring());
    identities.push_back(Identity{std::move(scheme), to_string(in.ustring())});
  }
  if (!in.finished()) return std::nullopt;
  return identities;
}

}  // namespace vivarium
