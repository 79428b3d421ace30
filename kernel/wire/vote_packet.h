// What crosses the election port: the first message of a connection, and notifications
// (QuorumCnxManager.InitialMessage, FastLeaderElection.Notification; protocol.md 6.1 and 6.2).
//
// Must never: trust a length. Everything that does not parse is refused with a reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"
#include "kernel/base/types.h"

namespace vivarium {

/// Largest message on an election link (Apache: 524288).
inline constexpr std::int32_t kMaxElectionMessage = 512 * 1024;

/// First bytes of a connection on the election port, sent by the dialling side in a single write.
struct ElectionGreeting {
  ServerId sender;
  std::string_view address;  // "host:port[|host:port...]" to dial back to; empty from 3.4
};
/// V1 (3.5+, one address).
void encode(ByteWriter& out, const ElectionGreeting& greeting);
struct ElectionGreetingParse {
  enum class Status : std::uint8_t { kIncomplete, kWhole, kMalformed } status = Status::kIncomplete;
  ElectionGreeting greeting;
  std::size_t size = 0;  // kWhole: bytes taken
};
/// Takes V1, V2 and the bare id of 3.4.
ElectionGreetingParse parse_election_greeting(std::string_view bytes);

/// One notification, as its fields are on the wire. Which of them make sense is the election's business.
struct NotificationPacket {
  std::int32_t state = 0;
  ServerId leader;
  Zxid zxid;
  std::int64_t round = 0;
  Epoch peer_epoch;
  std::int32_t version = 0;  // 0: a 28 or 40 byte message
  std::string_view config;   // version 2; empty when absent
};
/// Version 2, length in front: a whole frame of an election link.
void encode_frame(ByteWriter& out, const NotificationPacket& notification);
/// `message` without its length. nullopt: malformed (too short, or a config length that lies).
std::optional<NotificationPacket> decode_notification(std::string_view message);

}  // namespace vivarium
