// Names of logs, snapshots and their companions.
#include "adapters/storage/file_names.h"

#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"

namespace vivarium {
namespace {

TEST(FileNames, are_those_of_apache) {
  EXPECT_EQ(log_name(Zxid{1}), "log.1");
  EXPECT_EQ(log_name(Zxid{0x1000000ab}), "log.1000000ab");
  EXPECT_EQ(snapshot_name(Zxid{0}), "snapshot.0");
  EXPECT_EQ(snapshot_name(Zxid{16}, Compression::kGzip), "snapshot.10.gz");
  EXPECT_EQ(snapshot_name(Zxid{16}, Compression::kSnappy), "snapshot.10.snappy");
}

TEST(FileNames, are_parsed_back) {
  EXPECT_EQ(parse_log_name("log.1000000ab"), Zxid{0x1000000ab});
  EXPECT_EQ(parse_evidence_name("evidence.a"), Zxid{10});
  EXPECT_EQ(parse_snapshot_name("snapshot.10.gz")->zxid, Zxid{16});
  EXPECT_EQ(parse_snapshot_name("snapshot.10.gz")->compression, Compression::kGzip);
  EXPECT_EQ(parse_snapshot_name("snapshot.0")->compression, Compression::kNone);
}

TEST(FileNames, that_nobody_writes_are_not_taken_for_ours) {
  for (const char* name : {"log.", "log", "log.5.bak", "log.5 ", "log.05", "log.A", "log.-1", "log.10000000000000000",
                           "logs.5", "evidence.5", "tmp.log.5"}) {
    EXPECT_FALSE(parse_log_name(name)) << name;
  }
  for (const char* name : {"snapshot.5.tmp", "snapshot.5.", "snapshot.5.gz.tmp", "snapshot.", "tmp.snapshot.5"}) {
    EXPECT_FALSE(parse_snapshot_name(name)) << name;
  }
}

TEST(FileNames, a_directory_is_sorted_by_zxid_not_by_name) {
  testing::MemoryFileSystem fs;
  for (const char* name : {"log.9", "log.10", "snapshot.ff", "snapshot.8", "evidence.9", "tmp.snapshot.1", "myid"}) {
    fs.put(std::string("d/") + name, "");
  }
  const auto files = list_files(fs, "d");
  ASSERT_TRUE(files.ok());
  ASSERT_EQ(files->logs.size(), 2u);
  EXPECT_EQ(files->logs[0].zxid, Zxid{9});
  EXPECT_EQ(files->logs[1].path, "d/log.10");
  EXPECT_EQ(files->snapshots[0].zxid, Zxid{8});
  EXPECT_EQ(files->evidence.size(), 1u);
  EXPECT_EQ(files->temporary, (std::vector<std::string>{"d/tmp.snapshot.1"}));
}

TEST(FileNames, the_log_before_a_zxid_is_found) {
  const std::vector<NamedFile> logs = {{Zxid{5}, ""}, {Zxid{10}, ""}, {Zxid{20}, ""}};
  EXPECT_EQ(log_index_for(logs, Zxid{0}), 0u);
  EXPECT_EQ(log_index_for(logs, Zxid{8}), 0u);
  EXPECT_EQ(log_index_for(logs, Zxid{9}), 1u);  // record 10 begins log.a
  EXPECT_EQ(log_index_for(logs, Zxid{15}), 1u);
  EXPECT_EQ(log_index_for(logs, Zxid{99}), 2u);
}

}  // namespace
}  // namespace vivarium
