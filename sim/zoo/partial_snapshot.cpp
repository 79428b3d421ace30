// The mutant whose snapshots hold a multi in part: when a finished snapshot gets its name, it is written anew without
// one leaf that shares its czxid with another node, which only a multi can cause. Seals are right, so nothing but the
// contents is.
#include "sim/zoo/partial_snapshot.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/wire/snapshot_format.h"
#include "sim/zoo/bent_storage.h"

namespace vivarium::sim {
namespace {

struct Contents final : SnapshotSink {
  struct Node {
    std::string path;
    std::optional<std::string> data;
    std::int64_t acl_id;
    StatPersisted stat;
  };
  std::vector<std::pair<SessionId, std::int32_t>> sessions;
  std::vector<std::pair<std::int64_t, std::string>> acls;
  std::vector<Node> nodes;
  std::optional<std::pair<Zxid, TxnDigest>> digest;
  std::optional<Zxid> last_processed;

  void on_session(SessionId id, std::int32_t timeout_ms) override { sessions.emplace_back(id, timeout_ms); }
  void on_acl(std::int64_t id, AclBytes acl) override { acls.emplace_back(id, std::string(acl)); }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override {
    nodes.push_back({std::string(path), data ? std::optional<std::string>(*data) : std::nullopt, acl_id, stat});
    return true;
  }
  void on_digest(Zxid zxid, TxnDigest value) override { digest = {zxid, value}; }
  void on_last_processed(Zxid zxid) override { last_processed = zxid; }

  /// False: no multi made two of these nodes.
  bool drop_one_of_a_multi() {
    for (std::size_t i = 1; i < nodes.size(); ++i) {
      const bool leaf = i + 1 == nodes.size() || !nodes[i + 1].path.starts_with(nodes[i].path + "/");
      for (std::size_t j = 0; leaf && j < nodes.size(); ++j) {
        if (i == j || nodes[i].stat.czxid.value == 0 || nodes[i].stat.czxid != nodes[j].stat.czxid) continue;
        nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
      }
    }
    return false;
  }

  std::string written() const {
    Vector<char> bytes;
    ByteWriter out(bytes);
    SnapshotWriter writer;
    writer.header(out);
    writer.session_count(out, static_cast<std::int32_t>(sessions.size()));
    for (const auto& [id, timeout] : sessions) writer.session(out, id, timeout);
    writer.acl_count(out, static_cast<std::int32_t>(acls.size()));
    for (const auto& [id, acl] : acls) writer.acl(out, id, acl);
    for (const Node& node : nodes) {
      writer.node(out, node.path, node.data ? MaybeBytes(*node.data) : std::nullopt, node.acl_id, node.stat);
    }
    writer.finish(out, digest ? digest->first : Zxid{}, digest ? std::optional(digest->second) : std::nullopt,
                  last_processed);
    return std::string(view(bytes));
  }
};

class PartialSnapshot final : public BentStorage {
 public:
  IoResult<Done> rename(FileSystem& disk, const std::string& from, const std::string& to) override {
    if (to.find("/snapshot.") != std::string::npos) rewrite(disk, from);
    return disk.rename(from, to);
  }

 private:
  static void rewrite(FileSystem& disk, const std::string& path) {
    auto file = disk.open(path, OpenMode::kReadWrite);
    std::string bytes;
    if (!file.ok() || !(*file)->read_at(0, 64u << 20, bytes).ok()) return;
    Contents contents;
    SnapshotReader reader;
    if (!reader.feed(bytes, contents).ok() || !reader.finish().ok() || !contents.drop_one_of_a_multi()) return;
    static_cast<void>((*file)->truncate(0));
    static_cast<void>((*file)->write_at(0, contents.written()));
    static_cast<void>((*file)->sync());
  }
};

}  // namespace

std::unique_ptr<Mutation> make_partial_snapshot() { return std::make_unique<PartialSnapshot>(); }

}  // namespace vivarium::sim
