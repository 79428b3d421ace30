// The client port's records: optional trailing fields, null lists, bounds. (Whole exchanges with a real Apache
// server are in tests/golden.)
#include "kernel/wire/client_protocol.h"

#include <gtest/gtest.h>

#include <string>

namespace vivarium {
namespace {

template <class... Args>
std::string encoded(const Args&... args) {
  Vector<char> out;
  ByteWriter writer(out);
  encode(writer, args...);
  return std::string(view(out));
}

TEST(ConnectRequest, remembers_whether_the_readOnly_byte_was_there) {
  ConnectRequest request;
  request.timeout_ms = 10000;
  request.password = std::string_view("0123456789abcdef");
  EXPECT_EQ(encoded(request).size(), 44u);
  const std::string old_form = encoded(request);
  EXPECT_FALSE(decode_connect_request(old_form)->read_only.has_value());
  request.read_only = false;
  const std::string new_form = encoded(request);
  EXPECT_EQ(new_form.size(), 45u);
  EXPECT_EQ(decode_connect_request(new_form)->read_only, false);
  EXPECT_EQ(decode_connect_request(new_form)->password, "0123456789abcdef");
  EXPECT_FALSE(decode_connect_request(old_form.substr(0, 43)).has_value());
}

TEST(Stat, is_sixty_eight_bytes) {
  Stat stat;
  stat.czxid.value = 1;
  stat.num_children = 2;
  stat.pzxid.value = -3;
  const std::string bytes = encoded(stat);
  EXPECT_EQ(bytes.size(), 68u);
  ByteReader in(bytes);
  EXPECT_EQ(decode_stat(in), stat);
  EXPECT_TRUE(in.finished());
}

TEST(CreateRequest, carries_a_ttl_only_as_createTTL) {
  CreateRequest request;
  request.path = "/a";
  request.acl = open_acl();
  request.ttl_ms = 5;
  const std::string plain = encoded(request, OpCode::kCreate);
  const std::string with_ttl = encoded(request, OpCode::kCreateTtl);
  EXPECT_EQ(with_ttl.size(), plain.size() + 8);
  ByteReader in(with_ttl);
  EXPECT_EQ(decode_create_request(in, OpCode::kCreateTtl)->ttl_ms, 5);
  ByteReader short_form(plain);
  EXPECT_FALSE(decode_create_request(short_form, OpCode::kCreateTtl).has_value());
}

TEST(CreateRequest, tells_a_null_acl_from_an_empty_one) {
  CreateRequest request;
  const std::string null_acl = encoded(request, OpCode::kCreate);
  ByteReader in(null_acl);
  EXPECT_FALSE(decode_create_request(in, OpCode::kCreate)->acl.has_value());
  request.acl = std::string_view("\0\0\0\0", 4);
  const std::string empty_acl = encoded(request, OpCode::kCreate);
  ByteReader again(empty_acl);
  EXPECT_EQ(AclReader(*decode_create_request(again, OpCode::kCreate)->acl).size(), 0);
}

TEST(AclReader, walks_the_open_list) {
  AclReader reader(open_acl());
  EXPECT_EQ(reader.size(), 1);
  const Acl acl = reader.next();
  EXPECT_EQ(acl.permissions, perms::kAll);
  EXPECT_EQ(acl.scheme, "world");
  EXPECT_EQ(acl.id, "anyone");
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(AclReader(read_only_acl()).next().permissions, perms::kRead);
}

TEST(TakeAcl, refuses_absurd_counts_and_short_lists) {
  ByteReader absurd(std::string_view("\x7f\xff\xff\xff", 4));
  EXPECT_FALSE(take_acl(absurd).has_value());
  EXPECT_FALSE(absurd.ok());
  ByteReader negative(std::string_view("\xff\xff\xff\xfe", 4));
  EXPECT_FALSE(take_acl(negative).has_value());
  EXPECT_FALSE(negative.ok());
  ByteReader cut(open_acl().substr(0, 26));
  EXPECT_FALSE(take_acl(cut).has_value());
  EXPECT_FALSE(cut.ok());
}

TEST(SetWatches, has_two_more_lists_as_setWatches2) {
  SetWatchesRequest request;
  request.relative_zxid.value = 9;
  const std::string_view one_path("\0\0\0\1\0\0\0\2/a", 10);
  request.data = one_path;
  request.persistent_recursive = one_path;
  const std::string two = encoded(request, OpCode::kSetWatches2);
  ByteReader in(two);
  const auto decoded = decode_set_watches_request(in, OpCode::kSetWatches2);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(in.finished());
  StringVectorReader paths(decoded->persistent_recursive);
  EXPECT_EQ(paths.next(), "/a");
  EXPECT_TRUE(StringVectorReader(decoded->exist).done());
  EXPECT_EQ(encoded(request, OpCode::kSetWatches).size() + 4 + 10, two.size());
}

TEST(SetWatches, takes_a_null_list_as_empty) {
  ByteReader in(std::string_view("\xff\xff\xff\xff", 4));
  const auto taken = take_string_vector(in);
  ASSERT_TRUE(taken.has_value());
  EXPECT_TRUE(StringVectorReader(*taken).done());
}

TEST(Frame, has_its_length_in_front) {
  Vector<char> out;
  ByteWriter writer(out);
  const std::size_t at = begin_frame(writer);
  encode(writer, ReplyHeader{xids::kPing, Zxid{1}, ErrorCode::kOk});
  end_frame(writer, at);
  EXPECT_EQ(view(out), std::string_view("\0\0\0\x10\xff\xff\xff\xfe\0\0\0\0\0\0\0\1\0\0\0\0", 20));
}

TEST(OpCode, has_apaches_names_and_tags) {
  EXPECT_STREQ(op_name(OpCode::kCreateTtl), "createTTL");
  EXPECT_STREQ(op_name(OpCode::kCloseSession), "closeSession");
  EXPECT_EQ(op_name(static_cast<OpCode>(99)), nullptr);
  EXPECT_STREQ(op_tag(OpCode::kGetAllChildrenNumber), "GETACN");
  EXPECT_STREQ(op_tag(OpCode::kAuth), "NA");
  EXPECT_STREQ(op_tag(static_cast<OpCode>(99)), "NA");
}

TEST(ErrorCode, has_apaches_names) {
  EXPECT_STREQ(error_name(ErrorCode::kNoNode), "NONODE");
  EXPECT_STREQ(error_name(static_cast<ErrorCode>(-999)), "UNKNOWN");
}

}  // namespace
}  // namespace vivarium
