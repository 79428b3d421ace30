#include "adapters/storage/base_snapshot.h"

namespace vivarium {
namespace {

/// Bytes that a node takes in a snapshot, roughly: for guessing how many there are.
constexpr std::uint64_t kTypicalNode = 180;

std::size_t guess_nodes(FileSystem& fs, const NamedSnapshot& snapshot) {
  if (snapshot.compression != Compression::kNone) return 0;
  const auto file = fs.open(snapshot.path, OpenMode::kRead);
  if (!file) return 0;
  const auto size = (*file)->size();
  return size ? static_cast<std::size_t>(*size / kTypicalNode) : 0;
}

}  // namespace

Result<BaseSnapshot, std::string> load_base(FileSystem& fs, const NamedSnapshot& snapshot, const TreeOptions& options) {
  BaseSnapshot base{DataTree(options), SessionTable(), std::nullopt, {}};
  base.tree.begin_load(guess_nodes(fs, snapshot));
  TreeLoader loader(base.tree, base.sessions);
  if (auto read = read_snapshot(fs, snapshot, loader); !read) return Failure{read.error()};
  base.tree.end_load();
  base.tree.advance(snapshot.zxid);
  if (loader.digest() && loader.digest()->zxid >= snapshot.zxid) base.digest = loader.digest();
  base.newest_time = loader.newest_time();
  return base;
}

}  // namespace vivarium
