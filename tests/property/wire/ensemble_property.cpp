// The ensemble's packets: what is written is read back, whatever is cut off is asked for, and an announced size is
// never more than what comes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "kernel/wire/quorum_packet.h"
#include "kernel/wire/vote_packet.h"
#include "tests/property/wire/generators.h"

namespace vivarium {
namespace {

using property::any_string;
using property::bytes_of;
using property::encoded;
using property::ExactCopy;
using property::maybe_string;

std::optional<std::string> any_ids() {
  if (*rc::gen::inRange(0, 3) == 0) return std::nullopt;
  const auto ids = *rc::gen::container<std::vector<std::optional<std::string>>>(maybe_string());
  return encoded([&](ByteWriter& out) {
    out.i32(static_cast<std::int32_t>(ids.size()));
    for (const auto& id : ids) {
      out.ustring("ip");
      out.buffer(bytes_of(id));
    }
  });
}

RC_GTEST_PROP(QuorumPacket, is_read_back_from_any_cut, ()) {
  const auto data = *maybe_string();
  const auto auth = any_ids();
  QuorumPacket packet;
  packet.type = static_cast<PacketType>(*rc::gen::arbitrary<std::int32_t>());
  packet.zxid.value = *rc::gen::arbitrary<std::int64_t>();
  packet.data = bytes_of(data);
  if (auth) packet.auth = *auth;
  const std::string bytes = encoded([&](ByteWriter& out) { encode(out, packet); });

  // As a link does: wait for what the parser asks for, and not a byte more.
  std::size_t have = 0, tries = 0;
  for (;;) {
    const ExactCopy part(std::string_view(bytes).substr(0, have));
    const auto parse = parse_quorum_packet(part.bytes(), 1 << 20);
    RC_ASSERT(parse.status != QuorumPacketParse::Status::kMalformed);
    RC_ASSERT(parse.size <= bytes.size());
    if (parse.status == QuorumPacketParse::Status::kWhole) {
      RC_ASSERT(have == bytes.size());
      RC_ASSERT(parse.size == bytes.size());
      RC_ASSERT(parse.packet.type == packet.type);
      RC_ASSERT(parse.packet.zxid == packet.zxid);
      RC_ASSERT(parse.packet.data == packet.data);
      RC_ASSERT(parse.packet.auth == packet.auth);
      break;
    }
    RC_ASSERT(parse.size > have);
    have = parse.size;
    RC_ASSERT(++tries < 100u);
  }
}

RC_GTEST_PROP(QuorumPacket, asks_for_bytes_or_refuses_at_every_cut, ()) {
  const auto data = *maybe_string();
  const auto auth = any_ids();
  QuorumPacket packet;
  packet.data = bytes_of(data);
  if (auth) packet.auth = *auth;
  std::string bytes = encoded([&](ByteWriter& out) { encode(out, packet); });
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = *rc::gen::arbitrary<char>();
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const ExactCopy part(std::string_view(bytes).substr(0, size));
    const auto parse = parse_quorum_packet(part.bytes(), 5000);
    if (parse.status == QuorumPacketParse::Status::kIncomplete) RC_ASSERT(parse.size > size);
    if (parse.status == QuorumPacketParse::Status::kWhole) RC_ASSERT(parse.size <= size);
    RC_ASSERT(parse.size <= 2 * 5000u + 16);
  }
}

RC_GTEST_PROP(Notification, is_read_back, ()) {
  const std::string config = *any_string();
  NotificationPacket packet;
  packet.state = *rc::gen::arbitrary<std::int32_t>();
  packet.leader.value = *rc::gen::arbitrary<std::int64_t>();
  packet.zxid.value = *rc::gen::arbitrary<std::int64_t>();
  packet.round = *rc::gen::arbitrary<std::int64_t>();
  packet.peer_epoch.value = *rc::gen::arbitrary<std::int64_t>();
  packet.config = config;
  const std::string frame = encoded([&](ByteWriter& out) { encode_frame(out, packet); });
  ByteReader in(frame);
  const ExactCopy message(in.ustring());
  RC_ASSERT(in.finished());
  const auto read = decode_notification(message.bytes());
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->state == packet.state);
  RC_ASSERT(read->leader == packet.leader);
  RC_ASSERT(read->zxid == packet.zxid);
  RC_ASSERT(read->round == packet.round);
  RC_ASSERT(read->peer_epoch == packet.peer_epoch);
  RC_ASSERT(read->version == 2);
  RC_ASSERT(read->config == config);
}

RC_GTEST_PROP(Notification, never_reads_behind_a_cut, ()) {
  const std::string bytes = *any_string() + *any_string() + std::string(*rc::gen::inRange<std::size_t>(0, 60), '\0');
  const ExactCopy message(bytes);
  const auto read = decode_notification(message.bytes());
  if (read) RC_ASSERT(read->config.size() + 28 <= bytes.size());
}

}  // namespace
}  // namespace vivarium
