// One snapshot written in chunks between steps, while transactions go on: the fuzzy snapshot of protocol.md section 5.
// In stream form it is what a learner gets behind a SNAP packet; the txns after z follow it as PROPOSALs.
//
// The file is named after z, the last zxid applied when begin() ran; loading it replays every txn after z, including
// those whose effects the walk already saw (D2). Sessions and the ACL map are written whole at the start, so what the
// walk meets later may not be in them. That is made sound in two rules, and needs no tolerance of the loader (Apache
// 3.8.0 assigns ACL ids anew while it replays, so an id that the map lacks would come to mean another list there):
//
//   1. A node with czxid > z is left out. Its create is replayed, and creates it whole. Its descendants are younger
//      still, so no node is written without its parent; older txns on a node of that name are no-ops at replay,
//      as they would be had the walk passed after the older node's deletion.
//   2. A node whose ACL was replaced after z is written with the id that it had at z, which the map holds (ids are
//      never reused): before_apply() sees each setACL, alone or in a multi, before the tree does. Its replay puts the
//      new list in place. A node is never seen by anybody between load and the end of replay.
//
// Must never: be given a tree other than the one it began with, or miss a committed txn between begin and the end.
#pragma once

#include <cstdint>

#include "kernel/base/bytes.h"
#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/types.h"
#include "kernel/tree/snapshot_cursor.h"
#include "kernel/wire/snapshot_format.h"
#include "kernel/wire/txn.h"

namespace vivarium {

class DataTree;
class SessionTable;

struct SnapshotOptions {
  SnapshotForm form = SnapshotForm::kFile;
  // of files only:
  bool digest = true;               // write the digest section
  bool last_processed_zxid = true;  // write 3.9's section; older readers ignore what follows the second seal
};

class SnapshotStream {
 public:
  /// Appends header, sessions and the ACL map.
  SnapshotStream(const DataTree& tree, const SessionTable& sessions, const SnapshotOptions& options, ByteWriter& out);

  /// Zxid that names the file or stands in the SNAP packet.
  Zxid zxid() const { return zxid_; }
  bool finished() const { return finished_; }
  /// A committed txn is about to be applied to the tree.
  void before_apply(const DataTree& tree, const Txn& txn);
  /// Appends nodes until `out` grew by `target` bytes, and what follows the last one. Precondition: !finished().
  void next_chunk(const DataTree& tree, std::size_t target, ByteWriter& out);

  void hash_into(StateHash& hash) const;

 private:
  void remember_acl(const DataTree& tree, std::string_view path);
  void write_node(const DataTree& tree, const Znode& node, ByteWriter& out);
  void write_end(const DataTree& tree, ByteWriter& out);

  SnapshotOptions options_;
  Zxid zxid_;
  std::int64_t last_known_acl_id_ = 0;
  SnapshotCursor cursor_;
  SnapshotWriter writer_;
  Map<String, std::int64_t, BytesLess> replaced_acls_;  // snapshot path -> id at z, of nodes not older than the walk
  bool finished_ = false;
};

}  // namespace vivarium
