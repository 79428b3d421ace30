// A log as text and as JSON; the text is Apache's, line by line.
#include "cmd/inspect/log_dump.h"

#include <boost/json.hpp>

#include "adapters/storage/posix_file_system.h"
#include "cmd/inspect/txn_text.h"
#include "tests/golden/golden_files.h"
#include "tests/unit/inspect/support.h"

namespace vivarium::inspect {
namespace {

const std::string kGolden = std::string(VIVARIUM_SOURCE_DIR) + "/tests/golden/apache_3_8_0/";
constexpr std::size_t kSessionRecord = vivarium::testing::kSessionRecord;

/// Records by their first line on; of a multi only what comes before its operations, which 3.8.0 prints as raw bytes.
std::vector<std::string> comparable_records(const std::string& text) {
  std::vector<std::string> records;
  bool inside_multi = false;
  for (const std::string& line : lines_of(text)) {
    const bool begins = line.find(" session 0x") != std::string::npos || line.rfind("EOF", 0) == 0 || records.empty();
    if (begins) {
      const std::size_t multi = line.find(" multi ");
      inside_multi = multi != std::string::npos;
      records.push_back(line.substr(0, multi));
    } else if (!inside_multi) {
      records.back() += "\n" + line;
    }
  }
  return records;
}

TEST_F(Inspected, log_text_is_what_apache_3_8_0_prints) {
  PosixFileSystem disk;
  const Command on_disk{disk, out, err};
  EXPECT_EQ(dump_log(on_disk, kGolden + "log.1", false), kIntact);
  const auto ours = comparable_records(out.str()), theirs = comparable_records(golden::read_file("log.1.txt"));
  ASSERT_EQ(ours.size(), 66u);  // 64 records between a title and an end
  EXPECT_EQ(ours, theirs);
  EXPECT_EQ(err.str(), "");
}

TEST_F(Inspected, operations_of_a_multi_are_shown_as_apache_3_9_does) {
  PosixFileSystem disk;
  const Command on_disk{disk, out, err};
  dump_log(on_disk, kGolden + "log.1", false);
  EXPECT_THAT(out.str(), HasSubstr(" multi create:/m,1,[31,s{'world,'anyone}\n],false,11;create:/m/two,2,"));
  EXPECT_THAT(out.str(), HasSubstr(";setData:/m,5,1;check:/m,2;create:/m/x,,[31,s{'world,'anyone}\n],false,4;"
                                   "delete:/m/x\n"));
  EXPECT_THAT(out.str(), HasSubstr(" multi error:-103;error:-2\n"));
}

TEST_F(Inspected, log_json_has_one_object_a_record) {
  PosixFileSystem disk;
  const Command on_disk{disk, out, err};
  EXPECT_EQ(dump_log(on_disk, kGolden + "log.1", true), kIntact);
  const auto lines = lines_of(out.str());
  ASSERT_EQ(lines.size(), 64u);
  const boost::json::value third = boost::json::parse(lines[2]);
  EXPECT_EQ(third.at("offset"), 138);
  EXPECT_EQ(third.at("zxid"), "0x3");
  EXPECT_EQ(third.at("type"), "create");
  EXPECT_EQ(third.at("path"), "/a");
  EXPECT_EQ(third.at("data"), "Zmlyc3Q=");
  EXPECT_EQ(third.at("acl").at(0).at("scheme"), "world");
  EXPECT_EQ(third.at("digest").at("version"), 2);
  EXPECT_TRUE(boost::json::parse(lines[3]).at("data").is_null());
  EXPECT_EQ(boost::json::parse(lines[39]).at("operations").as_array().size(), 8u);
}

TEST_F(Inspected, a_record_with_a_wrong_checksum_is_marked_and_passed_over) {
  run_server();
  flip("log.1", kLogHeaderSize + kSessionRecord - 2);  // the last byte of the first record's timeout
  EXPECT_EQ(dump_log(command, at("log.1"), false), kDamaged);
  EXPECT_EQ(lines_of(out.str())[1],
            "CRC ERROR - 1/1/70, 12:00:01 AM UTC session 0x100000000000001 cxid 0x0 zxid 0x1 createSession 30001");
  EXPECT_THAT(out.str(), HasSubstr("EOF reached after 10 txns.\n"));
  EXPECT_EQ(err.str(), "data/version-2/log.1: offset 16: the record's checksum differs\n");
}

TEST_F(Inspected, a_log_that_ends_inside_a_record_says_where) {
  run_server();
  cut("log.1", kLogHeaderSize + kSessionRecord + 20);
  EXPECT_EQ(dump_log(command, at("log.1"), false), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("EOF reached after 1 txns.\n"));
  EXPECT_EQ(err.str(), "data/version-2/log.1: offset 65: the file ends inside the record; expected a record\n");
}

TEST_F(Inspected, bytes_behind_the_padding_are_reported) {
  std::string bytes = vivarium::testing::log_bytes(1, 2);
  const std::size_t end = bytes.size();
  fs.put(at("log.1"), bytes + std::string(100, '\0') + "x");
  EXPECT_EQ(dump_log(command, at("log.1"), false), kDamaged);
  EXPECT_THAT(err.str(), HasSubstr("offset " + std::to_string(end) + ": zero bytes stand where a record belongs"));
  EXPECT_THAT(err.str(), HasSubstr("offset " + std::to_string(end + 100)));
}

TEST_F(Inspected, zeros_to_the_end_are_padding) {
  fs.put(at("log.1"), vivarium::testing::log_bytes(1, 2) + std::string(5000, '\0'));
  EXPECT_EQ(dump_log(command, at("log.1"), false), kIntact);
  EXPECT_EQ(err.str(), "");
}

TEST_F(Inspected, something_that_is_no_log_is_refused) {
  fs.put(at("log.1"), "ZKSNxxxxxxxxxxxxxxxxxxxxxx");
  EXPECT_EQ(dump_log(command, at("log.1"), false), kDamaged);
  EXPECT_THAT(err.str(), HasSubstr("offset 0: expected a log's header"));
  EXPECT_EQ(dump_log(command, at("nothere"), false), kUsage);
}

TEST_F(Inspected, a_whole_record_that_is_no_transaction_is_shown_as_bytes) {
  Vector<char> bytes;
  ByteWriter writer(bytes);
  encode_log_header(writer);
  encode_log_record(writer, std::string(40, '\7'));
  fs.put(at("log.1"), std::string(bytes.data(), bytes.size()));
  EXPECT_EQ(dump_log(command, at("log.1"), false), kDamaged);
  EXPECT_THAT(err.str(), HasSubstr("offset 16: expected a transaction"));
  EXPECT_EQ(dump_log(command, at("log.1"), true), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("\"undecodable\":\"BwcHBwcHBwc"));
}

TEST_F(Inspected, fields_inside_a_record_are_escaped_as_apaches_csv) {
  const std::string path("/a,b%c}d{e\nf\rg\0h'i", 18);
  EXPECT_EQ(fields_text(DeleteTxn{path}), "'/a%2Cb%25c%7Dd{e%0Af%0Dg%00h'i");
  const char no_entries[] = {0, 0, 0, 0};
  EXPECT_EQ(fields_text(SetAclTxn{"/x", AclBytes(no_entries, sizeof no_entries), 3}), "'/x,v{},3");
  EXPECT_EQ(fields_text(CloseSessionTxn{}), "");
  EXPECT_EQ(type_text(static_cast<OpCode>(55)), "unknown 55");
}

}  // namespace
}  // namespace vivarium::inspect
