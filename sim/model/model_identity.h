// Who asks, as the model sees it, and what an ACL list lets them do (features.md section 4). Written apart from the
// kernel.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/base/types.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium::sim {

struct ModelIdentity {
  SessionId session;
  std::string ip;
  std::string user;  // authenticated as digest `user`, or ""
};

/// The digest id that the simulated authenticator grants to a user, and the credential that earns it.
std::string digest_id(std::string_view user);
std::string digest_credential(std::string_view user);
/// The user that a credential belongs to; "" when the password is wrong.
std::string user_of_credential(std::string_view credential);

bool model_permits(AclBytes acl, std::int32_t permission, const ModelIdentity& who);
/// The list as it is stored; nullopt: INVALIDACL.
std::optional<std::string> model_fix_acl(std::optional<AclBytes> acl, const ModelIdentity& who);
/// What a reader without ADMIN sees.
std::string model_mask_acl(AclBytes acl);

}  // namespace vivarium::sim
