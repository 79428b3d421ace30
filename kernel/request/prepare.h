// From a write request to the transaction that will be replicated (PrepRequestProcessor; features.md 1.2 to 1.4).
//
// Every write yields exactly one txn: its own, an error txn, or a multi that says which operation failed. It is judged
// against the applied tree plus the changes of txns that were prepared and not applied yet.
// Must never: change the tree or the sessions; propose what applying could refuse; order by a hash.
// Invariants: D4, D6, D7, E4 (correctness.md 1.2, 1.3).
#pragma once

#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/request/access.h"
#include "kernel/request/outstanding.h"
#include "kernel/request/request_options.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/error_code.h"
#include "kernel/wire/op_code.h"
#include "kernel/wire/txn.h"

namespace vivarium {

class DataTree;
class SessionTable;

struct RequestContext {
  SessionId session;
  Xid cxid;
  Zxid zxid;  // the txn's; larger than that of every txn prepared before
  WallTime now;
  const Identities* identities = nullptr;
  /// Issued by this server itself (container manager, session expiry), not by a client.
  bool internal = false;
  /// Decided by the caller before anything was looked at: the txn is this error.
  ErrorCode refusal = ErrorCode::kOk;
};

struct Prepared {
  OpCode type = OpCode::kError;      // of the txn
  ErrorCode error = ErrorCode::kOk;  // of the txn; of the failing operation for a multi
};

class Preparer {
 public:
  explicit Preparer(const RequestOptions& options = {}) : options_(options) {}

  /// Appends the complete encoded txn (header, body, digest where Apache writes one) to `out`. `body` is the request
  /// without its header; for createSession an int timeout, for closeSession empty. Precondition: is_write(op).
  /// `check` at top level is not a write: the caller answers UNIMPLEMENTED and closes (D7).
  Prepared prepare(const DataTree& tree, const SessionTable& sessions, const RequestContext& context, OpCode op,
                   std::string_view body, Vector<char>& out);

  /// The txn was applied to the tree and the sessions: its pending changes are history. Every prepared zxid, in order.
  void applied(Zxid zxid) { outstanding_.applied(zxid); }
  /// Forgets everything pending: the prepared txns will never be applied.
  void reset() { outstanding_.clear(); }

  /// A live session: known or about to be, and not closing.
  bool session_is_live(const SessionTable& sessions, SessionId id) const;
  const OutstandingChanges& outstanding() const { return outstanding_; }
  void hash_into(StateHash& hash) const { outstanding_.hash_into(hash); }

 private:
  class Step;  // one call of prepare

  RequestOptions options_;
  OutstandingChanges outstanding_;
  // Reused between calls so that a write allocates nothing in steady state.
  String path_;
  Vector<char> scratch_;  // a fixed-up ACL list, or the paths that a closeSession removes
  Vector<std::string_view> ephemerals_;
};

}  // namespace vivarium
