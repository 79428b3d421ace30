// What verify says of files and directories, and that it changes none of them.
#include "cmd/inspect/verify.h"

#include "cmd/inspect/dry_run_file_system.h"
#include "tests/unit/inspect/support.h"

namespace vivarium::inspect {
namespace {

class Verify : public Inspected {
 protected:
  void SetUp() override {
    Inspected::SetUp();
    run_server();
  }
  ExitCode verify_all(const std::string& path = "data") {
    out.str("");
    const std::uint64_t before = fs.operations();
    const ExitCode status = verify(command, {path}, "");
    EXPECT_EQ(fs.operations(), before) << "verify changed something";
    return status;
  }
};

TEST_F(Verify, a_directory_that_is_whole) {
  EXPECT_EQ(verify_all(), kIntact);
  EXPECT_THAT(out.str(), HasSubstr("log.1: intact, 10 records, zxid 0x1 to 0xa, "));
  EXPECT_THAT(out.str(), HasSubstr("evidence of 10 records"));
  EXPECT_THAT(out.str(), HasSubstr("snapshot.f: intact, "));
  EXPECT_THAT(out.str(), HasSubstr("recovery: starts at zxid 0x14 from snapshot 0xf and 5 records: 19 nodes"));
  EXPECT_EQ(verify_all(kDirectory), kIntact);
  EXPECT_EQ(err.str(), "");
}

TEST_F(Verify, says_what_the_server_then_does) {
  verify_all();
  vivarium::testing::Machine machine(fs);
  ASSERT_TRUE(machine.boot());
  EXPECT_THAT(out.str(), HasSubstr(": " + std::to_string(machine.state.tree.node_count()) + " nodes, " +
                                   std::to_string(machine.state.sessions.size()) + " sessions"));
}

TEST_F(Verify, a_damaged_record_is_named_with_offset_and_zxid) {
  flip("log.b", fs.contents(at("log.b")).size() - 10);
  EXPECT_EQ(verify_all(), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("log.b: DAMAGED, 9 records, zxid 0xb to 0x13"));
  EXPECT_THAT(out.str(), HasSubstr(", zxid 0x14: the record's checksum differs; it had been durable"));
  EXPECT_THAT(out.str(), HasSubstr("recovery: REFUSED. log data/version-2/log.b is damaged"));
}

TEST_F(Verify, damage_below_the_newest_snapshot_is_damage_though_a_server_starts) {
  flip("log.1", 100);
  EXPECT_EQ(verify_all(), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("log.1: DAMAGED"));
  EXPECT_THAT(out.str(), HasSubstr("log.b: intact"));
  EXPECT_THAT(out.str(), HasSubstr("recovery: starts at zxid 0x14"));
}

TEST_F(Verify, a_torn_tail_is_no_damage) {
  fs.put(at("log.b"), fs.contents(at("log.b")) + std::string("\0\0\0\0torn", 8));
  EXPECT_EQ(verify_all(), kIntact);
  EXPECT_THAT(out.str(), HasSubstr("log.b: torn at its end"));
  EXPECT_THAT(out.str(), HasSubstr("a server would cut data/version-2/log.b to "));
  EXPECT_THAT(out.str(), HasSubstr("a torn tail is dropped"));
}

TEST_F(Verify, a_missing_log_is_known_by_its_evidence) {
  fs.erase(at("log.b"));
  EXPECT_EQ(verify_all(), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("evidence.b: its log is missing; it held 10 records or more, up to zxid 0x14"));
  EXPECT_THAT(out.str(), HasSubstr("recovery: REFUSED. log file log.b is missing"));
}

TEST_F(Verify, a_damaged_snapshot_is_damage_though_an_older_one_serves) {
  flip("snapshot.f", 500);
  EXPECT_EQ(verify_all(), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("snapshot.f: DAMAGED"));
  EXPECT_THAT(out.str(), HasSubstr("recovery: starts at zxid 0x14 from snapshot 0xa and 10 records"));
}

TEST_F(Verify, a_snapshot_whose_digest_is_another_trees_is_damaged) {
  DataTree tree;
  tree.create("/x", "1", open_acl(), 0, -1, Zxid{3}, WallTime{1});
  tree.advance(Zxid{3});
  const std::string good = vivarium::testing::snapshot_bytes(tree, SessionTable());
  SnapshotWriter writer;
  Vector<char> bytes;
  ByteWriter to(bytes);
  writer.header(to);
  writer.session_count(to, 0);
  writer.acl_count(to, static_cast<std::int32_t>(tree.acls().size()));
  tree.acls().for_each([&](std::int64_t id, AclBytes acl) { writer.acl(to, id, acl); });
  SnapshotCursor cursor;
  while (const Znode* node = tree.snapshot_next(cursor)) {
    writer.node(to, cursor.path(), tree.data(*node), tree.acl_id(*node), tree.stat_persisted(*node));
  }
  writer.finish(to, Zxid{3}, TxnDigest{2, tree.digest() + 1}, std::nullopt);
  fs.put("one/snapshot.3", good);
  EXPECT_EQ(verify(command, {"one/snapshot.3"}, ""), kIntact);
  fs.put("one/snapshot.3", std::string(bytes.data(), bytes.size()));
  EXPECT_EQ(verify(command, {"one/snapshot.3"}, ""), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("the tree's digest is 0x"));
}

TEST_F(Verify, single_files) {
  EXPECT_EQ(verify_all(at("log.1")), kIntact);
  EXPECT_EQ(verify_all(at("evidence.1")), kIntact);
  EXPECT_EQ(verify_all(at("snapshot.a")), kIntact);
  fs.put("elsewhere/copy", fs.contents(at("log.b")));
  EXPECT_EQ(verify_all("elsewhere/copy"), kIntact);
  EXPECT_THAT(out.str(), HasSubstr("10 records, zxid 0xb to 0x14"));
  fs.put("elsewhere/notes", "hello");
  EXPECT_EQ(verify_all("elsewhere/notes"), kDamaged);
  EXPECT_THAT(err.str(), HasSubstr("elsewhere/notes: offset 0: expected a log (ZKLG)"));
  EXPECT_EQ(verify_all("elsewhere/nothing"), kUsage);
}

TEST_F(Verify, a_log_that_ends_too_early_for_its_successor_is_damaged_by_itself) {
  cut("log.1", fs.contents(at("log.1")).size() - 5);
  EXPECT_EQ(verify_all(at("log.1")), kDamaged);
}

TEST_F(Verify, damaged_evidence_is_reported) {
  flip("evidence.1", 70);
  EXPECT_EQ(verify_all(), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("evidence.1: DAMAGED, 1 entries cannot be read, 9 can"));
  flip("evidence.1", 3);
  EXPECT_EQ(verify_all(), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("expected the header of the evidence of log.1"));
}

TEST_F(Verify, a_gap_below_the_snapshot_is_noted_and_no_damage) {
  const std::string first = vivarium::testing::log_bytes(1, 3);
  fs.erase(at("evidence.1"));
  fs.put(at("log.1"), first);
  EXPECT_EQ(verify_all(), kIntact);
  vivarium::testing::MemoryFileSystem other;
  std::string gap = first + vivarium::testing::log_bytes(7, 9).substr(kLogHeaderSize);
  fs.put(at("log.1"), gap);
  EXPECT_EQ(verify_all(), kIntact);
  EXPECT_THAT(out.str(), HasSubstr("gap: after zxid 0x3 comes 0x7 at offset "));
}

TEST_F(Verify, leftovers_of_an_unfinished_write_are_named) {
  fs.put(at("tmp.snapshot.14"), "unfinished");
  EXPECT_EQ(verify_all(), kIntact);
  EXPECT_THAT(out.str(), HasSubstr("tmp.snapshot.14: unfinished (a server removes it)"));
  EXPECT_THAT(out.str(), HasSubstr("a server would remove data/version-2/tmp.snapshot.14"));
}

TEST_F(Verify, an_empty_directory_is_an_empty_server) {
  fs.create_directories("fresh/version-2").ok();
  fs.put("fresh/version-2/notes", "");
  EXPECT_EQ(verify_all("fresh"), kIntact);
  EXPECT_THAT(out.str(), HasSubstr("an empty server"));
}

TEST(DryRun, reads_what_is_there_and_drops_every_change) {
  vivarium::testing::MemoryFileSystem fs;
  fs.put("d/file", "contents");
  DryRunFileSystem dry(fs);
  const std::uint64_t before = fs.operations();
  {
    auto file = dry.open("d/file", OpenMode::kReadWrite);
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE((*file)->write_at(0, "other").ok());
    EXPECT_TRUE((*file)->truncate(3).ok());
    EXPECT_TRUE((*file)->sync().ok());
    std::string bytes;
    EXPECT_TRUE((*file)->read_at(0, 100, bytes).ok());
    EXPECT_EQ(bytes, "contents");
  }
  EXPECT_EQ(dry.open("d/file", OpenMode::kCreateNew).error(), IoError::kExists);
  EXPECT_TRUE(dry.open("d/new", OpenMode::kCreateNew).ok());
  EXPECT_TRUE(dry.unlink("d/file").ok());
  EXPECT_EQ(dry.unlink("d/new").error(), IoError::kNotFound);
  EXPECT_EQ(dry.changes(), (std::vector<std::string>{"cut d/file to 3 bytes", "remove d/file"}));
  EXPECT_EQ(fs.operations(), before);
  EXPECT_EQ(fs.contents("d/file"), "contents");
}

}  // namespace
}  // namespace vivarium::inspect
