// A client's identities on their way to the leader.
#include "kernel/request/identity_list.h"

#include <gtest/gtest.h>

#include "tests/support/hex.h"

namespace vivarium {
namespace {

using testing::from_hex;
using testing::to_hex;

Identities two() {
  Identities identities;
  identities.push_back({String("ip"), String("127.0.0.1")});
  identities.push_back({String("digest"), String("ann:hash")});
  return identities;
}

std::string bytes_of(const Identities& identities) {
  Vector<char> out;
  ByteWriter writer(out);
  encode_identities(writer, identities);
  return std::string(view(out));
}

TEST(IdentityList, is_a_vector_of_scheme_and_id) {
  EXPECT_EQ(to_hex(bytes_of(two())), "00000002" + ("00000002" + to_hex("ip")) + "00000009" + to_hex("127.0.0.1") +
                                         "00000006" + to_hex("digest") + "00000008" + to_hex("ann:hash"));
  EXPECT_EQ(to_hex(bytes_of({})), "00000000");
}

TEST(IdentityList, is_read_back) {
  EXPECT_EQ(decode_identities(bytes_of(two())), two());
  EXPECT_EQ(decode_identities(bytes_of({})), Identities());
}

TEST(IdentityList, takes_null_for_empty) {
  const auto read = decode_identities(from_hex("00000001 00000005 7375706572 ffffffff"));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ((*read)[0].scheme, "super");
  EXPECT_EQ((*read)[0].id, "");
}

TEST(IdentityList, is_refused_when_it_is_cut_or_goes_on) {
  const std::string bytes = bytes_of(two());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_identities(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_identities(bytes + "x"));
}

TEST(IdentityList, is_refused_when_a_count_or_length_lies) {
  for (const char* bytes : {"ffffffff", "80000000", "7fffffff 0000000000000000", "00000001 fffffffe 00000000",
                            "00000001 00000000 7fffffff", "00000002 00000000 00000000"}) {
    EXPECT_FALSE(decode_identities(from_hex(bytes))) << bytes;
  }
}

}  // namespace
}  // namespace vivarium
