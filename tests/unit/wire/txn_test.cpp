// Txns, with the oddities of protocol.md section 3: old forms, failed multis, missing digests.
#include "kernel/wire/txn.h"

#include <gtest/gtest.h>

#include <string>

#include "kernel/wire/client_protocol.h"

namespace vivarium {
namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  int high = -1;
  for (char c : hex) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return out;
}

std::string encoded(const Txn& txn) {
  Vector<char> out;
  ByteWriter writer(out);
  encode_txn(writer, txn);
  return std::string(view(out));
}

Txn of_type(OpCode type, TxnBody body) {
  Txn txn;
  txn.header = {SessionId{0x77}, Xid{3}, Zxid{9}, WallTime{1000}, type};
  txn.body = body;
  return txn;
}

CreateTxn some_create(OpCode kind) {
  CreateTxn txn;
  txn.kind = kind;
  txn.path = "/a";
  txn.data = "data";
  txn.acl = open_acl();
  txn.parent_cversion = 4;
  return txn;
}

TEST(DecodeTxn, reads_the_first_record_of_an_apache_log) {
  const std::string bytes = from_hex(
      "0100000428c50000 00000000 0000000000000001 000001a1ffb03249 fffffff6 00007530 00000002 0000000051c6d660");
  const auto txn = decode_txn(bytes);
  ASSERT_TRUE(txn.ok());
  EXPECT_EQ(txn->header.client_id.value, 0x0100000428c50000);
  EXPECT_EQ(txn->header.zxid.value, 1);
  EXPECT_EQ(txn->header.type, OpCode::kCreateSession);
  EXPECT_EQ(std::get<CreateSessionTxn>(txn->body).timeout_ms, 30000);
  ASSERT_TRUE(txn->digest.has_value());
  EXPECT_EQ(txn->digest->tree_digest, 0x51c6d660u);
  EXPECT_EQ(encoded(*txn), bytes);
}

TEST(DecodeTxn, reads_the_create_of_ancient_logs) {
  std::string bytes = encoded(of_type(OpCode::kCreate, some_create(OpCode::kCreate)));
  bytes.resize(bytes.size() - 4);  // no parentCVersion
  const auto txn = decode_txn(bytes);
  ASSERT_TRUE(txn.ok());
  EXPECT_EQ(std::get<CreateTxn>(txn->body).parent_cversion, -1);
  EXPECT_EQ(std::get<CreateTxn>(txn->body).path, "/a");
}

TEST(DecodeTxn, takes_the_ancient_form_for_plain_create_only) {
  std::string bytes = encoded(of_type(OpCode::kCreate2, some_create(OpCode::kCreate2)));
  bytes.resize(bytes.size() - 4);
  EXPECT_EQ(decode_txn(bytes).error(), TxnError::kTruncated);
}

TEST(DecodeTxn, accepts_closeSession_without_a_body) {
  const std::string bytes = encoded(of_type(OpCode::kCloseSession, CloseSessionTxn{}));
  const auto txn = decode_txn(bytes);
  ASSERT_TRUE(txn.ok());
  EXPECT_FALSE(std::get<CloseSessionTxn>(txn->body).paths.has_value());
}

TEST(DecodeTxn, finds_the_digest_of_closeSession_without_a_body) {
  Txn close = of_type(OpCode::kCloseSession, CloseSessionTxn{});
  close.digest = TxnDigest{2, 0x1234};
  const std::string bytes = encoded(close);
  const auto txn = decode_txn(bytes);
  ASSERT_TRUE(txn.ok());
  EXPECT_FALSE(std::get<CloseSessionTxn>(txn->body).paths.has_value());
  EXPECT_EQ(txn->digest, (TxnDigest{2, 0x1234}));
}

TEST(DecodeTxn, lists_the_paths_of_closeSession) {
  const std::string bytes = from_hex(
      "0000000000000001 00000002 0000000000000003 0000000000000004 fffffff5"
      "00000002 00000002 2f61 00000002 2f62 00000002 00000000000000ff");
  const auto txn = decode_txn(bytes);
  ASSERT_TRUE(txn.ok());
  StringVectorReader paths(*std::get<CloseSessionTxn>(txn->body).paths);
  EXPECT_EQ(paths.size(), 2);
  EXPECT_EQ(paths.next(), "/a");
  EXPECT_EQ(paths.next(), "/b");
  EXPECT_TRUE(paths.done());
  EXPECT_EQ(encoded(*txn), bytes);
}

TEST(DecodeTxn, takes_a_null_acl_as_the_open_one) {
  const std::string null_vector = from_hex("ffffffff");
  CreateTxn create = some_create(OpCode::kCreate);
  create.acl = null_vector;
  const std::string bytes = encoded(of_type(OpCode::kCreate, create));
  EXPECT_EQ(std::get<CreateTxn>(decode_txn(bytes)->body).acl, open_acl());
  EXPECT_EQ(std::get<CreateTxn>(decode_txn(bytes)->body).parent_cversion, 4);
}

TEST(DecodeTxn, keeps_a_null_path_list_as_it_was) {
  const std::string null_vector = from_hex("ffffffff");
  const std::string close = encoded(of_type(OpCode::kCloseSession, CloseSessionTxn{null_vector}));
  const auto txn = decode_txn(close);
  EXPECT_TRUE(StringVectorReader(*std::get<CloseSessionTxn>(txn->body).paths).done());
  EXPECT_EQ(encoded(*txn), close);
}

TEST(DecodeTxn, refuses_a_top_level_check) {
  Vector<char> out;
  ByteWriter writer(out);
  encode_txn_header(writer, {SessionId{1}, Xid{1}, Zxid{1}, WallTime{1}, OpCode::kCheck});
  writer.ustring("/a");
  writer.i32(0);
  EXPECT_EQ(decode_txn(view(out)).error(), TxnError::kUnknownType);
}

TEST(DecodeTxn, refuses_bytes_that_are_left_over) {
  std::string bytes = encoded(of_type(OpCode::kDelete, DeleteTxn{"/a"}));
  EXPECT_TRUE(decode_txn(bytes).ok());
  EXPECT_EQ(decode_txn(bytes + std::string(13, '\0')).error(), TxnError::kTrailingBytes);
  EXPECT_EQ(decode_txn(bytes + std::string(11, '\0')).error(), TxnError::kTruncated);
}

TEST(DecodeTxn, refuses_negative_lengths_and_absurd_counts) {
  Vector<char> out;
  ByteWriter writer(out);
  encode_txn_header(writer, {SessionId{1}, Xid{1}, Zxid{1}, WallTime{1}, OpCode::kMulti});
  Vector<char> negative = out, absurd = out;
  ByteWriter(negative).i32(-1);
  ByteWriter(absurd).i32(INT32_MAX);
  EXPECT_EQ(decode_txn(view(negative)).error(), TxnError::kBadLength);
  EXPECT_EQ(decode_txn(view(absurd)).error(), TxnError::kBadLength);
}

Txn multi_of(Vector<char>& operations) {
  ByteWriter writer(operations);
  encode_sub_txn(writer, OpCode::kCreate, some_create(OpCode::kCreate));
  encode_sub_txn(writer, OpCode::kCheck, CheckTxn{"/a", 1});
  encode_sub_txn(writer, OpCode::kError, ErrorTxn{ErrorCode::kNoNode});
  return of_type(OpCode::kMulti, MultiTxn{3, view(operations)});
}

TEST(DecodeTxn, walks_the_operations_of_a_multi) {
  Vector<char> operations;
  const std::string bytes = encoded(multi_of(operations));
  const auto txn = decode_txn(bytes);
  ASSERT_TRUE(txn.ok());
  MultiTxnReader reader(std::get<MultiTxn>(txn->body));
  const auto create = reader.next();
  EXPECT_EQ(std::get<CreateTxn>(*decode_sub_txn(create->type, create->body)).path, "/a");
  const auto check = reader.next();
  EXPECT_EQ(std::get<CheckTxn>(*decode_sub_txn(check->type, check->body)).version, 1);
  const auto error = reader.next();
  EXPECT_EQ(std::get<ErrorTxn>(*decode_sub_txn(error->type, error->body)).error, ErrorCode::kNoNode);
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(encoded(*txn), bytes);
}

TEST(DecodeSubTxn, reads_the_error_of_a_failed_multi_out_of_the_old_body) {
  Vector<char> old_body;
  ByteWriter writer(old_body);
  encode_txn_body(writer, some_create(OpCode::kCreate));
  const auto txn = decode_sub_txn(OpCode::kError, view(old_body));
  ASSERT_TRUE(txn.ok());
  EXPECT_EQ(static_cast<int>(std::get<ErrorTxn>(*txn).error), 2);  // the length of "/a"
}

TEST(DecodeSubTxn, refuses_what_may_not_be_in_a_multi) {
  EXPECT_EQ(decode_sub_txn(OpCode::kSetAcl, "").error(), TxnError::kUnknownType);
  EXPECT_EQ(decode_sub_txn(OpCode::kMulti, "").error(), TxnError::kUnknownType);
  EXPECT_EQ(decode_sub_txn(OpCode::kCreateSession, "").error(), TxnError::kUnknownType);
}

TEST(EncodeTxnDeathTest, does_not_write_a_header_that_does_not_fit) {
  EXPECT_DEATH(encoded(of_type(OpCode::kDelete, ErrorTxn{})), "fits");
}

}  // namespace
}  // namespace vivarium
