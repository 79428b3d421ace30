// Read-only service: a member that has looked for a leader in vain for a while answers reads of the clients that said
// that this is good enough for them (ReadOnlyZooKeeperServer; features.md 5).
//
// Sessions are this server's own and end with the wait: they live in no session table and no log (R4). What is read may
// be older than what a quorum has, or hold a tail that the next leader cuts: the answer says readOnly. Must never:
// propose, renew a session of the ensemble or call one gone (E1), or outlive the role.
#pragma once

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/limits.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/effect.h"
#include "kernel/wire/op_code.h"

namespace vivarium {

struct ReplicaState;

/// The sessions that were opened since this server looks for a leader. One that fell silent stays, to be told so.
class ReadOnlySessions {
 public:
  bool has_room() const { return sessions_.size() < limits::kMaxReadOnlySessions; }
  bool knows(SessionId session) const { return sessions_.count(session) != 0; }
  void open(SessionId session, std::int32_t timeout_ms, Instant now);
  void close(SessionId session) { sessions_.erase(session); }
  /// It was heard of. False: it is not known, or has fallen silent before.
  bool touch(SessionId session, std::int32_t timeout_ms, Instant now);
  /// Appends those that have fallen silent since the last call.
  void take_silent(Instant now, Vector<SessionId>& silent);
  Instant next_deadline() const { return next_deadline_; }
  void clear();
  void hash_into(StateHash& hash) const;

 private:
  Map<SessionId, Instant> sessions_;          // deadline; never(): it has passed
  Instant next_deadline_ = Instant::never();  // no later than the first deadline
};

/// Clients that asked for it are served.
bool is_read_only(const ReplicaState& s);
/// NOTREADONLY answers what would change anything, or promise that nothing newer exists.
bool refused_read_only(OpCode op);
/// Drops the clients whose sessions fell silent.
void expire_read_only(ReplicaState& s, Effects& out);

}  // namespace vivarium
