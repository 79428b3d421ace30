// Identities and passwords of sessions, computed as Apache computes them, so that a client may move between servers of
// either kind (protocol.md 2.2).
//
// Must never: draw entropy. A password is a function of the session id; it guards against mistakes, not attackers.
#pragma once

#include <string_view>

#include "kernel/base/limits.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"

namespace vivarium {

struct Password {
  char bytes[limits::kPasswordSize];
  std::string_view view() const { return {bytes, sizeof bytes}; }
  friend bool operator==(const Password& a, const Password& b) { return a.view() == b.view(); }
};

/// What Java's Random(id ^ 0xB3415C00).nextBytes would put into 16 bytes.
Password session_password(SessionId id);
/// `claimed` is the password of `id`. Session id 0 never has one.
bool is_session_password(SessionId id, std::string_view claimed);

/// First id that a server hands out: ((ms << 24) >>> 8) | (server << 56) (SessionTrackerImpl.initializeNextSessionId).
SessionId first_session_id(ServerId server, WallTime boot);
/// id + 1, skipping INT64_MIN (the container owner).
SessionId next_session_id(SessionId id);

}  // namespace vivarium
