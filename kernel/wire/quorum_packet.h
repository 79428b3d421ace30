// What crosses the quorum port: a stream of QuorumPackets without outer framing (protocol.md 7.1), and what their data
// hold.
//
// Parsing is incremental: a packet is taken whole or not at all. Must never: trust a length, or keep more than the
// limit for an unfinished packet.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/types.h"
#include "kernel/wire/op_code.h"

namespace vivarium {

enum class PacketType : std::int32_t {
  kRequest = 1,
  kProposal = 2,
  kAck = 3,
  kCommit = 4,
  kPing = 5,
  kRevalidate = 6,
  kSync = 7,
  kInform = 8,
  kCommitAndActivate = 9,
  kNewLeader = 10,
  kFollowerInfo = 11,
  kUpToDate = 12,
  kDiff = 13,
  kTrunc = 14,
  kSnap = 15,
  kObserverInfo = 16,
  kLeaderInfo = 17,
  kAckEpoch = 18,
  kInformAndActivate = 19,
};
/// "PROPOSAL"; nullptr for other values.
const char* packet_name(PacketType type);

struct QuorumPacket {
  PacketType type = PacketType::kPing;
  Zxid zxid;
  MaybeBytes data;
  std::optional<std::string_view> auth;  // vector<Id> in jute encoding, count included; nullopt: null
};
void encode(ByteWriter& out, const QuorumPacket& packet);

struct QuorumPacketParse {
  enum class Status : std::uint8_t { kIncomplete, kWhole, kMalformed } status = Status::kIncomplete;
  QuorumPacket packet;
  std::size_t size = 0;  // kWhole: bytes taken. kIncomplete: bytes needed before it is worth looking again (at least)
};
/// `max_data`: a longer data field is malformed.
QuorumPacketParse parse_quorum_packet(std::string_view bytes, std::size_t max_data);

inline constexpr std::int32_t kProtocolVersion = 0x10000;

/// Data of FOLLOWERINFO and OBSERVERINFO.
struct LearnerInfo {
  ServerId sender;
  std::int32_t protocol_version = kProtocolVersion;
  std::int64_t config_version = 0;
};
void encode(ByteWriter& out, const LearnerInfo& info);
/// Also the 12-byte form of 3.4.
std::optional<LearnerInfo> decode_learner_info(MaybeBytes data);

/// Data of REQUEST; the client's ids travel as the packet's auth.
struct ForwardedRequest {
  SessionId session;
  Xid cxid;
  OpCode op = OpCode::kError;
  std::string_view body;
};
void encode(ByteWriter& out, const ForwardedRequest& request);
std::optional<ForwardedRequest> decode_forwarded_request(MaybeBytes data);
/// Data of REVALIDATE, both ways.
struct RevalidateRequest {
  SessionId session;
  std::int32_t timeout_ms = 0;
};
struct RevalidateAnswer {
  SessionId session;
  bool valid = false;
};
void encode(ByteWriter& out, const RevalidateRequest& request);
void encode(ByteWriter& out, const RevalidateAnswer& answer);
std::optional<RevalidateRequest> decode_revalidate_request(MaybeBytes data);
std::optional<RevalidateAnswer> decode_revalidate_answer(MaybeBytes data);

/// Data of a learner's PING: {long session, int timeout}*. Walk it; false at the end or at a malformed tail.
class TouchReader {
 public:
  explicit TouchReader(std::string_view data) : in_(data) {}
  bool next(SessionId& session, std::int32_t& timeout_ms);

 private:
  ByteReader in_;
};

}  // namespace vivarium
