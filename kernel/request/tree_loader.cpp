#include "kernel/request/tree_loader.h"

namespace vivarium {

namespace {
constexpr std::int32_t kComparableDigest = 2;
}

void TreeLoader::on_session(SessionId id, std::int32_t timeout_ms) { sessions_.add(id, timeout_ms); }

void TreeLoader::on_acl(std::int64_t id, AclBytes acl) { tree_.load_acl(id, acl); }

bool TreeLoader::on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) {
  if (path.empty() && stat.ephemeral_owner != 0) return false;  // nobody owns the root: damage, seen before the end
  return tree_.load_node(path, data, acl_id, stat);
}

void TreeLoader::on_digest(Zxid zxid, TxnDigest digest) {
  if (digest.version == kComparableDigest && zxid > Zxid{0}) digest_ = ExpectedDigest{zxid, digest.tree_digest};
}

void TreeLoader::on_last_processed(Zxid) {}  // Apache's start goes by the file's name, too

}  // namespace vivarium
