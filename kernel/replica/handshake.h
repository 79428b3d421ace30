// The first bytes of a client connection: a ConnectRequest in its two forms, or a four-letter word
// (protocol.md 2.1, 2.2).
//
// Must never: attach a session without its password, or answer a new session before its createSession is durable (E5).
#pragma once

#include <string_view>

#include "kernel/effect.h"
#include "kernel/replica/connection.h"

namespace vivarium {

struct ReplicaState;

/// Takes the greeting off the front of `bytes`. Returns how many bytes it took; 0 when more are needed, when it must
/// wait (the connection is stalled), or when the connection was closed.
std::size_t take_greeting(ReplicaState& s, Connection& connection, std::string_view bytes, Effects& out);

/// The session that a connection asked for lives (or not): the answer to its ConnectRequest. May close the connection.
void finish_resuming(ReplicaState& s, Connection& connection, bool valid, Effects& out);
/// Answers a new session whose createSession was applied.
void establish(ReplicaState& s, Connection& connection, Effects& out);

}  // namespace vivarium
