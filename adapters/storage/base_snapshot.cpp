#include "adapters/storage/base_snapshot.h"

namespace vivarium {
namespace {

/// Bytes that a node takes in a snapshot, roughly: for guessing how many there are.
constexpr std::uint64_t kTypicalNode = 180;
constexpr std::int32_t kComparableDigest = 2;

class LoadingSink final : public SnapshotSink {
 public:
  explicit LoadingSink(BaseSnapshot& base) : base_(base) {}
  void on_session(SessionId id, std::int32_t timeout_ms) override { base_.sessions.add(id, timeout_ms); }
  void on_acl(std::int64_t id, AclBytes acl) override { base_.tree.load_acl(id, acl); }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override {
    if (path.empty() && stat.ephemeral_owner != 0) return false;  // nobody owns the root: damage, seen before the seal
    return base_.tree.load_node(path, data, acl_id, stat);
  }
  void on_digest(Zxid zxid, TxnDigest digest) override {
    if (digest.version == kComparableDigest && zxid > Zxid{0}) {
      base_.digest = BaseSnapshot::ExpectedDigest{zxid, digest.tree_digest};
    }
  }
  void on_last_processed(Zxid) override {}  // Apache's start goes by the file's name, too

 private:
  BaseSnapshot& base_;
};

std::size_t guess_nodes(FileSystem& fs, const NamedSnapshot& snapshot) {
  if (snapshot.compression != Compression::kNone) return 0;
  const auto file = fs.open(snapshot.path, OpenMode::kRead);
  if (!file) return 0;
  const auto size = (*file)->size();
  return size ? static_cast<std::size_t>(*size / kTypicalNode) : 0;
}

}  // namespace

Result<BaseSnapshot, std::string> load_base(FileSystem& fs, const NamedSnapshot& snapshot, const TreeOptions& options) {
  BaseSnapshot base{DataTree(options), SessionTable(), std::nullopt};
  base.tree.begin_load(guess_nodes(fs, snapshot));
  LoadingSink sink(base);
  if (auto read = read_snapshot(fs, snapshot, sink); !read) return Failure{read.error()};
  base.tree.end_load();
  base.tree.advance(snapshot.zxid);
  if (base.digest && base.digest->zxid < snapshot.zxid) base.digest.reset();
  return base;
}

}  // namespace vivarium
