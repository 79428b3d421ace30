// One member of an ensemble of three voters (1, 2, 3) and an observer (4), whose peers are the test's own bytes.
//
// It is elected, or follows, by notifications that the test makes up; what it puts on its disk is durable when the test
// says so (settle_disk). Learner links are channels 10, 11, ...; their packets are parsed for the test.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/replica.h"
#include "kernel/wire/quorum_packet.h"
#include "kernel/wire/txn.h"
#include "kernel/wire/vote_packet.h"
#include "tests/support/replica_harness.h"

namespace vivarium::testing {

inline Zxid zxid(std::int64_t epoch, std::uint32_t counter) { return Zxid::make(Epoch{epoch}, counter); }

/// A txn that changes nothing.
inline std::string idle_txn(Zxid at) {
  return bytes_of([at](ByteWriter& out) {
    encode_txn(out, Txn{{SessionId{}, Xid{}, at, WallTime{1}, OpCode::kError}, ErrorTxn{ErrorCode::kOk}, std::nullopt});
  });
}

/// A disk with the txns of `history`, all of them within reach of learners, and the epoch of the last one.
inline RecoveredState disk_with(const std::vector<Zxid>& history, std::int64_t epoch) {
  RecoveredState recovered;
  recovered.verdict = RecoveryVerdict::kIntact;
  recovered.accepted_epoch = recovered.current_epoch = Epoch{epoch};
  for (const Zxid at : history) {
    recovered.recent.push(at, idle_txn(at));
    recovered.tree.advance(at);
    recovered.last_zxid = at;
  }
  return recovered;
}

struct Packet {
  PacketType type;
  Zxid zxid;
  std::string data;
};

inline std::string packet_bytes(PacketType type, Zxid at, const std::string& data = "") {
  return bytes_of([&](ByteWriter& out) {
    QuorumPacket packet;
    packet.type = type;
    packet.zxid = at;
    packet.data = data;
    encode(out, packet);
  });
}
inline std::string learner_info(int id, PacketType type = PacketType::kFollowerInfo, std::int64_t accepted = 0) {
  return packet_bytes(type, zxid(accepted, 0), bytes_of([id](ByteWriter& out) {
                        encode(out, LearnerInfo{ServerId{id}, kProtocolVersion, 0});
                      }));
}
inline std::string int_bytes(std::int32_t value) {
  return bytes_of([value](ByteWriter& out) { out.i32(value); });
}
inline std::string ack_epoch(std::int32_t current, Zxid last) {
  return packet_bytes(PacketType::kAckEpoch, last, int_bytes(current));
}

class Member {
 public:
  explicit Member(int me, RecoveredState disk = disk_with({}, 0), std::int32_t sync_limit = 5)
      : replica_(config(me, sync_limit), std::move(disk), Seed{1}, Instant{1}, Server::kBoot), me_(me) {
    step();
    settle_disk();
  }

  // ---- inputs
  void step(const Input& input) { play(std::span<const Input>(&input, 1)); }
  void step() { play({}); }
  void pass(Duration time) {
    now_ = now_ + time;
    step();
  }
  /// Everything that it has asked of its disk is done.
  void settle_disk() {
    while (!asked_.empty()) {
      std::vector<Input> done;
      done.swap(asked_);
      for (const Input& input : done) step(input);
    }
  }
  /// What it asked of its disk is never answered.
  void forget_disk() { asked_.clear(); }
  /// `voter` votes for `leader`, whose history ends at `last`.
  void hears_vote(int voter, int leader, PeerState state, Zxid last, std::int64_t epoch) {
    if (!election_links_.contains(voter)) {
      const ChannelId channel{static_cast<std::uint32_t>(voter), 1};
      const bool dialled = voter < me_;  // the larger id dials
      election_links_.insert({voter, channel});
      step(ChannelOpened{channel, ChannelKind::kElection, "127.0.0.1",
                         dialled ? std::optional(ServerId{voter}) : std::nullopt});
      if (!dialled) {
        step(ChannelBytes{channel, bytes_of([voter](ByteWriter& out) {
                            encode(out, ElectionGreeting{ServerId{voter}, "127.0.0.1:3888"});
                          })});
      }
    }
    NotificationPacket packet;
    packet.state = static_cast<std::int32_t>(state);
    packet.leader = ServerId{leader};
    packet.zxid = last;
    packet.round = replica_.state().ensemble.election.round().value;
    packet.peer_epoch = Epoch{epoch};
    packet.config = "version=0";
    step(ChannelBytes{election_links_.at(voter), bytes_of([&packet](ByteWriter& out) { encode_frame(out, packet); })});
  }
  /// All three vote for `leader`.
  Member& elects(int leader, Zxid last = {}, std::int64_t epoch = 0) {
    for (int voter = 1; voter <= 3; ++voter) {
      if (voter != me_) hears_vote(voter, leader, PeerState::kLooking, last, epoch);
    }
    return *this;
  }
  /// A learner's link.
  void opens(std::uint32_t slot) { step(ChannelOpened{{slot, 1}, ChannelKind::kLearner, "127.0.0.1", {}}); }
  /// The leader answers the dial.
  void reaches(int leader, std::uint32_t slot = 10) {
    step(ChannelOpened{{slot, 1}, ChannelKind::kLearner, "127.0.0.1", ServerId{leader}});
  }
  void hears(std::uint32_t slot, const std::string& bytes) { step(ChannelBytes{{slot, 1}, bytes}); }
  void hears(std::uint32_t slot, PacketType type, Zxid at, const std::string& data = "") {
    hears(slot, packet_bytes(type, at, data));
  }

  // ---- what came out
  std::vector<Packet> packets(std::uint32_t slot) {
    std::string& bytes = sent_[slot];
    std::vector<Packet> found;
    std::size_t at = 0;
    for (;;) {
      const QuorumPacketParse parse = parse_quorum_packet(std::string_view(bytes).substr(at), 1u << 20);
      if (parse.status != QuorumPacketParse::Status::kWhole) break;
      found.push_back({parse.packet.type, parse.packet.zxid, to_std(parse.packet.data.value_or(""))});
      at += parse.size;
    }
    bytes.erase(0, at);
    return found;
  }
  std::vector<PacketType> types(std::uint32_t slot) {
    std::vector<PacketType> found;
    for (const Packet& packet : packets(slot)) found.push_back(packet.type);
    return found;
  }
  /// What stands behind the packets: a snapshot's bytes.
  const std::string& rest(std::uint32_t slot) { return sent_[slot]; }
  bool closed(std::uint32_t slot) const { return closed_.contains(slot); }
  const ReplicaState& state() const { return replica_.state(); }
  MemberView view() const { return replica_.member(); }
  bool noted(const std::string& part) const {
    for (const std::string& note : notes_) {
      if (note.find(part) != std::string::npos) return true;
    }
    return false;
  }
  /// How often it asked for a link to its leader.
  int dials() const { return dials_; }
  int asked_of_disk(EffectKind kind) const { return static_cast<int>(disk_effects_.count(kind)); }

 private:
  static Config config(int me, std::int32_t sync_limit) {
    Config config;
    config.my_id = ServerId{me};
    config.tick = Duration::millis(1000);
    config.ensemble.sync_limit = sync_limit;
    for (int id = 1; id <= 4; ++id) {
      MemberConfig member;
      member.id = ServerId{id};
      member.voter = id != 4;
      config.ensemble.members.push_back(member);
    }
    config.ensemble.election_address = to_string("127.0.0.1:3888");
    config.ensemble.text = to_string("version=0");
    return config;
  }

  void play(std::span<const Input> inputs) {
    Effects effects;
    replica_.step(now_, inputs, effects);
    for (const Effect& effect : effects.list()) carry_out(effect, to_std(effects.payload(effect)));
  }
  void carry_out(const Effect& effect, const std::string& payload) {
    const Incarnation incarnation{static_cast<std::uint64_t>(effect.argument)};
    if (lane_of(effect.kind) == Lane::kLog) disk_effects_.insert(effect.kind);
    switch (effect.kind) {
      case EffectKind::kSend:
        sent_[effect.channel.slot] += payload;
        break;
      case EffectKind::kClose:
        closed_.insert({effect.channel.slot, true});
        break;
      case EffectKind::kSyncLog:
        asked_.emplace_back(LogDurable{incarnation, effect.zxid});
        break;
      case EffectKind::kWriteEpochs: {
        ByteReader in(payload);
        const Epoch accepted{in.i64()};
        asked_.emplace_back(EpochDurable{accepted, Epoch{in.i64()}});
        break;
      }
      case EffectKind::kTruncateLog:
      case EffectKind::kResetLog:
        asked_.emplace_back(LogTruncated{incarnation, effect.zxid, true});
        break;
      case EffectKind::kDialLeader:
        ++dials_;
        break;
      case EffectKind::kReload:
        reload_ = incarnation;
        break;
      case EffectKind::kNote:
        notes_.push_back(payload);
        break;
      default:
        break;
    }
  }

 public:
  /// Reload is answered with this.
  void reloads(RecoveredState disk) { step(Reloaded{reload_, &disk}); }

 private:
  Replica replica_;
  int me_, dials_ = 0;
  Instant now_{1};
  std::vector<Input> asked_;
  Incarnation reload_;
  std::map<int, ChannelId> election_links_;
  std::map<std::uint32_t, std::string> sent_;
  std::map<std::uint32_t, bool> closed_;
  std::multiset<EffectKind> disk_effects_;
  std::vector<std::string> notes_;
};

}  // namespace vivarium::testing
