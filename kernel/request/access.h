// Who may do what: permission checks and the fix-up of ACL lists (checkACL and fixupACL; features.md section 4).
//
// Must never: allocate on the read path. ACL lists are walked in their encoded form.
#pragma once

#include <optional>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/base/result.h"
#include "kernel/base/types.h"
#include "kernel/request/request_options.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/error_code.h"

namespace vivarium {

/// One authenticated identity of a connection: ("ip", "127.0.0.1"), ("digest", "user:hash"), ("super", "").
struct Identity {
  String scheme, id;
  friend bool operator==(const Identity&, const Identity&) = default;
};
using Identities = Vector<Identity>;

/// Whether `identities` hold any of the bits of `permission` under `acl`. An empty ACL and a super identity pass.
bool allowed(AclBytes acl, std::int32_t permission, const Identities& identities);

/// The list that a create or setACL stores: duplicates removed, `auth` expanded to the requester's authenticated
/// identities, every entry valid for its scheme; else INVALIDACL. The result is `acl` itself when nothing changed, or a
/// view into `scratch`, valid until its next use.
Result<AclBytes, ErrorCode> fix_acl(std::optional<AclBytes> acl, const Identities& identities,
                                    const AclSchemes& schemes, Vector<char>& scratch);

/// Writes `acl` with the hash part of digest ids replaced by "x", for readers without ADMIN.
void encode_masked_acl(ByteWriter& out, AclBytes acl);

/// The user that whoAmI names for an identity: the part before ':' of a digest id, the whole id of other schemes with a
/// provider, "" for the rest.
std::string_view user_name(const Identity& identity);

/// Whether the event at a node with `acl` may be told to a connection with `identities` (3.8.4 / 3.9.2: READ is
/// needed).
inline bool may_hear_event(AclBytes acl, const Identities& identities, bool skip_acl) {
  return skip_acl || allowed(acl, perms::kRead, identities);
}

}  // namespace vivarium
