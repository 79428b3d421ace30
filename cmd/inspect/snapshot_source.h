// A snapshot file for the commands that look into one: which it is, and what it holds in all.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapters/storage/snapshot_file.h"
#include "cmd/inspect/command.h"

namespace vivarium::inspect {

/// The compression is told by the file's first bytes, so that a renamed copy can be read, too. The zxid is -1 when the
/// name is not a snapshot's.
IoResult<NamedSnapshot> find_snapshot(FileSystem& fs, const std::string& path);

/// Counts what a snapshot holds; refuses nothing.
class SnapshotTotals final : public SnapshotSink {
 public:
  void on_session(SessionId id, std::int32_t timeout_ms) override { sessions.push_back({id, timeout_ms}); }
  void on_acl(std::int64_t, AclBytes) override { ++acls; }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override;
  void on_digest(Zxid zxid, TxnDigest tree) override { digest = {zxid, tree}; }
  void on_last_processed(Zxid zxid) override { last_processed = zxid; }

  std::vector<std::pair<SessionId, std::int32_t>> sessions;
  std::map<std::int64_t, std::uint64_t> owned;  // nodes by ephemeralOwner, 0 left out
  std::uint64_t nodes = 0, acls = 0, data_bytes = 0;
  Zxid newest;  // of any node
  std::optional<std::pair<Zxid, TxnDigest>> digest;
  std::optional<Zxid> last_processed;
};

}  // namespace vivarium::inspect
