// Client connections as byte streams: opening, framing, flow control, closing (protocol.md 2.1).
//
// Frames are parsed where they arrived; only the unfinished rest is copied. A connection's bytes stay raw while its
// handshake or authentication is under way, and while its next frame is a write that has no room.
// Must never: look at a channel that was closed; let one connection's bytes grow without telling its adapter to pause.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/types.h"
#include "kernel/effect.h"
#include "kernel/input.h"
#include "kernel/replica/connection.h"

namespace vivarium {

struct ReplicaState;

void open_connection(ReplicaState& s, const ChannelOpened& opened, Effects& out);
void take_bytes(ReplicaState& s, const ChannelBytes& arrived, Effects& out);
/// What was held back may be looked at (the handshake or the authentication ended). Nothing when the channel is gone.
void take_held_bytes(ReplicaState& s, ChannelId channel, Effects& out);
/// Our decision: Close, then forget.
void close_connection(ReplicaState& s, Connection& connection, Effects& out);
/// The peer's: only forget. Unknown channels are ignored.
void forget_connection(ReplicaState& s, ChannelId channel);

/// Its client was heard: here, or by the leader's next PING, its session lives on.
void hear_session(ReplicaState& s, const Connection& connection);
/// The connection's next frame needs room in the write pipeline.
void stall(ReplicaState& s, Connection& connection);
/// Room may have come: lets stalled connections go on, in the order in which they stalled.
void release_stalled(ReplicaState& s, Effects& out);
/// Pauses or resumes reading after what the connection holds has changed.
void update_flow(ReplicaState& s, Connection& connection, Effects& out);

struct FrameView {
  enum class Status : std::uint8_t { kWhole, kIncomplete, kBadLength };
  Status status = Status::kIncomplete;
  std::int32_t length = 0;
  std::string_view body;  // of a whole frame, without its length
};
FrameView first_frame(const ReplicaState& s, std::string_view bytes);
/// Closes a connection whose frame length is negative or over jute.maxbuffer.
void refuse_frame(ReplicaState& s, Connection& connection, std::int32_t length, Effects& out);

}  // namespace vivarium
