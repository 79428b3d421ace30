// Snapshots on the wire: what a file holds without its header, seals and sections, then a signature; what comes behind
// the signature is not the snapshot's.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernel/wire/client_protocol.h"
#include "kernel/wire/snapshot_format.h"
#include "tests/support/hex.h"

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
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted&) override {
    calls.push_back("node " + std::string(path) + " " + (data ? std::string(*data) : "null") + " " +
                    std::to_string(acl_id));
    return true;
  }
  void on_digest(Zxid, TxnDigest) override { calls.push_back("digest"); }
  void on_last_processed(Zxid) override { calls.push_back("last"); }

  std::vector<std::string> calls;
};

std::string some_stream() {
  Vector<char> out;
  ByteWriter writer(out);
  SnapshotWriter snapshot(SnapshotForm::kStream);
  snapshot.session_count(writer, 1);
  snapshot.session(writer, SessionId{7}, 30000);
  snapshot.acl_count(writer, 1);
  snapshot.acl(writer, 1, read_only_acl());
  snapshot.node(writer, "", "", kOpenAclId, {});
  snapshot.node(writer, "/a", std::nullopt, 1, {});
  snapshot.finish_stream(writer);
  return std::string(view(out));
}

const std::vector<std::string> kCalls = {"session 7 30000", "acl 1 27", "node   -1", "node /a null 1"};

TEST(SnapshotStreamForm, is_framed_by_nothing_but_its_signature) {
  Vector<char> out;
  ByteWriter writer(out);
  SnapshotWriter snapshot(SnapshotForm::kStream);
  snapshot.session_count(writer, 0);
  snapshot.acl_count(writer, 0);
  snapshot.finish_stream(writer);
  EXPECT_EQ(testing::to_hex(view(out)), "0000000000000000000000012f0000000a42656e57617348657265");
}

TEST(SnapshotStreamForm, ends_where_its_signature_ends_however_the_bytes_are_cut) {
  const std::string bytes = some_stream();
  const std::string followed = bytes + "packets that follow";
  for (std::size_t step = 1; step <= followed.size(); ++step) {
    Recorder recorder;
    SnapshotReader reader(SnapshotForm::kStream);
    std::size_t consumed = 0;
    for (std::size_t at = 0; at < followed.size(); at += step) {
      const auto fed = reader.feed_stream(std::string_view(followed).substr(at, step), recorder);
      ASSERT_TRUE(fed.ok());
      consumed += *fed;
      ASSERT_EQ(reader.complete(), consumed == bytes.size());
    }
    EXPECT_EQ(consumed, bytes.size()) << step;
    EXPECT_EQ(recorder.calls, kCalls) << step;
  }
}

TEST(SnapshotStreamForm, is_not_complete_before_its_last_byte) {
  const std::string bytes = some_stream();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Recorder recorder;
    SnapshotReader reader(SnapshotForm::kStream);
    const auto fed = reader.feed_stream(std::string_view(bytes).substr(0, size), recorder);
    ASSERT_TRUE(fed.ok());
    EXPECT_EQ(*fed, size);
    EXPECT_FALSE(reader.complete());
  }
}

TEST(SnapshotStreamForm, is_refused_with_another_signature) {
  std::string wrong_text = some_stream(), wrong_size = wrong_text;
  wrong_text.back() = 'f';
  wrong_size[wrong_size.size() - 11] = 11;
  for (const std::string& bytes : {wrong_text, wrong_size}) {
    Recorder recorder;
    SnapshotReader reader(SnapshotForm::kStream);
    EXPECT_EQ(reader.feed_stream(bytes, recorder).error(), SnapshotError::kBadSignature);
    EXPECT_EQ(reader.feed_stream("more", recorder).error(), SnapshotError::kBadSignature);
    EXPECT_FALSE(reader.complete());
  }
}

TEST(SnapshotStreamForm, can_be_read_on_by_a_copy_of_the_reader) {
  const std::string bytes = some_stream();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    Recorder recorder;
    SnapshotReader reader(SnapshotForm::kStream);
    ASSERT_TRUE(reader.feed_stream(std::string_view(bytes).substr(0, cut), recorder).ok());
    SnapshotReader copy = reader;
    StateHash hash, hash_of_copy;
    reader.hash_into(hash);
    copy.hash_into(hash_of_copy);
    EXPECT_EQ(hash, hash_of_copy);
    Recorder other = recorder;
    ASSERT_TRUE(copy.feed_stream(std::string_view(bytes).substr(cut), other).ok());
    EXPECT_TRUE(copy.complete());
    EXPECT_FALSE(reader.complete());
    EXPECT_EQ(other.calls, kCalls);
  }
}

TEST(SnapshotStreamFormDeathTest, is_not_mixed_up_with_files) {
  Vector<char> out;
  ByteWriter writer(out);
  SnapshotWriter stream(SnapshotForm::kStream), file;
  EXPECT_DEATH(stream.header(writer), "kFile");
  EXPECT_DEATH(file.finish_stream(writer), "kStream");
}

}  // namespace
}  // namespace vivarium
