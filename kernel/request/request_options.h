// Settings that decide how requests are judged. The replica fills them from kernel/config.h once, at boot.
#pragma once

#include <cstddef>

#include "kernel/base/limits.h"
#include "kernel/base/mutant.h"

namespace vivarium {

/// ACL schemes with a provider, beyond world, auth and ip, which are always there (ProviderRegistry).
struct AclSchemes {
  bool digest = true;  // DigestAuthenticationProvider.enabled
  bool x509 = false;
  bool sasl = false;
};

struct RequestOptions {
  bool skip_acl = false;          // skipACL
  bool enforce_quota = false;     // enforceQuota
  bool close_session_txn = true;  // closeSessionTxn.enabled
  bool reconfig_enabled = false;  // reconfigEnabled
  std::size_t max_txn = limits::kDefaultMaxTxn;
  AclSchemes schemes;
#ifdef VIVARIUM_MUTANTS
  Mutant mutant = Mutant::kNone;
#endif
};

}  // namespace vivarium
