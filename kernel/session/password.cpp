// java.util.Random as a session password, and the layout of session ids; see the header.
#include "kernel/session/password.h"

#include <cstdint>

#include "kernel/base/assert.h"

namespace vivarium {
namespace {

constexpr std::uint64_t kPasswordSecret = 0xB3415C00;
constexpr std::uint64_t kJavaMultiplier = 0x5DEECE66D;
constexpr std::uint64_t kJavaIncrement = 0xB;
constexpr std::uint64_t kJavaMask = (std::uint64_t{1} << 48) - 1;

/// INT64_MIN as an owner means "container": it must never be a session.
SessionId skip_container_owner(std::uint64_t id) {
  const auto candidate = static_cast<std::int64_t>(id);
  return SessionId{candidate == INT64_MIN ? candidate + 1 : candidate};
}

}  // namespace

Password session_password(SessionId id) {
  Password password{};
  std::uint64_t state = ((static_cast<std::uint64_t>(id.value) ^ kPasswordSecret) ^ kJavaMultiplier) & kJavaMask;
  for (std::size_t i = 0; i < sizeof password.bytes; ++i) {
    if (i % 4 == 0) state = (state * kJavaMultiplier + kJavaIncrement) & kJavaMask;
    const std::uint64_t output = state >> 16;
    password.bytes[i] = static_cast<char>((output >> (8 * (i % 4))) & 0xff);
  }
  return password;
}

bool is_session_password(SessionId id, std::string_view claimed) {
  return id.value != 0 && session_password(id).view() == claimed;
}

SessionId first_session_id(ServerId server, WallTime boot) {
  KASSERT(server.value >= 0);
  KASSERT(server.value <= 255);
  const auto millis = static_cast<std::uint64_t>(boot.millis);
  return skip_container_owner(((millis << 24) >> 8) | (static_cast<std::uint64_t>(server.value) << 56));
}

SessionId next_session_id(SessionId id) { return skip_container_owner(static_cast<std::uint64_t>(id.value) + 1); }

}  // namespace vivarium
