#include "kernel/request/snapshot_stream.h"

#include <variant>

#include "kernel/base/alternative.h"
#include "kernel/session/session_table.h"
#include "kernel/tree/data_tree.h"

namespace vivarium {

namespace {

/// The root is "" in snapshots and "/" to clients.
std::string_view snapshot_path(std::string_view client_path) {
  return client_path == "/" ? std::string_view{} : client_path;
}

}  // namespace

SnapshotStream::SnapshotStream(const DataTree& tree, const SessionTable& sessions, const SnapshotOptions& options,
                               ByteWriter& out)
    : options_(options), zxid_(tree.last_processed_zxid()), writer_(options.form) {
  if (options_.form == SnapshotForm::kFile) writer_.header(out);
  writer_.session_count(out, static_cast<std::int32_t>(sessions.size()));
  sessions.for_each([&](SessionId id, std::int32_t timeout_ms) { writer_.session(out, id, timeout_ms); });
  writer_.acl_count(out, static_cast<std::int32_t>(tree.acls().size()));
  tree.acls().for_each([&](std::int64_t id, AclBytes acl) {
    KASSERT(id > last_known_acl_id_);
    last_known_acl_id_ = id;
    writer_.acl(out, id, acl);
  });
}

void SnapshotStream::remember_acl(const DataTree& tree, std::string_view path) {
  const Znode* node = tree.find(path);
  if (node == nullptr || node->czxid > zxid_) return;
  const std::int64_t id = tree.acl_id(*node);
  const bool known = id <= last_known_acl_id_;
  const bool remembered = replaced_acls_.find(snapshot_path(path)) != replaced_acls_.end();
  KASSERT(known || remembered);
  if (!remembered) replaced_acls_.emplace(to_string(snapshot_path(path)), id);
}

void SnapshotStream::before_apply(const DataTree& tree, const Txn& txn) {
  KASSERT(!finished_);
  KASSERT(txn.header.zxid > zxid_);
  if (const SetAclTxn* set_acl = std::get_if<SetAclTxn>(&txn.body)) return remember_acl(tree, set_acl->path);
  const MultiTxn* multi = std::get_if<MultiTxn>(&txn.body);
  if (multi == nullptr) return;
  for (MultiTxnReader reader(*multi); !reader.done();) {
    const auto operation = reader.next();
    if (!operation) return;  // malformed: apply refuses it as a whole
    if (operation->type != OpCode::kSetAcl) continue;
    const auto body = decode_sub_txn(operation->type, operation->body);
    if (!body.ok()) return;
    remember_acl(tree, alternative<SetAclTxn>(*body).path);
  }
}

void SnapshotStream::write_node(const DataTree& tree, const Znode& node, ByteWriter& out) {
  if (node.czxid > zxid_) return;
  std::int64_t acl = tree.acl_id(node);
  const auto replaced = replaced_acls_.find(cursor_.path());
  if (replaced != replaced_acls_.end()) acl = replaced->second;
  KASSERT(acl <= last_known_acl_id_);
  writer_.node(out, cursor_.path(), tree.data(node), acl, tree.stat_persisted(node));
}

void SnapshotStream::write_end(const DataTree& tree, ByteWriter& out) {
  if (options_.form == SnapshotForm::kStream) return writer_.finish_stream(out);
  // Apache's reader compares the tree with this digest after replaying exactly this zxid; zxid 0 means "none".
  const Zxid last = tree.last_processed_zxid();
  std::optional<TxnDigest> digest;
  if (options_.digest) digest = TxnDigest{2, last.value == 0 ? 0 : tree.digest()};
  std::optional<Zxid> last_processed;
  if (options_.last_processed_zxid) last_processed = last;
  writer_.finish(out, last, digest, last_processed);
}

void SnapshotStream::next_chunk(const DataTree& tree, std::size_t target, ByteWriter& out) {
  KASSERT(!finished_);
  const std::size_t until = out.size() + target;
  while (out.size() < until) {
    const Znode* node = tree.snapshot_next(cursor_);
    if (node == nullptr) {
      write_end(tree, out);
      finished_ = true;
      return;
    }
    write_node(tree, *node, out);
  }
}

void SnapshotStream::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(zxid_.value));
  hash.add(cursor_.path());
  hash.add(static_cast<std::uint64_t>(last_known_acl_id_));
  hash.add(std::uint64_t{finished_});
  hash.add(replaced_acls_.size());
  for (const auto& [path, id] : replaced_acls_) {
    hash.add(view(path));
    hash.add(static_cast<std::uint64_t>(id));
  }
}

}  // namespace vivarium
