// Apache's transaction log decodes, and our encoders write the same bytes.
#include <map>
#include <set>

#include "kernel/wire/client_protocol.h"
#include "kernel/wire/log_record.h"
#include "kernel/wire/txn.h"
#include "tests/golden/golden_files.h"

namespace vivarium {
namespace {

constexpr std::size_t kMaxEntry = 1 << 20;

std::vector<std::string> log_entries() {
  const std::string file = golden::read_file("log.1");
  EXPECT_TRUE(is_log_header(file));
  std::vector<std::string> entries;
  std::string_view rest = std::string_view(file).substr(kLogHeaderSize);
  while (!rest.empty()) {
    const LogRecord record = read_log_record(rest, kMaxEntry);
    EXPECT_EQ(record.status, LogRecordStatus::kRecord);
    if (record.status != LogRecordStatus::kRecord) break;
    entries.emplace_back(record.entry);
    rest.remove_prefix(record.size);
  }
  return entries;
}

TEST(GoldenLog, is_framed_again_to_the_same_file) {
  Vector<char> out;
  ByteWriter writer(out);
  encode_log_header(writer);
  for (const std::string& entry : log_entries()) encode_log_record(writer, entry);
  EXPECT_TRUE(view(out) == golden::read_file("log.1"));
}

TEST(GoldenLog, has_every_txn_encoded_again_to_the_same_bytes) {
  std::int64_t last = 0;
  for (const std::string& entry : log_entries()) {
    const auto txn = decode_txn(entry);
    ASSERT_TRUE(txn.ok()) << txn_error_name(txn.error());
    EXPECT_EQ(txn->header.zxid.value, ++last);
    Vector<char> out;
    ByteWriter writer(out);
    encode_txn(writer, *txn);
    EXPECT_TRUE(view(out) == entry) << "zxid " << last;
  }
}

TEST(GoldenLog, has_a_digest_on_everything_but_errors) {
  for (const std::string& entry : log_entries()) {
    const auto txn = decode_txn(entry);
    EXPECT_EQ(txn->digest.has_value(), txn->header.type != OpCode::kError) << txn->header.zxid.value;
  }
}

TEST(GoldenLog, contains_every_type_that_a_standalone_server_writes) {
  std::set<OpCode> seen;
  for (const std::string& entry : log_entries()) seen.insert(decode_txn(entry)->header.type);
  const std::set<OpCode> expected = {OpCode::kCreateSession,   OpCode::kCloseSession, OpCode::kError,
                                     OpCode::kCreate,          OpCode::kCreate2,      OpCode::kDelete,
                                     OpCode::kSetData,         OpCode::kSetAcl,       OpCode::kMulti,
                                     OpCode::kCreateContainer, OpCode::kCreateTtl,    OpCode::kDeleteContainer};
  EXPECT_EQ(seen, expected);
}

TEST(GoldenLog, has_multis_whose_operations_are_encoded_again_to_the_same_bytes) {
  std::multiset<OpCode> seen;
  for (const std::string& entry : log_entries()) {
    const auto txn = decode_txn(entry);
    const auto* multi = std::get_if<MultiTxn>(&txn->body);
    if (multi == nullptr) continue;
    Vector<char> out;
    ByteWriter writer(out);
    MultiTxnReader reader(*multi);
    while (!reader.done()) {
      const auto operation = reader.next();
      ASSERT_TRUE(operation.has_value());
      const auto body = decode_sub_txn(operation->type, operation->body);
      ASSERT_TRUE(body.ok());
      encode_sub_txn(writer, operation->type, *body);
      seen.insert(operation->type);
    }
    EXPECT_TRUE(view(out) == multi->operations);
  }
  // No create2: Apache up to 3.8.1 turns it into create inside a multi.
  for (OpCode type : {OpCode::kCreate, OpCode::kCreateContainer, OpCode::kCreateTtl, OpCode::kDelete, OpCode::kSetData,
                      OpCode::kCheck, OpCode::kError}) {
    EXPECT_TRUE(seen.count(type) > 0) << op_name(type);
  }
}

TEST(GoldenLog, closes_sessions_with_the_paths_of_their_ephemerals) {
  std::map<std::string, int> closed;
  for (const std::string& entry : log_entries()) {
    const auto txn = decode_txn(entry);
    const auto* close = std::get_if<CloseSessionTxn>(&txn->body);
    if (close == nullptr) continue;
    ASSERT_TRUE(close->paths.has_value());
    for (StringVectorReader paths(*close->paths); !paths.done();) ++closed[std::string(paths.next())];
  }
  EXPECT_EQ(closed, (std::map<std::string, int>{{"/lost-e", 1}, {"/old-e", 1}, {"/old-f", 1}}));
}

}  // namespace
}  // namespace vivarium
