// A small server for storage tests: it appends, syncs, rolls, snapshots and purges through Store as the kernel does,
// and knows what every state between should be.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/storage/store.h"
#include "kernel/request/apply.h"
#include "tests/unit/storage/support.h"

namespace vivarium::testing {

/// The bytes of a snapshot of `tree`.
inline std::string snapshot_bytes(const DataTree& tree, const SessionTable& sessions) {
  SnapshotWriter writer;
  Vector<char> bytes;
  ByteWriter out(bytes);
  writer.header(out);
  writer.session_count(out, static_cast<std::int32_t>(sessions.size()));
  sessions.for_each([&](SessionId id, std::int32_t timeout_ms) { writer.session(out, id, timeout_ms); });
  writer.acl_count(out, static_cast<std::int32_t>(tree.acls().size()));
  tree.acls().for_each([&](std::int64_t id, AclBytes acl) { writer.acl(out, id, acl); });
  SnapshotCursor cursor;
  while (const Znode* node = tree.snapshot_next(cursor)) {
    writer.node(out, cursor.path(), tree.data(*node), tree.acl_id(*node), tree.stat_persisted(*node));
  }
  const Zxid zxid = tree.last_processed_zxid();
  writer.finish(out, zxid, TxnDigest{2, tree.digest()}, zxid);
  return std::string(bytes.data(), bytes.size());
}

/// The n-th txn of every test's history: mostly creates, now and then a session.
inline std::string history_entry(Zxid zxid) {
  return zxid.value % 4 == 1 ? session_entry(zxid)
                             : create_entry(zxid, static_cast<std::size_t>(zxid.value) * 37 % 900);
}

inline void apply_entry(DataTree& tree, SessionTable& sessions, const std::string& entry) {
  const auto txn = decode_txn(entry);
  KASSERT(txn.ok());
  ApplyOutcome outcome;
  apply(tree, sessions, *txn, outcome);
}

/// Tree and sessions after the first `zxid` txns of the history.
inline StateHash history_hash(Zxid zxid) {
  DataTree tree;
  SessionTable sessions;
  for (std::int64_t z = 1; z <= zxid.value; ++z) apply_entry(tree, sessions, history_entry(Zxid{z}));
  StateHash hash;
  tree.hash_into(hash);
  sessions.hash_into(hash);
  return hash;
}

inline StoreOptions test_options() {
  StoreOptions options;
  options.data_dir = "data";
  options.preallocate_bytes = 8192;
  options.max_txn = kMaxTxn;
  options.my_id = ServerId{1};
  return options;
}

class Machine {
 public:
  explicit Machine(FileSystem& fs, StoreOptions options = test_options()) : fs_(fs), options_(std::move(options)) {}

  /// Recovers. False: refused; see error.
  bool boot() {
    notes.clear();
    RecoveredState nothing;
    state = std::move(nothing);
    auto opened = Store::open(fs_, options_, state, notes);
    if (!opened) {
      error = opened.error();
      return false;
    }
    store = std::move(*opened);
    appended = state.last_zxid;
    return true;
  }
  StateHash hash() const {
    StateHash hash;
    state.tree.hash_into(hash);
    state.sessions.hash_into(hash);
    return hash;
  }

  void append() {
    appended = appended.next();
    const std::string entry = history_entry(appended);
    apply_entry(state.tree, state.sessions, entry);
    log({{EffectKind::kAppendLog, appended, 1, entry}});
  }
  void sync() { log({{EffectKind::kSyncLog, {}, 1, {}}}); }
  void roll() { log({{EffectKind::kRollLog, {}, 0, {}}}); }
  void snapshot(std::size_t chunk = 700) {
    const Zxid zxid = appended;
    const std::string bytes = snapshot_bytes(state.tree, state.sessions);
    snap({EffectKind::kBeginSnapshot, zxid, 0, {}});
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
      snap({EffectKind::kSnapshotChunk, zxid, 0, std::string_view(bytes).substr(at, chunk)});
    }
    snap({EffectKind::kEndSnapshot, zxid, 0, {}});
  }
  void purge() { snap({EffectKind::kPurge, {}, 3, {}}); }

  // ---- what a member does; each gives the answer, or nullptr --------------------------------------------------------
  const StorageCompletion* epochs(std::int64_t accepted, std::int64_t current) {
    Vector<char> payload;
    ByteWriter writer(payload);
    writer.i64(accepted);
    writer.i64(current);
    log({{EffectKind::kWriteEpochs, {}, 0, view(payload)}});
    return answer(StorageCompletion::Kind::kEpochDurable);
  }
  const StorageCompletion* truncate(Zxid zxid) {
    log({{EffectKind::kTruncateLog, zxid, 2, {}}});
    return answer(StorageCompletion::Kind::kLogTruncated);
  }
  const StorageCompletion* reset(Zxid zxid) {
    log({{EffectKind::kResetLog, zxid, 2, {}}});
    return answer(StorageCompletion::Kind::kLogTruncated);
  }
  /// Goes on from what is on disk.
  bool reload() {
    log({{EffectKind::kReload, {}, 3, {}}});
    if (answer(StorageCompletion::Kind::kReloaded) == nullptr) return false;
    state = std::move(*answers.back().recovered);
    appended = state.last_zxid;
    return true;
  }
  /// The records behind `after`.
  std::vector<std::string> read_log(Zxid after, std::int64_t most = 1 << 20) {
    snap({EffectKind::kReadLog, after, most, {}, ChannelId{3, 7}});
    const StorageCompletion* read = answer(StorageCompletion::Kind::kLogRead);
    KASSERT(read != nullptr);
    KASSERT(read->zxid == after);
    KASSERT((read->channel == ChannelId{3, 7}));
    std::vector<std::string> records;
    ByteReader in(read->records);
    while (in.remaining() > 0) {
      const auto entry = in.buffer();
      KASSERT(in.ok() && entry.has_value());
      records.emplace_back(*entry);
    }
    return records;
  }
  /// A leader's snapshot of the history up to `zxid`, made durable.
  void receive_snapshot(Zxid zxid) {
    DataTree tree;
    SessionTable sessions;
    for (std::int64_t z = 1; z <= zxid.value; ++z) apply_entry(tree, sessions, history_entry(Zxid{z}));
    const std::string bytes = snapshot_bytes(tree, sessions);
    snap({EffectKind::kBeginSnapshot, zxid, 0, {}});
    snap({EffectKind::kSnapshotChunk, zxid, 0, bytes});
    snap({EffectKind::kEndSnapshot, zxid, 0, {}});
  }
  void log(const std::vector<StorageOp>& ops) {
    answers.clear();
    store->perform_log(ops, answers);
    take(answers);
  }
  void snap(const StorageOp& op) {
    answers.clear();
    store->perform_snapshot(std::span(&op, 1), answers);
    take(answers);
  }

  RecoveredState state;
  RecoveryError error;
  std::vector<std::string> notes;
  std::unique_ptr<Store> store;
  Zxid appended;
  Zxid durable;           // LogDurable
  Zxid snapshot_durable;  // SnapshotDurable
  int snapshots_failed = 0, storage_failed = 0;
  std::string failure;
  std::vector<StorageCompletion> answers;  // to the last operation

 private:
  const StorageCompletion* answer(StorageCompletion::Kind kind) const {
    return !answers.empty() && answers.back().kind == kind ? &answers.back() : nullptr;
  }
  void take(const std::vector<StorageCompletion>& done) {
    for (const StorageCompletion& completion : done) {
      using Kind = StorageCompletion::Kind;
      if (completion.kind == Kind::kLogDurable) durable = completion.zxid;
      if (completion.kind == Kind::kSnapshotDurable) snapshot_durable = completion.zxid;
      if (completion.kind == Kind::kSnapshotFailed) ++snapshots_failed;
      if (completion.kind == Kind::kStorageFailed) ++storage_failed;
      const bool notes = completion.kind == Kind::kLogTruncated || completion.kind == Kind::kReloaded;
      if (!completion.text.empty() && !notes) failure = completion.text;
    }
  }

  FileSystem& fs_;
  StoreOptions options_;
};

}  // namespace vivarium::testing
