// Snapshots: what the writer lays out the reader reports, however the bytes arrive; damage is named.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernel/base/hash.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {
namespace {

class Recorder : public SnapshotSink {
 public:
  void on_session(SessionId id, std::int32_t timeout_ms) override {
    calls.push_back("session " + std::to_string(id.value) + " " + std::to_string(timeout_ms));
  }
  void on_acl(std::int64_t id, AclBytes acl) override {
    calls.push_back("acl " + std::to_string(id) + " " + std::to_string(acl.size()));
  }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override {
    calls.push_back("node " + std::string(path) + " " + (data ? std::string(*data) : "null") + " " +
                    std::to_string(acl_id) + " " + std::to_string(stat.pzxid.value));
    return path != refused;
  }
  void on_digest(Zxid zxid, TxnDigest digest) override {
    calls.push_back("digest " + std::to_string(zxid.value) + " " + std::to_string(digest.tree_digest));
  }
  void on_last_processed(Zxid zxid) override { calls.push_back("last " + std::to_string(zxid.value)); }

  std::vector<std::string> calls;
  std::string refused = "none";
};

StatPersisted stat_with(std::int64_t pzxid) {
  StatPersisted stat;
  stat.pzxid.value = pzxid;
  return stat;
}

std::string some_snapshot(std::optional<TxnDigest> digest, std::optional<Zxid> last) {
  Vector<char> out;
  ByteWriter writer(out);
  SnapshotWriter snapshot;
  snapshot.header(writer);
  snapshot.session_count(writer, 1);
  snapshot.session(writer, SessionId{7}, 30000);
  snapshot.acl_count(writer, 1);
  snapshot.acl(writer, 1, read_only_acl());
  snapshot.node(writer, "", "", kOpenAclId, stat_with(1));
  snapshot.node(writer, "/a", std::nullopt, 1, stat_with(2));
  snapshot.node(writer, "/a/b", std::string(1000, 'x'), kOpenAclId, stat_with(3));
  snapshot.finish(writer, Zxid{5}, digest, last);
  return std::string(view(out));
}

const std::vector<std::string> kBody = {"session 7 30000", "acl 1 27", "node   -1 1", "node /a null 1 2",
                                        "node /a/b " + std::string(1000, 'x') + " -1 3"};

std::vector<std::string> body_and(std::vector<std::string> tail) {
  std::vector<std::string> all = kBody;
  all.insert(all.end(), tail.begin(), tail.end());
  return all;
}

std::optional<SnapshotError> read(const std::string& bytes, Recorder& recorder, std::size_t step = SIZE_MAX) {
  SnapshotReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += std::min(step, bytes.size() - at)) {
    const auto result = reader.feed(std::string_view(bytes).substr(at, step), recorder);
    if (!result) return result.error();
  }
  const auto result = reader.finish();
  if (!result) return result.error();
  return std::nullopt;
}

TEST(SnapshotReader, reports_what_the_writer_laid_out) {
  Recorder recorder;
  EXPECT_EQ(read(some_snapshot(TxnDigest{2, 99}, Zxid{6}), recorder), std::nullopt);
  EXPECT_EQ(recorder.calls, body_and({"digest 5 99", "last 6"}));
}

TEST(SnapshotReader, takes_each_tail_section_as_optional) {
  Recorder none, digest_only, last_only;
  EXPECT_EQ(read(some_snapshot(std::nullopt, std::nullopt), none), std::nullopt);
  EXPECT_EQ(none.calls, kBody);
  EXPECT_EQ(read(some_snapshot(TxnDigest{2, 99}, std::nullopt), digest_only), std::nullopt);
  EXPECT_EQ(digest_only.calls, body_and({"digest 5 99"}));
  EXPECT_EQ(read(some_snapshot(std::nullopt, Zxid{6}), last_only), std::nullopt);
  EXPECT_EQ(last_only.calls, body_and({"last 6"}));
}

TEST(SnapshotReader, does_not_care_where_the_bytes_are_cut) {
  const std::string bytes = some_snapshot(TxnDigest{2, 99}, Zxid{6});
  for (std::size_t step : {1, 2, 3, 7, 100, 257, 1000}) {
    Recorder recorder;
    EXPECT_EQ(read(bytes, recorder, step), std::nullopt) << step;
    EXPECT_EQ(recorder.calls, body_and({"digest 5 99", "last 6"})) << step;
  }
}

TEST(SnapshotReader, finds_a_last_zxid_without_a_digest_however_it_is_cut) {
  const std::string bytes = some_snapshot(std::nullopt, Zxid{6});
  for (std::size_t step : {1, 2, 5, 8, 11}) {
    Recorder recorder;
    EXPECT_EQ(read(bytes, recorder, step), std::nullopt) << step;
    EXPECT_EQ(recorder.calls, body_and({"last 6"})) << step;
  }
}

TEST(SnapshotReader, calls_an_early_end_truncated) {
  const std::string bytes = some_snapshot(TxnDigest{2, 99}, Zxid{6});
  const std::size_t with_digest = some_snapshot(TxnDigest{2, 99}, std::nullopt).size();
  const std::size_t bare = some_snapshot(std::nullopt, std::nullopt).size();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Recorder recorder;
    const bool legal = size == bare || size == with_digest;
    EXPECT_EQ(read(bytes.substr(0, size), recorder) == std::nullopt, legal) << size;
  }
}

TEST(SnapshotReader, notices_every_changed_byte) {
  const std::string bytes = some_snapshot(TxnDigest{2, 99}, Zxid{6});
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Recorder recorder;
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_NE(read(damaged, recorder), std::nullopt) << at;
  }
}

TEST(SnapshotReader, names_the_damage) {
  const std::string bytes = some_snapshot(std::nullopt, std::nullopt);
  Recorder recorder;
  std::string bad_magic = bytes, bad_seal = bytes;
  bad_magic[0] = 'X';
  bad_seal[bytes.size() - 6] ^= 1;
  EXPECT_EQ(read(bad_magic, recorder), SnapshotError::kBadHeader);
  EXPECT_EQ(read(bad_seal, recorder), SnapshotError::kBadSeal);
  const std::string complete = some_snapshot(TxnDigest{2, 99}, Zxid{6});
  EXPECT_EQ(read(complete + "x", recorder), SnapshotError::kTrailingBytes);
  recorder.refused = "/a";
  EXPECT_EQ(read(bytes, recorder), SnapshotError::kRefusedNode);
}

TEST(SnapshotReader, keeps_its_first_error) {
  Recorder recorder;
  SnapshotReader reader;
  EXPECT_FALSE(reader.feed(std::string(16, 'x'), recorder).ok());
  EXPECT_EQ(reader.feed("more", recorder).error(), SnapshotError::kBadHeader);
  EXPECT_EQ(reader.finish().error(), SnapshotError::kBadHeader);
}

TEST(SnapshotReader, skips_the_hex_digest_of_version_one) {
  std::string bytes = some_snapshot(std::nullopt, std::nullopt);
  std::uint32_t checksum = adler32(bytes);
  Vector<char> tail;
  ByteWriter writer(tail);
  writer.i64(5);
  writer.i32(1);
  writer.ustring("51c6d660");
  checksum = adler32(view(tail), checksum);
  writer.i64(checksum);
  writer.ustring("/");
  Recorder recorder;
  EXPECT_EQ(read(bytes + std::string(view(tail)), recorder), std::nullopt);
  EXPECT_EQ(recorder.calls, body_and({"digest 5 0"}));
}

TEST(SnapshotWriterDeathTest, insists_on_its_order_and_counts) {
  Vector<char> out;
  ByteWriter writer(out);
  SnapshotWriter snapshot;
  EXPECT_DEATH(snapshot.session_count(writer, 0), "phase_ == from");
  snapshot.header(writer);
  snapshot.session_count(writer, 1);
  EXPECT_DEATH(snapshot.acl_count(writer, 0), "left_ == 0");
}

}  // namespace
}  // namespace vivarium
