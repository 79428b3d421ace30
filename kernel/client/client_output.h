// What a SessionClient asks of its transport and tells its user, in order, in one reusable buffer.
//
// Payloads are views into the buffer and valid until clear(). The order between sends, completions and watch events is
// the order in which they must be carried out and seen.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/containers.h"
#include "kernel/base/types.h"
#include "kernel/client/watch_registry.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {

/// Names a call for its whole life; xids start over, these do not. 0 is nobody's.
using CallId = Strong<struct CallIdTag, std::uint64_t>;

enum class SessionState : std::uint8_t {
  kConnecting,
  kConnected,
  kConnectedReadOnly,
  // final:
  kExpired,
  kAuthFailed,
  kClosed,
};
constexpr bool is_final(SessionState state) { return state >= SessionState::kExpired; }
constexpr bool is_connected(SessionState state) {
  return state == SessionState::kConnected || state == SessionState::kConnectedReadOnly;
}
/// As zkCli prints it: "CONNECTED".
const char* session_state_name(SessionState state);

struct ClientOutput {
  enum class Kind : std::uint8_t {
    kConnect,     // open `connection` to server number `server`; answer with connected() or disconnected()
    kSend,        // payload: bytes for `connection`
    kDisconnect,  // close `connection` after what was sent before has left; nothing about it need be reported
    kState,       // the session's state is now `state`
    kReply,       // `call` ended with `header`; payload: the body (empty unless header.error is kOk, mostly)
    kWatch,       // a node event `event`; payload: the path; header.zxid: the txn's, -1 when the server did not say
  };
  Kind kind = Kind::kState;
  SessionState state = SessionState::kConnecting;
  WatchKindSet heard_by = 0;  // own watches that wait for this event; 0: nobody, ignore it
  EventType event = EventType::kNone;
  std::uint32_t connection = 0;
  std::uint32_t server = 0;
  CallId call;
  OpCode op = OpCode::kError;  // of the call
  ReplyHeader header;
  std::size_t payload_offset = 0;
  std::size_t payload_size = 0;
};

class ClientOutputs {
 public:
  void clear() {
    arena_.clear();
    list_.clear();
  }
  bool empty() const { return list_.empty(); }
  const Vector<ClientOutput>& list() const { return list_; }
  std::string_view payload(const ClientOutput& output) const {
    return {arena_.data() + output.payload_offset, output.payload_size};
  }

  /// Appends `output` with a copy of `payload`.
  void add(ClientOutput output, std::string_view payload = {}) {
    output.payload_offset = arena_.size();
    output.payload_size = payload.size();
    ByteWriter(arena_).bytes(payload);
    list_.push_back(output);
  }
  /// A writer for bytes to `connection`; consecutive sends merge. Call end_send before anything else is added.
  ByteWriter begin_send(std::uint32_t connection) {
    const bool merge =
        !list_.empty() && list_.back().kind == ClientOutput::Kind::kSend && list_.back().connection == connection;
    if (!merge) {
      ClientOutput output;
      output.kind = ClientOutput::Kind::kSend;
      output.connection = connection;
      add(output);
    }
    return ByteWriter(arena_);
  }
  void end_send() { list_.back().payload_size = arena_.size() - list_.back().payload_offset; }

 private:
  Vector<char> arena_;
  Vector<ClientOutput> list_;
};

}  // namespace vivarium
