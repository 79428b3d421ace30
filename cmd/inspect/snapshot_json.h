// A snapshot's tree in the format of ncdu (https://dev.yorhel.nl/ncdu/jsonfmt), as SnapshotFormatter -json prints it.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "kernel/wire/snapshot_format.h"

namespace vivarium::inspect {

class SnapshotJson final : public SnapshotSink {
 public:
  SnapshotJson(std::ostream& out, WallTime now);
  void on_session(SessionId, std::int32_t) override {}
  void on_acl(std::int64_t, AclBytes) override {}
  /// False: the node's parent is not on the way from the root to the node before it (every server writes depth first).
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override;
  void on_digest(Zxid, TxnDigest) override {}
  void on_last_processed(Zxid) override {}
  void finish();

 private:
  void close_directory();

  std::ostream& out_;
  std::vector<std::string> open_;       // paths of the directories around the next node
  std::string pending_, pending_path_;  // the last node: a directory if the next one is below it
  bool has_pending_ = false;
  std::int64_t number_ = 1000;  // Apache's first inode, less one
};

}  // namespace vivarium::inspect
