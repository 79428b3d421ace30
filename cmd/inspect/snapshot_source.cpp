#include "cmd/inspect/snapshot_source.h"

#include <algorithm>

namespace vivarium::inspect {
namespace {

constexpr std::string_view kGzipMagic("\x1f\x8b", 2);
constexpr std::string_view kSnappyMagic("\x82SNAPPY", 7);

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

}  // namespace

IoResult<NamedSnapshot> find_snapshot(FileSystem& fs, const std::string& path) {
  const auto file = fs.open(path, OpenMode::kRead);
  if (!file) return Failure{file.error()};
  std::string start;
  if (const auto read = (*file)->read_at(0, kSnappyMagic.size(), start); !read) return Failure{read.error()};
  NamedSnapshot snapshot;
  snapshot.path = path;
  if (start.substr(0, kGzipMagic.size()) == kGzipMagic) snapshot.compression = Compression::kGzip;
  if (start == kSnappyMagic) snapshot.compression = Compression::kSnappy;
  const auto name = parse_snapshot_name(base_name(path));
  snapshot.zxid = name ? name->zxid : Zxid{-1};
  return snapshot;
}

bool SnapshotTotals::on_node(std::string_view, MaybeBytes data, std::int64_t, const StatPersisted& stat) {
  ++nodes;
  data_bytes += data ? data->size() : 0;
  newest = std::max({newest, stat.mzxid, stat.pzxid});
  if (stat.ephemeral_owner != 0) ++owned[stat.ephemeral_owner];
  return true;
}

}  // namespace vivarium::inspect
