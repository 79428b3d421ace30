// The quorum port's packets: known bytes both ways, arrival in pieces, and what is refused.
#include "kernel/wire/quorum_packet.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/hex.h"

namespace vivarium {
namespace {

using Status = QuorumPacketParse::Status;
using testing::from_hex;
using testing::to_hex;
using testing::written;

constexpr std::size_t kMaxData = 1000;

QuorumPacketParse parse(std::string_view bytes) { return parse_quorum_packet(bytes, kMaxData); }

QuorumPacket packet(PacketType type, std::int64_t zxid, MaybeBytes data) {
  return QuorumPacket{type, Zxid{zxid}, data, std::nullopt};
}

/// Bytes of protocol.md section 11, seen on the wire of Apache 3.8.0.
TEST(QuorumPacket, is_written_as_apache_writes_it) {
  const std::string info = written(LearnerInfo{ServerId{1}, kProtocolVersion, 0});
  EXPECT_EQ(to_hex(written(packet(PacketType::kFollowerInfo, 0, info))),
            "0000000b0000000000000000000000140000000000000001000100000000000000000000ffffffff");
  const std::string version = from_hex("00010000");
  EXPECT_EQ(to_hex(written(packet(PacketType::kLeaderInfo, std::int64_t{1} << 32, version))),
            "0000001100000001000000000000000400010000ffffffff");
  EXPECT_EQ(to_hex(written(packet(PacketType::kUpToDate, -1, std::nullopt))),
            "0000000cffffffffffffffffffffffffffffffff");
  const std::string answer = written(RevalidateAnswer{SessionId{0x0200000000000001}, true});
  EXPECT_EQ(to_hex(written(packet(PacketType::kRevalidate, -1, answer))),
            "00000006ffffffffffffffff00000009020000000000000101ffffffff");
}

TEST(QuorumPacket, is_taken_whole_or_not_at_all) {
  const std::string auth = from_hex("00000002 00000002 6970 00000003 312e32 00000000 ffffffff");
  const std::string bytes = written(QuorumPacket{PacketType::kRequest, Zxid{-1}, MaybeBytes("abc"), auth});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = parse(std::string_view(bytes).substr(0, size));
    ASSERT_EQ(part.status, Status::kIncomplete) << size;
    EXPECT_GT(part.size, size);
    EXPECT_LE(part.size, bytes.size());
  }
  const auto whole = parse(bytes + "next");
  ASSERT_EQ(whole.status, Status::kWhole);
  EXPECT_EQ(whole.size, bytes.size());
}

TEST(QuorumPacket, keeps_null_apart_from_empty) {
  const std::string nothing = from_hex("00000005 0000000000000007 ffffffff ffffffff");
  const auto null = parse(nothing);
  ASSERT_EQ(null.status, Status::kWhole);
  EXPECT_FALSE(null.packet.data);
  EXPECT_FALSE(null.packet.auth);
  const std::string blank = from_hex("00000005 0000000000000007 00000000 00000000");
  const auto empty = parse(blank);
  ASSERT_EQ(empty.status, Status::kWhole);
  EXPECT_EQ(empty.packet.data, MaybeBytes(""));
  EXPECT_EQ(empty.packet.auth->size(), 4u);
  EXPECT_EQ(empty.packet.zxid, Zxid{7});
  EXPECT_EQ(to_hex(written(empty.packet)), to_hex(blank));
}

TEST(QuorumPacket, of_an_unknown_type_is_left_to_the_role) {
  const auto unknown = parse(from_hex("0000004d 0000000000000007 ffffffff ffffffff"));
  ASSERT_EQ(unknown.status, Status::kWhole);
  EXPECT_EQ(static_cast<std::int32_t>(unknown.packet.type), 77);
  EXPECT_EQ(packet_name(unknown.packet.type), nullptr);
  EXPECT_STREQ(packet_name(PacketType::kAckEpoch), "ACKEPOCH");
}

TEST(QuorumPacket, is_refused_as_soon_as_a_length_is_wrong) {
  const std::string head = "00000002 0000000000000007 ";
  for (const char* tail : {"fffffffe", "80000000", "000003e9", "7fffffff", "ffffffff fffffffe", "ffffffff 80000000",
                           "ffffffff 00100001", "ffffffff 00000001 fffffffe", "ffffffff 00000001 00000000 ffffff00",
                           "ffffffff 00000001 000003e0", "ffffffff 0000007d"}) {
    EXPECT_EQ(parse(from_hex(head + tail)).status, Status::kMalformed) << tail;
  }
}

TEST(LearnerInfo, has_no_config_version_from_3_4) {
  const std::string bytes = written(LearnerInfo{ServerId{3}, kProtocolVersion, 0x100000000});
  const auto whole = decode_learner_info(bytes);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->config_version, 0x100000000);
  const auto old = decode_learner_info(std::string_view(bytes).substr(0, 12));
  ASSERT_TRUE(old);
  EXPECT_EQ(old->sender, ServerId{3});
  EXPECT_EQ(old->protocol_version, kProtocolVersion);
  EXPECT_EQ(old->config_version, 0);
  EXPECT_FALSE(decode_learner_info(std::nullopt));
  EXPECT_FALSE(decode_learner_info(""));
  EXPECT_FALSE(decode_learner_info(std::string_view(bytes).substr(0, 19)));
}

TEST(ForwardedRequest, carries_the_clients_record_as_it_is) {
  const std::string bytes = written(ForwardedRequest{SessionId{5}, Xid{7}, OpCode::kSetData, "record"});
  EXPECT_EQ(to_hex(bytes), "00000000000000050000000700000005" + to_hex("record"));
  const auto read = decode_forwarded_request(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->session, SessionId{5});
  EXPECT_EQ(read->cxid, Xid{7});
  EXPECT_EQ(read->op, OpCode::kSetData);
  EXPECT_EQ(read->body, "record");
  EXPECT_TRUE(decode_forwarded_request(std::string_view(bytes).substr(0, 16)));
  EXPECT_FALSE(decode_forwarded_request(std::string_view(bytes).substr(0, 15)));
  EXPECT_FALSE(decode_forwarded_request(std::nullopt));
}

TEST(Revalidation, is_exact_in_both_directions) {
  const std::string question = written(RevalidateRequest{SessionId{5}, 30000});
  const auto asked = decode_revalidate_request(question);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->session, SessionId{5});
  EXPECT_EQ(asked->timeout_ms, 30000);
  const std::string reply = written(RevalidateAnswer{SessionId{5}, true});
  const auto answered = decode_revalidate_answer(reply);
  ASSERT_TRUE(answered);
  EXPECT_TRUE(answered->valid);
  EXPECT_FALSE(decode_revalidate_request(reply));
  EXPECT_FALSE(decode_revalidate_answer(question));
  EXPECT_FALSE(decode_revalidate_request(std::nullopt));
  EXPECT_FALSE(decode_revalidate_answer(std::nullopt));
}

TEST(TouchReader, stops_in_front_of_a_torn_entry) {
  const std::string bytes = from_hex("0000000000000001 00000fa0 0000000000000002 00001f40 0000000000000003");
  TouchReader reader(bytes);
  SessionId session;
  std::int32_t timeout_ms = 0;
  ASSERT_TRUE(reader.next(session, timeout_ms));
  EXPECT_EQ(session, SessionId{1});
  EXPECT_EQ(timeout_ms, 4000);
  ASSERT_TRUE(reader.next(session, timeout_ms));
  EXPECT_EQ(session, SessionId{2});
  EXPECT_FALSE(reader.next(session, timeout_ms));
  EXPECT_FALSE(TouchReader("").next(session, timeout_ms));
}

}  // namespace
}  // namespace vivarium
