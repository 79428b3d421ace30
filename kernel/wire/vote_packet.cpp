#include "kernel/wire/vote_packet.h"

#include "kernel/base/slice.h"

namespace vivarium {

namespace {

constexpr std::int64_t kOneAddress = -65536;     // V1, 3.5+
constexpr std::int64_t kManyAddresses = -65535;  // V2, 3.6+ with multiAddress.enabled
constexpr std::size_t kVersionSize = 8;
constexpr std::size_t kBeforeAddress = 20;
constexpr std::int32_t kMaxAddress = 2048;

// Lengths of a notification without its frame: 3.4.5 and older, then those up to 3.4; later ones end with their config.
constexpr std::size_t kOldestNotification = 28;
constexpr std::size_t kUnversionedNotification = 40;
constexpr std::int32_t kNotificationVersion = 2;

/// Addresses end up in logs: nothing but visible characters.
bool is_visible(std::string_view address) {
  for (const char c : address) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f) return false;
  }
  return true;
}

ElectionGreetingParse malformed() { return {ElectionGreetingParse::Status::kMalformed, {}, 0}; }

}  // namespace

void encode(ByteWriter& out, const ElectionGreeting& greeting) {
  KASSERT(greeting.sender.value >= 0);
  KASSERT(!greeting.address.empty());
  KASSERT(greeting.address.size() <= std::size_t{kMaxAddress});
  out.i64(kOneAddress);
  out.i64(greeting.sender.value);
  out.ustring(greeting.address);
}

ElectionGreetingParse parse_election_greeting(std::string_view bytes) {
  using Status = ElectionGreetingParse::Status;
  if (bytes.size() < kVersionSize) return {};
  ByteReader in(bytes);
  const std::int64_t first = in.i64();
  if (first >= 0) return {Status::kWhole, {ServerId{first}, {}}, kVersionSize};
  if (first != kOneAddress && first != kManyAddresses) return malformed();
  if (bytes.size() < kBeforeAddress) return {};
  const ServerId sender{in.i64()};
  const std::int32_t size = in.i32();
  if (sender.value < 0 || size <= 0 || size > kMaxAddress) return malformed();
  const std::string_view address = in.bytes(static_cast<std::size_t>(size));
  if (!in.ok()) return {};
  if (!is_visible(address)) return malformed();
  return {Status::kWhole, {sender, address}, kBeforeAddress + address.size()};
}

void encode_frame(ByteWriter& out, const NotificationPacket& notification) {
  const std::size_t length_at = out.reserve_i32();
  const std::size_t from = out.size();
  out.i32(notification.state);
  out.i64(notification.leader.value);
  out.i64(notification.zxid.value);
  out.i64(notification.round);
  out.i64(notification.peer_epoch.value);
  out.i32(kNotificationVersion);
  out.ustring(notification.config);
  const std::size_t size = out.size() - from;
  KASSERT(size <= std::size_t{kMaxElectionMessage});
  out.patch_i32(length_at, static_cast<std::int32_t>(size));
}

std::optional<NotificationPacket> decode_notification(std::string_view message) {
  if (message.size() > std::size_t{kMaxElectionMessage}) return std::nullopt;
  ByteReader in(message);
  NotificationPacket packet;
  packet.state = in.i32();
  packet.leader.value = in.i64();
  packet.zxid.value = in.i64();
  packet.round = in.i64();
  packet.peer_epoch = packet.zxid.epoch();
  if (message.size() == kOldestNotification) return packet;
  packet.peer_epoch.value = in.i64();
  const std::int32_t version = in.i32();
  if (!in.ok()) return std::nullopt;
  if (message.size() == kUnversionedNotification) return packet;  // 3.4 says 1 here, and 3.5+ does not look
  packet.version = version;
  if (version < kNotificationVersion) return packet;
  const MaybeBytes config = in.buffer();
  if (!in.ok() || !config) return std::nullopt;
  packet.config = *config;  // what may follow belongs to later versions
  return packet;
}

}  // namespace vivarium
