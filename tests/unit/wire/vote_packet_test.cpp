// The election port's bytes: greetings of three protocol versions, notifications of three ages, and what is refused.
#include "kernel/wire/vote_packet.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/hex.h"

namespace vivarium {
namespace {

using Status = ElectionGreetingParse::Status;
using testing::from_hex;
using testing::to_hex;
using testing::written;

const std::string kGreetingOfTwo = from_hex("ffffffffffff0000 0000000000000002 0000000e") + "127.0.0.1:3888";

TEST(ElectionGreeting, is_written_as_version_one) {
  const ElectionGreeting greeting{ServerId{2}, "127.0.0.1:3888"};
  EXPECT_EQ(to_hex(written(greeting)), to_hex(kGreetingOfTwo));
}

TEST(ElectionGreeting, is_read_whole_or_not_at_all) {
  for (std::size_t size = 0; size < kGreetingOfTwo.size(); ++size) {
    EXPECT_EQ(parse_election_greeting(kGreetingOfTwo.substr(0, size)).status, Status::kIncomplete) << size;
  }
  const std::string more = kGreetingOfTwo + "xyz";
  const auto parse = parse_election_greeting(more);
  ASSERT_EQ(parse.status, Status::kWhole);
  EXPECT_EQ(parse.size, kGreetingOfTwo.size());
  EXPECT_EQ(parse.greeting.sender, ServerId{2});
  EXPECT_EQ(parse.greeting.address, "127.0.0.1:3888");
}

TEST(ElectionGreeting, may_name_many_addresses) {
  const std::string bytes = from_hex("ffffffffffff0001 0000000000000003 00000007") + "a:1|b:2";
  const auto parse = parse_election_greeting(bytes);
  ASSERT_EQ(parse.status, Status::kWhole);
  EXPECT_EQ(parse.greeting.address, "a:1|b:2");
}

TEST(ElectionGreeting, is_a_bare_id_from_3_4) {
  const std::string bytes = from_hex("0000000000000005 0000");
  const auto parse = parse_election_greeting(bytes);
  ASSERT_EQ(parse.status, Status::kWhole);
  EXPECT_EQ(parse.size, 8u);
  EXPECT_EQ(parse.greeting.sender, ServerId{5});
  EXPECT_EQ(parse.greeting.address, "");
}

TEST(ElectionGreeting, is_refused_when_it_is_garbage) {
  for (const char* bytes :
       {"ffffffffffff0002", "fffffffffffeffff", "8000000000000000", "ffffffffffffffff",
        "ffffffffffff0000 0000000000000002 00000000", "ffffffffffff0000 0000000000000002 ffffffff",
        "ffffffffffff0000 0000000000000002 00000801", "ffffffffffff0000 0000000000000002 7fffffff",
        "ffffffffffff0000 ffffffffffffffff 00000003", "ffffffffffff0000 0000000000000002 00000003 610a62",
        "ffffffffffff0000 0000000000000002 00000001 00"}) {
    EXPECT_EQ(parse_election_greeting(from_hex(bytes)).status, Status::kMalformed) << bytes;
  }
}

const std::string kOldVote = from_hex("00000001 0000000000000003 0000000200000007 0000000000000009");

TEST(Notification, is_framed_with_its_config) {
  NotificationPacket packet;
  packet.state = 2;
  packet.leader = ServerId{3};
  packet.zxid = Zxid{0x200000007};
  packet.round = 9;
  packet.peer_epoch = Epoch{2};
  packet.config = "version=0";
  Vector<char> out;
  ByteWriter writer(out);
  encode_frame(writer, packet);
  const std::string expected =
      from_hex(
          "00000035 00000002 0000000000000003 0000000200000007 0000000000000009 0000000000000002 00000002 00000009") +
      "version=0";
  EXPECT_EQ(to_hex(view(out)), to_hex(expected));
  const auto read = decode_notification(view(out).substr(4));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->state, 2);
  EXPECT_EQ(read->leader, ServerId{3});
  EXPECT_EQ(read->zxid, Zxid{0x200000007});
  EXPECT_EQ(read->round, 9);
  EXPECT_EQ(read->peer_epoch, Epoch{2});
  EXPECT_EQ(read->version, 2);
  EXPECT_EQ(read->config, "version=0");
}

TEST(Notification, of_28_bytes_takes_its_epoch_from_the_zxid) {
  const auto read = decode_notification(kOldVote);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->state, 1);
  EXPECT_EQ(read->peer_epoch, Epoch{2});
  EXPECT_EQ(read->version, 0);
}

TEST(Notification, of_40_bytes_has_no_version) {
  const std::string bytes = kOldVote + from_hex("0000000000000006 00000001");
  const auto read = decode_notification(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->peer_epoch, Epoch{6});
  EXPECT_EQ(read->version, 0);
  EXPECT_EQ(read->config, "");
}

TEST(Notification, is_refused_when_a_length_lies) {
  const std::string versioned = kOldVote + from_hex("0000000000000006 00000002");
  EXPECT_TRUE(decode_notification(versioned + from_hex("00000000")));
  EXPECT_FALSE(decode_notification(versioned + from_hex("00000001")));
  EXPECT_FALSE(decode_notification(versioned + from_hex("ffffffff")));
  EXPECT_FALSE(decode_notification(versioned + from_hex("80000000")));
  EXPECT_FALSE(decode_notification(versioned + from_hex("7fffffff61")));
  for (std::size_t size = 0; size < versioned.size() + 4; ++size) {
    const std::string bytes = (versioned + from_hex("00000000")).substr(0, size);
    EXPECT_EQ(decode_notification(bytes).has_value(), size == 28 || size == 40) << size;
  }
}

}  // namespace
}  // namespace vivarium
