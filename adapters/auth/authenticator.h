// Judges the credentials that clients send (op 100), scheme by scheme, as Apache's providers do.
//
// Must never: log or keep a credential.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/config/server_config.h"
#include "kernel/base/types.h"

namespace vivarium {

struct AuthVerdict {
  enum class Kind {
    kAccepted,
    kRefused,  // the client hears AUTHFAILED, then the connection closes
    kDropped,  // the connection closes without an answer, so that the client tries another server
  };
  struct Id {
    std::string scheme, id;
  };
  Kind kind = Kind::kRefused;
  std::vector<Id> ids;  // granted when accepted
  std::string reason;   // for the log when not
};

/// Outcomes of the ensemble scheme, as mntr shows them.
struct EnsembleAuthCounters {
  std::uint64_t success = 0, fail = 0, skip = 0;
};

class Authenticator {
 public:
  explicit Authenticator(AuthOptions options) : options_(std::move(options)) {}
  /// "" when the options can be served, else what is wrong (an unknown digest algorithm).
  std::string check_options() const;
  /// `peer` is the textual address of the client.
  AuthVerdict authenticate(std::string_view scheme, MaybeBytes credential, std::string_view peer);
  const EnsembleAuthCounters& ensemble_counters() const { return ensemble_counters_; }

 private:
  AuthVerdict digest(MaybeBytes credential) const;
  AuthVerdict ensemble(MaybeBytes credential);

  AuthOptions options_;
  EnsembleAuthCounters ensemble_counters_;
};

/// user:BASE64(H("user:password")), the id form of the digest scheme; "" when `algorithm` is not known.
std::string generate_digest(std::string_view user_and_password, const std::string& algorithm = "SHA1");

}  // namespace vivarium
