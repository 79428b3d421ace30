// Frames of an open connection: reads are answered or wait behind the connection's own writes, writes are proposed,
// authentication is asked for (protocol.md 2.3, 2.4, 2.8).
//
// Must never: let a read pass an earlier write of its connection, or make it wait for anybody else's.
#pragma once

#include <string_view>

#include "kernel/effect.h"
#include "kernel/input.h"
#include "kernel/replica/connection.h"

namespace vivarium {

struct ReplicaState;

/// Takes one frame. False: it is a write and there is no room; the connection is stalled and the frame was not taken.
/// The connection may be closed afterwards.
bool take_request(ReplicaState& s, Connection& connection, std::string_view frame, Effects& out);

/// Runs what waited for the connection's last answered write. May close the connection.
void run_waiting(ReplicaState& s, Connection& connection, Effects& out);

/// The adapter says that little of what was sent to the channel still waits.
void take_drained(ReplicaState& s, ChannelId channel, Effects& out);
void take_auth_result(ReplicaState& s, const AuthResult& result, Effects& out);

/// Answers a sync that went to the leader (or waited for a quorum), and what waited behind it. The connection's held
/// bytes may be looked at afterwards.
void answer_sync(ReplicaState& s, Connection& connection, Effects& out);

/// One more write of the connection is answered; large requests that this ends count no more.
void count_answered(ReplicaState& s, Connection& connection);
/// Whether a frame of so many bytes is a large request for which there is no room (largeRequestMaxBytes).
bool is_too_large_now(const ReplicaState& s, std::size_t frame_size);

/// Statistics of one reply.
void record_reply(ReplicaState& s, Connection& connection, OpCode op, Xid xid, Zxid zxid, Instant arrived);

}  // namespace vivarium
