// A server that says what the test tells it to: takes apart what a SessionClient sends and answers by hand.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "kernel/client/replies.h"
#include "kernel/client/session_client.h"

namespace vivarium {

constexpr Instant at_ms(std::int64_t ms) { return Instant{ms * 1'000'000}; }

struct Sent {
  Xid xid;
  OpCode op;
  std::string body;
};
struct Reply {
  CallId call;
  ErrorCode error;
  std::string body;
};
struct Event {
  EventType type;
  std::string path;
  WatchKindSet heard_by;
};

/// The client, its outputs sorted by kind as they come, and the other end of its wire.
class ScriptedServer {
 public:
  explicit ScriptedServer(const ClientConfig& config = {}) : client(config) {}

  static std::string frame(std::string_view body) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    out.ustring(body);
    return std::string(bytes.data(), bytes.size());
  }
  template <class... Records>
  static std::string packet(const Records&... records) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    (encode(out, records), ...);
    return frame(view(bytes));
  }
  static std::string accept_packet(std::int64_t session, std::int32_t timeout_ms, bool read_only = false) {
    ConnectResponse response;
    response.timeout_ms = timeout_ms;
    response.session_id = SessionId{session};
    response.password = "0123456789abcdef";
    response.read_only = read_only;
    return packet(response);
  }

  void start() {
    client.start(now, out);
    take();
  }
  void connect() {
    client.connected(now, connection, out);
    take();
  }
  void bytes(std::string_view data) {
    client.received(now, connection, data, out);
    take();
  }
  void accept(std::int64_t session = 7, std::int32_t timeout_ms = 9000) { bytes(accept_packet(session, timeout_ms)); }
  void establish(std::int32_t timeout_ms = 9000) {
    start();
    connect();
    accept(7, timeout_ms);
    sent.clear();
  }
  void lose() {
    client.disconnected(now, connection, out);
    take();
  }
  void tick(std::int64_t ms) {
    now = at_ms(ms);
    client.tick(now, out);
    take();
  }
  CallId call(const Request& request) {
    const CallId id = client.call(now, request, out);
    take();
    return id;
  }
  void close() {
    client.close(now, out);
    take();
  }
  /// Answers the oldest request that was not answered yet.
  void answer(ErrorCode error = ErrorCode::kOk, std::string_view body = {}, std::int64_t zxid = 100) {
    ASSERT_LT(answered, requests.size());
    reply_to(requests[answered++].xid, error, body, zxid);
  }
  void reply_to(Xid xid, ErrorCode error, std::string_view body = {}, std::int64_t zxid = 100) {
    Vector<char> data;
    ByteWriter writer(data);
    encode(writer, ReplyHeader{xid, Zxid{zxid}, error});
    writer.bytes(body);
    bytes(frame(view(data)));
  }
  void notify(EventType type, std::string_view path) {
    bytes(packet(ReplyHeader{xids::kNotification, Zxid{-1}, ErrorCode::kOk}, WatcherEvent{type, 3, path}));
  }

  /// Sorts the new outputs and forgets them.
  void take() {
    for (const ClientOutput& output : out.list()) {
      const std::string payload(out.payload(output));
      switch (output.kind) {
        case ClientOutput::Kind::kConnect:
          connection = output.connection;
          dialled.push_back(output.server);
          stream.clear();
          break;
        case ClientOutput::Kind::kSend:
          EXPECT_EQ(output.connection, connection);
          stream += payload;
          split();
          break;
        case ClientOutput::Kind::kDisconnect:
          ++disconnects;
          break;
        case ClientOutput::Kind::kState:
          states.push_back(output.state);
          break;
        case ClientOutput::Kind::kReply:
          replies.push_back({output.call, output.header.error, payload});
          break;
        case ClientOutput::Kind::kWatch:
          events.push_back({output.event, payload, output.heard_by});
          break;
      }
    }
    out.clear();
  }

  SessionClient client;
  ClientOutputs out;
  Instant now{0};
  std::uint32_t connection = 0;
  std::vector<std::uint32_t> dialled;
  std::vector<SessionState> states;
  std::vector<std::string> handshakes;  // ConnectRequest frames
  std::vector<Sent> sent;               // every packet, since the test last cleared it
  std::vector<Sent> requests;           // those that want an ordinary reply
  std::size_t answered = 0;
  std::vector<Reply> replies;
  std::vector<Event> events;
  int disconnects = 0;

 private:
  void split() {
    for (;;) {
      ByteReader in(stream);
      const auto body = in.buffer();
      if (!in.ok() || !body) return;
      const std::string packet(*body);
      stream.erase(0, packet.size() + 4);
      if (handshakes.size() < connection) {
        handshakes.push_back(packet);
        continue;
      }
      ByteReader fields(packet);
      const RequestHeader header = decode_request_header(fields);
      sent.push_back({header.xid, header.type, std::string(fields.rest())});
      if (header.xid.value > 0) requests.push_back(sent.back());
    }
  }

  std::string stream;
};

}  // namespace vivarium
