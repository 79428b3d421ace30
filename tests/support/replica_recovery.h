// Recovery in memory, for tests: a snapshot's bytes and log entries back into a tree and sessions.
#pragma once

#include <string>
#include <vector>

#include "kernel/wire/snapshot_format.h"
#include "tests/support/replica_harness.h"

namespace vivarium::testing {

class LoadingSink : public SnapshotSink {
 public:
  LoadingSink(DataTree& tree, SessionTable& sessions) : tree_(tree), sessions_(sessions) { tree_.begin_load(); }
  void on_session(SessionId id, std::int32_t timeout_ms) override { sessions_.add(id, timeout_ms); }
  void on_acl(std::int64_t id, AclBytes acl) override { tree_.load_acl(id, acl); }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override {
    ++nodes;
    return tree_.load_node(path, data, acl_id, stat);
  }
  void on_digest(Zxid zxid, TxnDigest value) override {
    digest_zxid = zxid;
    digest = value.tree_digest;
  }
  void on_last_processed(Zxid zxid) override { last_processed = zxid; }

  int nodes = 0;
  Zxid digest_zxid, last_processed;
  std::uint64_t digest = 0;

 private:
  DataTree& tree_;
  SessionTable& sessions_;
};

struct Recovery {
  DataTree tree;
  SessionTable sessions;
  std::size_t nodes_without_acl = 0;
  std::uint64_t expected_digest = 0;  // of the snapshot's section
  std::uint64_t found_digest = 0;     // after replaying exactly its zxid
  bool ok = true;
};

/// Loads `snapshot`, named after `zxid`, and replays every later entry of `log`.
inline Recovery recover(const std::string& snapshot, std::int64_t zxid, const std::vector<LogEntry>& log,
                        TreeOptions options = {}) {
  Recovery result{DataTree(options), SessionTable(), 0, 0, 0, true};
  LoadingSink sink(result.tree, result.sessions);
  SnapshotReader reader;
  result.ok = reader.feed(snapshot, sink).ok() && reader.finish().ok();
  result.tree.end_load();
  result.nodes_without_acl = result.tree.nodes_loaded_without_acl();
  result.tree.advance(Zxid{zxid});
  result.expected_digest = sink.digest;
  if (sink.digest_zxid.value == zxid) result.found_digest = result.tree.digest();
  ApplyOutcome outcome;
  for (const LogEntry& entry : log) {
    if (entry.zxid <= zxid) continue;
    const auto txn = decode_txn(entry.bytes);
    if (!txn.ok()) {
      result.ok = false;
      return result;
    }
    apply(result.tree, result.sessions, *txn, outcome);
    if (sink.digest_zxid.value == entry.zxid) result.found_digest = result.tree.digest();
  }
  return result;
}

inline StateHash hash_of(const DataTree& tree) {
  StateHash hash;
  tree.hash_into(hash);
  return hash;
}

/// What a server finds when it starts from `log` on an empty base.
inline RecoveredState recovered_from(const std::vector<LogEntry>& log) {
  RecoveredState recovered;
  recovered.verdict = RecoveryVerdict::kIntact;
  ApplyOutcome outcome;
  for (const LogEntry& entry : log) {
    const auto txn = decode_txn(entry.bytes);
    apply(recovered.tree, recovered.sessions, *txn, outcome);
    recovered.last_zxid = Zxid{entry.zxid};
    if (txn->header.type == OpCode::kCreateSession) recovered.max_session_id = txn->header.client_id;
  }
  return recovered;
}

}  // namespace vivarium::testing
