// Apache's snapshots are read, and written again byte for byte.
#include "kernel/wire/snapshot_format.h"
#include "tests/golden/golden_files.h"

namespace vivarium {
namespace {

struct Node {
  std::string path;
  std::optional<std::string> data;
  std::int64_t acl_id;
  StatPersisted stat;
};

struct Contents : SnapshotSink {
  void on_session(SessionId id, std::int32_t timeout_ms) override { sessions.push_back({id, timeout_ms}); }
  void on_acl(std::int64_t id, AclBytes acl) override { acls.push_back({id, std::string(acl)}); }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override {
    Node node{std::string(path), std::nullopt, acl_id, stat};
    if (data) node.data = std::string(*data);
    nodes.push_back(node);
    return true;
  }
  void on_digest(Zxid zxid, TxnDigest value) override {
    digest_zxid = zxid;
    digest = value;
  }
  void on_last_processed(Zxid zxid) override { last_processed = zxid; }

  std::vector<std::pair<SessionId, std::int32_t>> sessions;
  std::vector<std::pair<std::int64_t, std::string>> acls;
  std::vector<Node> nodes;
  Zxid digest_zxid;
  std::optional<TxnDigest> digest;
  std::optional<Zxid> last_processed;
};

Contents read(const std::string& bytes, std::size_t step) {
  Contents contents;
  SnapshotReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    EXPECT_TRUE(reader.feed(std::string_view(bytes).substr(at, step), contents).ok());
  }
  EXPECT_TRUE(reader.finish().ok());
  return contents;
}

std::string write(const Contents& contents) {
  Vector<char> out;
  ByteWriter writer(out);
  SnapshotWriter snapshot;
  snapshot.header(writer);
  snapshot.session_count(writer, static_cast<std::int32_t>(contents.sessions.size()));
  for (const auto& [id, timeout] : contents.sessions) snapshot.session(writer, id, timeout);
  snapshot.acl_count(writer, static_cast<std::int32_t>(contents.acls.size()));
  for (const auto& [id, acl] : contents.acls) snapshot.acl(writer, id, acl);
  for (const Node& node : contents.nodes) {
    MaybeBytes data;
    if (node.data) data = *node.data;
    snapshot.node(writer, node.path, data, node.acl_id, node.stat);
  }
  snapshot.finish(writer, contents.digest_zxid, contents.digest, contents.last_processed);
  return std::string(view(out));
}

TEST(GoldenSnapshot, is_written_again_to_the_same_bytes) {
  for (const char* name : {"snapshot.first", "snapshot.last"}) {
    const std::string bytes = golden::read_file(name);
    for (std::size_t step : {std::size_t{1}, std::size_t{61}, bytes.size()}) {
      EXPECT_TRUE(write(read(bytes, step)) == bytes) << name << " in steps of " << step;
    }
  }
}

TEST(GoldenSnapshot, of_a_new_server_holds_the_system_nodes_only) {
  const std::string bytes = golden::read_file("snapshot.first");
  const Contents contents = read(bytes, bytes.size());
  std::vector<std::string> paths;
  for (const Node& node : contents.nodes) paths.push_back(node.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"}));
  EXPECT_TRUE(contents.sessions.empty());
  EXPECT_EQ(contents.digest, (TxnDigest{2, 0}));  // no txn was applied yet: the empty digest
  EXPECT_EQ(contents.digest_zxid, Zxid{0});
}

TEST(GoldenSnapshot, of_the_last_state_holds_what_was_captured) {
  const std::string bytes = golden::read_file("snapshot.last");
  const Contents contents = read(bytes, bytes.size());
  EXPECT_FALSE(contents.sessions.empty());
  EXPECT_GE(contents.acls.size(), 3u);
  bool null_data = false, container = false, ttl = false, ephemeral = false;
  for (const Node& node : contents.nodes) {
    null_data = null_data || !node.data;
    container = container || node.stat.ephemeral_owner == INT64_MIN;
    ttl = ttl || (static_cast<std::uint64_t>(node.stat.ephemeral_owner) >> 56) == 0xff;
    ephemeral = ephemeral || node.stat.ephemeral_owner > 0;
    EXPECT_NE(node.path, "/lost-e");
    EXPECT_NE(node.path, "/c-dies");
    EXPECT_NE(node.path, "/t-dies");
  }
  EXPECT_TRUE(null_data);
  EXPECT_TRUE(container);
  EXPECT_TRUE(ttl);
  EXPECT_TRUE(ephemeral);
}

}  // namespace
}  // namespace vivarium
