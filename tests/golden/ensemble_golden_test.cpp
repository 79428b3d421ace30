// What Apache's servers told each other is read to the last byte, means what the capture did, and is written again as
// it was.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "kernel/request/identity_list.h"
#include "kernel/request/tree_loader.h"
#include "kernel/wire/quorum_packet.h"
#include "kernel/wire/txn.h"
#include "kernel/wire/vote_packet.h"
#include "tests/golden/golden_files.h"

namespace vivarium {
namespace {

using golden::read_file;

template <class Write>
std::string written(Write write) {
  Vector<char> out;
  ByteWriter writer(out);
  write(writer);
  return std::string(view(out));
}

/// One direction of a learner's link: its packets by name, and what they carried.
struct Link {
  std::vector<std::string> names;
  DataTree tree;
  SessionTable sessions;
  int touched = 0, txns = 0;
  std::vector<ForwardedRequest> requests;
  std::vector<Identities> identities;

  std::string first(std::size_t count) const {
    std::string list;
    for (std::size_t i = 0; i < count && i < names.size(); ++i) list += (i == 0 ? "" : " ") + names[i];
    return list;
  }
  bool has(const std::string& name) const { return std::find(names.begin(), names.end(), name) != names.end(); }
};

void look_into(Link& link, const QuorumPacket& packet, bool from_learner) {
  switch (packet.type) {
    case PacketType::kRequest: {
      const auto request = decode_forwarded_request(packet.data);
      ASSERT_TRUE(request);
      link.requests.push_back(*request);
      if (!packet.auth) break;
      const auto identities = decode_identities(*packet.auth);
      ASSERT_TRUE(identities);
      EXPECT_EQ(written([&](ByteWriter& out) { encode_identities(out, *identities); }), *packet.auth);
      link.identities.push_back(*identities);
      break;
    }
    case PacketType::kPing: {
      SessionId session;
      std::int32_t timeout_ms = 0;
      EXPECT_EQ(packet.data.has_value(), from_learner);
      EXPECT_EQ(packet.data.value_or("").size() % 12, 0u);
      for (TouchReader touches(packet.data.value_or("")); touches.next(session, timeout_ms);) {
        EXPECT_EQ(timeout_ms, 6000);
        ++link.touched;
      }
      break;
    }
    case PacketType::kProposal:
      ASSERT_TRUE(packet.data);
      EXPECT_TRUE(decode_txn(*packet.data).ok());
      ++link.txns;
      break;
    case PacketType::kRevalidate:
      if (from_learner) {
        EXPECT_TRUE(decode_revalidate_request(packet.data));
      } else {
        const auto answer = decode_revalidate_answer(packet.data);
        EXPECT_TRUE(answer && answer->valid);
      }
      break;
    case PacketType::kFollowerInfo: {
      const auto info = decode_learner_info(packet.data);
      ASSERT_TRUE(info);
      EXPECT_EQ(info->protocol_version, kProtocolVersion);
      EXPECT_EQ(info->config_version, 0);
      break;
    }
    default:
      break;
  }
}

/// Takes a snapshot off `bytes`, in pieces.
void load_snapshot(Link& link, std::string_view& bytes) {
  SnapshotReader reader(SnapshotForm::kStream);
  link.tree.begin_load();
  TreeLoader loader(link.tree, link.sessions);
  while (!reader.complete()) {
    ASSERT_FALSE(bytes.empty());
    const auto fed = reader.feed_stream(bytes.substr(0, 50), loader);
    ASSERT_TRUE(fed.ok());
    bytes.remove_prefix(*fed);
  }
  link.tree.end_load();
}

void read_link(Link& link, const std::string& name, bool from_learner) {
  const std::string file = read_file("ensemble/" + name);
  for (std::string_view bytes = file; !bytes.empty();) {
    const auto parse = parse_quorum_packet(bytes, 1 << 20);
    if (parse.status == QuorumPacketParse::Status::kIncomplete) {
      EXPECT_TRUE(from_learner);  // cut in the middle when the capture ended
      return;
    }
    ASSERT_EQ(parse.status, QuorumPacketParse::Status::kWhole);
    EXPECT_EQ(written([&](ByteWriter& out) { encode(out, parse.packet); }), bytes.substr(0, parse.size));
    ASSERT_NE(packet_name(parse.packet.type), nullptr);
    link.names.emplace_back(packet_name(parse.packet.type));
    ASSERT_NO_FATAL_FAILURE(look_into(link, parse.packet, from_learner));
    bytes.remove_prefix(parse.size);
    if (parse.packet.type != PacketType::kSnap) continue;
    ASSERT_NO_FATAL_FAILURE(load_snapshot(link, bytes));
  }
}

TEST(EnsembleGolden, a_learner_greets_and_forwards_as_we_read_it) {
  Link link;
  ASSERT_NO_FATAL_FAILURE(read_link(link, "quorum.1.1_to_2.out", true));
  EXPECT_EQ(link.first(4), "FOLLOWERINFO ACKEPOCH ACK ACK");
  ASSERT_GE(link.requests.size(), 5u);
  EXPECT_EQ(link.requests[0].op, OpCode::kCreateSession);
  EXPECT_EQ(link.requests[0].body.size(), 4u);
  EXPECT_EQ(link.requests[1].op, OpCode::kCreate);
  EXPECT_EQ(link.requests[4].op, OpCode::kSync);
  ASSERT_FALSE(link.identities.empty());
  EXPECT_EQ(link.identities[0][0], (Identity{String("ip"), String("127.0.0.1")}));
  EXPECT_GT(link.touched, 0);
}

TEST(EnsembleGolden, a_leader_forms_its_ensemble_as_we_read_it) {
  Link link;
  ASSERT_NO_FATAL_FAILURE(read_link(link, "quorum.1.1_to_2.back", false));
  EXPECT_EQ(link.first(4), "LEADERINFO DIFF NEWLEADER UPTODATE");
  EXPECT_TRUE(link.has("SYNC"));
  EXPECT_TRUE(link.has("COMMIT"));
  EXPECT_GE(link.txns, 5);
}

TEST(EnsembleGolden, a_snapshot_on_the_wire_becomes_a_tree) {
  Link link;
  ASSERT_NO_FATAL_FAILURE(read_link(link, "quorum.1.3_to_2.back", false));
  EXPECT_EQ(link.first(4), "LEADERINFO SNAP NEWLEADER UPTODATE");
  EXPECT_TRUE(link.has("REVALIDATE"));
  const Znode* node = link.tree.find("/a");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(link.tree.data(*node), MaybeBytes("more"));
  EXPECT_TRUE(link.tree.contains("/a/e"));
  EXPECT_EQ(link.sessions.size(), 1u);
}

TEST(EnsembleGolden, a_learner_that_was_away_is_sent_what_it_missed) {
  Link link;
  ASSERT_NO_FATAL_FAILURE(read_link(link, "quorum.2.1_to_2.back", false));
  EXPECT_EQ(link.first(8), "LEADERINFO DIFF PROPOSAL COMMIT PROPOSAL COMMIT PROPOSAL COMMIT");
  EXPECT_TRUE(link.has("NEWLEADER"));
}

TEST(EnsembleGolden, every_learners_words_are_read) {
  for (const char* name : {"quorum.1.3_to_2.out", "quorum.2.1_to_2.out"}) {
    Link link;
    ASSERT_NO_FATAL_FAILURE(read_link(link, name, true)) << name;
    EXPECT_EQ(link.first(4), "FOLLOWERINFO ACKEPOCH ACK ACK") << name;
  }
}

std::string_view take_greeting(std::string_view bytes, std::int64_t sender) {
  const auto parse = parse_election_greeting(bytes);
  EXPECT_EQ(parse.status, ElectionGreetingParse::Status::kWhole);
  EXPECT_EQ(parse.greeting.sender, ServerId{sender});
  EXPECT_EQ(parse.greeting.address.substr(0, 10), "127.0.0.1:");
  EXPECT_EQ(written([&](ByteWriter& out) { encode(out, parse.greeting); }), bytes.substr(0, parse.size));
  return bytes.substr(parse.size);
}

std::vector<NotificationPacket> read_notifications(std::string_view bytes) {
  std::vector<NotificationPacket> list;
  ByteReader in(bytes);
  while (in.remaining() > 0) {
    const std::string_view before = in.rest();
    const auto read = decode_notification(in.ustring());
    EXPECT_TRUE(read);
    if (!read) break;
    EXPECT_EQ(written([&](ByteWriter& out) { encode_frame(out, *read); }),
              before.substr(0, before.size() - in.remaining()));
    list.push_back(*read);
  }
  EXPECT_TRUE(in.finished());
  return list;
}

TEST(EnsembleGolden, the_smaller_server_greets_and_is_hung_up_on) {
  for (const char* name : {"election.1.1_to_2.out", "election.1.1_to_3.out", "election.2.1_to_2.out"}) {
    const std::string file = read_file(std::string("ensemble/") + name);
    EXPECT_EQ(take_greeting(file, 1), "") << name;
  }
}

TEST(EnsembleGolden, notifications_are_read_and_written_alike) {
  const std::string out = read_file("ensemble/election.1.3_to_1.out"),
                    back = read_file("ensemble/election.1.3_to_1.back");
  const auto asked = read_notifications(take_greeting(out, 3)), answered = read_notifications(back);
  ASSERT_FALSE(asked.empty());
  EXPECT_EQ(asked[0].state, 0);
  EXPECT_EQ(asked[0].leader, ServerId{3});
  EXPECT_EQ(asked[0].version, 2);
  EXPECT_NE(asked[0].config.find("version=0"), std::string_view::npos);
  ASSERT_FALSE(answered.empty());
  EXPECT_EQ(answered[0].leader, ServerId{2});
  EXPECT_EQ(answered[0].state, 0);  // its last words of the election that 3 missed, repeated when the link came up
  EXPECT_TRUE(std::any_of(answered.begin(), answered.end(), [](const NotificationPacket& n) { return n.state == 1; }));
}

}  // namespace
}  // namespace vivarium
