#include "kernel/wire/quorum_packet.h"

#include <algorithm>

#include "kernel/base/limits.h"
#include "kernel/base/slice.h"

namespace vivarium {

namespace {

constexpr std::size_t kBeforeData = 16;   // type, zxid, length of the data
constexpr std::size_t kLength = 4;        // of a string, or a count
constexpr std::size_t kShortestId = 8;    // two lengths
constexpr std::size_t kShortInfo = 12;    // LearnerInfo of 3.4
constexpr std::size_t kTouchedSize = 12;  // one session in a PING

using Status = QuorumPacketParse::Status;

QuorumPacketParse malformed() { return {Status::kMalformed, {}, 0}; }
QuorumPacketParse needs(std::size_t size) { return {Status::kIncomplete, {}, size}; }

/// Steps through a vector<Id> at the front of `bytes`. `size`: what it takes, or when it is unfinished at least takes.
struct IdListScan {
  Status status = Status::kWhole;
  std::size_t size = 0;
  bool null = false;
};

IdListScan scan_ids(std::string_view bytes, std::size_t max_size) {
  if (bytes.size() < kLength) return {Status::kIncomplete, kLength, false};
  const std::int32_t count = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(bytes.data()));
  if (count == -1) return {Status::kWhole, kLength, true};
  if (count < 0 || count > limits::kMaxVectorCount) return {Status::kMalformed, 0, false};
  // `end`: behind what is known to be there, if every string whose length was not seen yet is empty.
  std::size_t at = kLength;
  std::size_t end = kLength + static_cast<std::size_t>(count) * kShortestId;
  for (std::int32_t strings = 2 * count; strings > 0; --strings) {
    if (end > max_size) return {Status::kMalformed, 0, false};
    if (bytes.size() < at + kLength) return {Status::kIncomplete, end, false};
    const std::int32_t length = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(bytes.data() + at));
    if (length < -1) return {Status::kMalformed, 0, false};
    const std::size_t size = length < 0 ? 0 : static_cast<std::size_t>(length);
    at += kLength + size;
    end += size;
  }
  KASSERT(at == end);
  if (end > max_size) return {Status::kMalformed, 0, false};
  return {bytes.size() < end ? Status::kIncomplete : Status::kWhole, end, false};
}

}  // namespace

const char* packet_name(PacketType type) {
  switch (type) {
    case PacketType::kRequest:
      return "REQUEST";
    case PacketType::kProposal:
      return "PROPOSAL";
    case PacketType::kAck:
      return "ACK";
    case PacketType::kCommit:
      return "COMMIT";
    case PacketType::kPing:
      return "PING";
    case PacketType::kRevalidate:
      return "REVALIDATE";
    case PacketType::kSync:
      return "SYNC";
    case PacketType::kInform:
      return "INFORM";
    case PacketType::kCommitAndActivate:
      return "COMMITANDACTIVATE";
    case PacketType::kNewLeader:
      return "NEWLEADER";
    case PacketType::kFollowerInfo:
      return "FOLLOWERINFO";
    case PacketType::kUpToDate:
      return "UPTODATE";
    case PacketType::kDiff:
      return "DIFF";
    case PacketType::kTrunc:
      return "TRUNC";
    case PacketType::kSnap:
      return "SNAP";
    case PacketType::kObserverInfo:
      return "OBSERVERINFO";
    case PacketType::kLeaderInfo:
      return "LEADERINFO";
    case PacketType::kAckEpoch:
      return "ACKEPOCH";
    case PacketType::kInformAndActivate:
      return "INFORMANDACTIVATE";
  }
  return nullptr;
}

void encode(ByteWriter& out, const QuorumPacket& packet) {
  out.i32(static_cast<std::int32_t>(packet.type));
  out.i64(packet.zxid.value);
  out.buffer(packet.data);
  if (!packet.auth) return out.i32(-1);
  KASSERT(packet.auth->size() >= kLength);
  out.bytes(*packet.auth);
}

QuorumPacketParse parse_quorum_packet(std::string_view bytes, std::size_t max_data) {
  if (bytes.size() < kBeforeData) return needs(kBeforeData + kLength);
  ByteReader in(bytes);
  QuorumPacketParse result;
  result.packet.type = static_cast<PacketType>(in.i32());
  result.packet.zxid.value = in.i64();
  const std::int32_t length = in.i32();
  if (length < -1) return malformed();
  const std::size_t data_size = length < 0 ? 0 : static_cast<std::size_t>(length);
  if (data_size > max_data) return malformed();
  const std::size_t auth_at = kBeforeData + data_size;
  if (bytes.size() < auth_at + kLength) return needs(auth_at + kLength);
  if (length >= 0) result.packet.data = in.bytes(data_size);
  const IdListScan ids = scan_ids(slice(bytes, auth_at), std::max(max_data, kLength));
  if (ids.status == Status::kMalformed) return malformed();
  if (ids.status == Status::kIncomplete) return needs(auth_at + ids.size);
  if (!ids.null) result.packet.auth = slice(bytes, auth_at, ids.size);
  result.status = Status::kWhole;
  result.size = auth_at + ids.size;
  return result;
}

void encode(ByteWriter& out, const LearnerInfo& info) {
  out.i64(info.sender.value);
  out.i32(info.protocol_version);
  out.i64(info.config_version);
}

std::optional<LearnerInfo> decode_learner_info(MaybeBytes data) {
  if (!data) return std::nullopt;
  ByteReader in(*data);
  LearnerInfo info;
  info.sender.value = in.i64();
  info.protocol_version = in.i32();
  if (data->size() == kShortInfo) return info;
  info.config_version = in.i64();
  if (!in.ok()) return std::nullopt;  // records only grow: more than 20 bytes are a later version's
  return info;
}

void encode(ByteWriter& out, const ForwardedRequest& request) {
  out.i64(request.session.value);
  out.i32(request.cxid.value);
  out.i32(static_cast<std::int32_t>(request.op));
  out.bytes(request.body);
}

std::optional<ForwardedRequest> decode_forwarded_request(MaybeBytes data) {
  if (!data) return std::nullopt;
  ByteReader in(*data);
  ForwardedRequest request;
  request.session.value = in.i64();
  request.cxid.value = in.i32();
  request.op = static_cast<OpCode>(in.i32());
  if (!in.ok()) return std::nullopt;
  request.body = in.rest();
  return request;
}

void encode(ByteWriter& out, const RevalidateRequest& request) {
  out.i64(request.session.value);
  out.i32(request.timeout_ms);
}

void encode(ByteWriter& out, const RevalidateAnswer& answer) {
  out.i64(answer.session.value);
  out.boolean(answer.valid);
}

std::optional<RevalidateRequest> decode_revalidate_request(MaybeBytes data) {
  if (!data) return std::nullopt;
  ByteReader in(*data);
  RevalidateRequest request;
  request.session.value = in.i64();
  request.timeout_ms = in.i32();
  if (!in.finished()) return std::nullopt;
  return request;
}

std::optional<RevalidateAnswer> decode_revalidate_answer(MaybeBytes data) {
  if (!data) return std::nullopt;
  ByteReader in(*data);
  RevalidateAnswer answer;
  answer.session.value = in.i64();
  answer.valid = in.boolean();
  if (!in.finished()) return std::nullopt;
  return answer;
}

bool TouchReader::next(SessionId& session, std::int32_t& timeout_ms) {
  if (in_.remaining() < kTouchedSize) return false;
  session.value = in_.i64();
  timeout_ms = in_.i32();
  return true;
}

}  // namespace vivarium
