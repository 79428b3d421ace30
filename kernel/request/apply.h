// From a committed transaction to changes of the tree and the sessions (DataTree.processTxn; protocol.md 3.1).
//
// The one way in which state changes: used for commits, by recovery and by learners. Idempotent: a txn that a fuzzy
// snapshot already contains changes nothing. Deterministic: time comes from the txn header only (D3).
// Must never: advance last_processed_zxid before the whole txn is in the tree (D4); die of a txn that Apache logged.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/base/types.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/error_code.h"
#include "kernel/wire/op_code.h"
#include "kernel/wire/txn.h"

namespace vivarium {

class DataTree;
class SessionTable;

/// Result of one operation: of the txn, or of one sub-operation of a multi.
struct OpResult {
  OpCode type = OpCode::kError;  // kError: a failed operation (or one of a failed multi)
  ErrorCode error = ErrorCode::kOk;
  std::string_view path;  // of creates; a view into the txn
  Stat stat;              // of create2 and its kin, setData, setACL
};

/// Something that watches may wait for. Views are valid until the outcome is used again.
struct TreeEvent {
  EventType type = EventType::kNone;
  std::string_view path;
  AclBytes acl;  // of the node at that moment (the parent's for children changed): who may hear of it
};

/// What a txn did. Reused from txn to txn; owns nothing of the tree.
class ApplyOutcome {
 public:
  /// Set false when nobody watches: events are not collected then.
  bool want_events = true;

  ErrorCode error = ErrorCode::kOk;  // of the txn; of the first failing operation of a multi
  Vector<OpResult> results;          // one, or one per operation of a multi
  /// False when the txn carried a digest and the tree now has another one. Meaningless while replaying a fuzzy
  /// snapshot.
  bool digest_matches = true;

  std::size_t event_count() const { return events_.size(); }
  TreeEvent event(std::size_t index) const;  // in firing order

  void clear();
  void add_event(EventType type, std::string_view path, AclBytes acl);
  void drop_events_after(std::size_t count);

 private:
  struct StoredEvent {
    EventType type;
    std::uint32_t path_offset, path_size, acl_size;
  };
  Vector<StoredEvent> events_;
  Vector<char> arena_;
};

/// Applies one txn. `outcome` is cleared first.
void apply(DataTree& tree, SessionTable& sessions, const Txn& txn, ApplyOutcome& outcome);

}  // namespace vivarium
