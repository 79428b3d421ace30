// Puts a snapshot's sessions, ACLs and nodes into a tree and a session table, whichever form it arrives in.
//
// Holds only references and the digest section; make one per feed() where the tree may move. The caller calls
// begin_load before, and end_load and advance once the reader has vouched for the whole. Must never: be trusted before
// that.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/session/session_table.h"
#include "kernel/tree/data_tree.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {

/// Digest that the tree has after replaying exactly this zxid.
struct ExpectedDigest {
  Zxid zxid;
  std::uint64_t tree_digest = 0;
};

class TreeLoader final : public SnapshotSink {
 public:
  TreeLoader(DataTree& tree, SessionTable& sessions) : tree_(tree), sessions_(sessions) {}

  // In the header, so that whoever is built with RTTI (the kernel is not) has this class's type information.
  void on_session(SessionId id, std::int32_t timeout_ms) override { sessions_.add(id, timeout_ms); }
  void on_acl(std::int64_t id, AclBytes acl) override { tree_.load_acl(id, acl); }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override {
    if (path.empty() && stat.ephemeral_owner != 0) return false;  // nobody owns the root: damage, seen before the end
    newest_time_ = std::max(newest_time_, stat.mtime);
    return tree_.load_node(path, data, acl_id, stat);
  }
  void on_digest(Zxid zxid, TxnDigest digest) override {
    if (digest.version == kComparableDigest && zxid > Zxid{0}) digest_ = ExpectedDigest{zxid, digest.tree_digest};
  }
  void on_last_processed(Zxid) override {}  // Apache's start goes by the file's name, too

  /// Absent when the snapshot has none, or one of another version.
  const std::optional<ExpectedDigest>& digest() const { return digest_; }
  /// The latest mtime of any node.
  WallTime newest_time() const { return newest_time_; }

 private:
  static constexpr std::int32_t kComparableDigest = 2;

  DataTree& tree_;
  SessionTable& sessions_;
  std::optional<ExpectedDigest> digest_;
  WallTime newest_time_;
};

}  // namespace vivarium
