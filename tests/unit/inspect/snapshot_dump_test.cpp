// A snapshot as text and as ncdu's JSON; the text is Apache's, node by node.
#include "cmd/inspect/snapshot_dump.h"

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/storage/posix_file_system.h"
#include "adapters/storage/snapshot_stream.h"
#include "cmd/inspect/snapshot_json.h"
#include "tests/golden/golden_files.h"
#include "tests/unit/inspect/support.h"

namespace vivarium::inspect {
namespace {

const std::string kGolden = std::string(VIVARIUM_SOURCE_DIR) + "/tests/golden/apache_3_8_0/";

/// Sections between "----" lines, sorted: Apache walks in the order of a hash table. So are the sessions.
std::vector<std::string> sections(const std::string& text) {
  std::vector<std::string> found(1);
  for (const std::string& line : lines_of(text)) {
    if (line == "----") {
      found.emplace_back();
    } else {
      found.back() += line + "\n";
    }
  }
  for (std::string& section : found) {
    if (section.rfind("Session Details", 0) != 0) continue;
    auto lines = lines_of(section);
    std::sort(lines.begin(), lines.end());
    section.clear();
    for (const std::string& line : lines) section += line + "\n";
  }
  std::sort(found.begin(), found.end());
  return found;
}

class SnapshotDump : public Inspected {
 protected:
  std::string dump_golden(const SnapshotDumpOptions& options) {
    PosixFileSystem disk;
    const Command on_disk{disk, out, err};
    EXPECT_EQ(dump_snapshot(on_disk, kGolden + "snapshot.last", options), kIntact);
    EXPECT_EQ(err.str(), "");
    return out.str();
  }
};

TEST_F(SnapshotDump, text_is_what_apache_3_8_0_prints) {
  const auto ours = sections(dump_golden({}));
  EXPECT_EQ(ours.size(), 26u);  // 23 nodes, the title, the sessions, the last zxid
  EXPECT_EQ(ours, sections(golden::read_file("snapshot.last.txt")));
}

TEST_F(SnapshotDump, text_with_data_is_what_apache_3_8_0_prints) {
  SnapshotDumpOptions options;
  options.data = true;
  EXPECT_EQ(sections(dump_golden(options)), sections(golden::read_file("snapshot.last.data.txt")));
}

/// Names in the order of the walk, with their depth.
void walk(const boost::json::value& node, int depth, std::vector<std::string>& names) {
  if (node.is_object()) {
    names.push_back(std::string(static_cast<std::size_t>(depth), ' ') + node.at("name").as_string().c_str());
    return;
  }
  for (const auto& child : node.as_array()) walk(child, depth + (&child != &node.as_array().front()), names);
}

TEST_F(SnapshotDump, json_nests_children_in_their_directory) {
  run_server();
  SnapshotDumpOptions options;
  options.json = true;
  EXPECT_EQ(dump_snapshot(command, at("snapshot.5"), options), kIntact);
  const boost::json::value parsed = boost::json::parse(out.str());
  EXPECT_EQ(parsed.at(2).at("progname"), "vivarium-inspect");
  std::vector<std::string> names;
  walk(parsed.at(3), 0, names);
  EXPECT_EQ(names, (std::vector<std::string>{"/", " n2", " n3", " n4", " zookeeper", "  config", "  quota"}));
  EXPECT_EQ(parsed.at(3).at(1).at("asize"), 2 * 37 % 900);
  EXPECT_EQ(parsed.at(3).at(0).at("ino"), 1001);
}

TEST_F(SnapshotDump, json_of_deep_and_of_single_nodes_closes_what_it_opened) {
  SnapshotJson deep(out, WallTime{0});
  for (const char* path : {"", "/a", "/a/b", "/a/b/c", "/d"}) EXPECT_TRUE(deep.on_node(path, std::nullopt, 0, {}));
  EXPECT_FALSE(deep.on_node("/a/x", std::nullopt, 0, {}));  // not in depth-first order
  deep.finish();
  out.str("");
  SnapshotJson single(out, WallTime{0});
  EXPECT_TRUE(single.on_node("", "data", 0, {}));
  single.finish();
  EXPECT_EQ(boost::json::parse(out.str()).at(3).at("asize"), 4);
}

TEST_F(SnapshotDump, compressed_files_are_told_by_their_first_bytes) {
  run_server();
  ASSERT_EQ(dump_snapshot(command, at("snapshot.a"), {}), kIntact);
  const std::string plain = out.str();
  for (const Compression compression : {Compression::kGzip, Compression::kSnappy}) {
    const auto encoder = make_snapshot_encoder(compression);
    std::string bytes;
    encoder->feed(fs.contents(at("snapshot.a")), bytes);
    encoder->finish(bytes);
    fs.put("elsewhere/snapshot.a", bytes);
    out.str("");
    EXPECT_EQ(dump_snapshot(command, "elsewhere/snapshot.a", {}), kIntact);
    EXPECT_EQ(out.str(), plain);
  }
}

TEST_F(SnapshotDump, nothing_is_shown_of_a_damaged_file_unless_it_is_asked_for) {
  run_server();
  cut("snapshot.a", 700);
  EXPECT_EQ(dump_snapshot(command, at("snapshot.a"), {}), kDamaged);
  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(err.str(), HasSubstr("snapshot.a: the snapshot ends early at offset "));
  SnapshotDumpOptions options;
  options.damaged = true;
  EXPECT_EQ(dump_snapshot(command, at("snapshot.a"), options), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("----\n/n10\n"));
  EXPECT_THAT(err.str(), HasSubstr("WARNING"));
}

}  // namespace
}  // namespace vivarium::inspect
