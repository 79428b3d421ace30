// A client's identities as the jute vector<Id> that travels with a forwarded request (QuorumPacket.authinfo).
//
// Must never: accept more identities than a frame may hold, or invent one.
#pragma once

#include <optional>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/request/access.h"

namespace vivarium {

void encode_identities(ByteWriter& out, const Identities& identities);
/// nullopt: malformed.
std::optional<Identities> decode_identities(std::string_view auth);

}  // namespace vivarium
