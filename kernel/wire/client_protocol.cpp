// Handshake, headers, stat and events of the client port. Requests are in client_requests.cpp.
//
// Records of fixed size take their room once and store at fixed offsets: they are on every reply's path.
#include "kernel/wire/client_protocol.h"

namespace vivarium {
namespace {

constexpr std::size_t kStatSize = 68;

/// Optional trailing boolean: absent when the bytes end (3.4 C clients and older).
std::optional<bool> take_trailing_boolean(ByteReader& in) {
  if (in.remaining() == 0) return std::nullopt;
  return in.boolean();
}

}  // namespace

void encode(ByteWriter& out, const Stat& stat) {
  char* to = out.extend(kStatSize);
  auto i64 = [&to](std::int64_t v) {
    store_big_endian(to, static_cast<std::uint64_t>(v));
    to += 8;
  };
  auto i32 = [&to](std::int32_t v) {
    store_big_endian(to, static_cast<std::uint32_t>(v));
    to += 4;
  };
  i64(stat.czxid.value);
  i64(stat.mzxid.value);
  i64(stat.ctime.millis);
  i64(stat.mtime.millis);
  i32(stat.version);
  i32(stat.cversion);
  i32(stat.aversion);
  i64(stat.ephemeral_owner);
  i32(stat.data_length);
  i32(stat.num_children);
  i64(stat.pzxid.value);
}

Stat decode_stat(ByteReader& in) {
  Stat stat;
  stat.czxid.value = in.i64();
  stat.mzxid.value = in.i64();
  stat.ctime.millis = in.i64();
  stat.mtime.millis = in.i64();
  stat.version = in.i32();
  stat.cversion = in.i32();
  stat.aversion = in.i32();
  stat.ephemeral_owner = in.i64();
  stat.data_length = in.i32();
  stat.num_children = in.i32();
  stat.pzxid.value = in.i64();
  return stat;
}

std::optional<ConnectRequest> decode_connect_request(std::string_view frame) {
  ByteReader in(frame);
  ConnectRequest request;
  request.protocol_version = in.i32();
  request.last_zxid_seen.value = in.i64();
  request.timeout_ms = in.i32();
  request.session_id.value = in.i64();
  request.password = in.ustring();
  if (!in.ok()) return std::nullopt;
  request.read_only = take_trailing_boolean(in);
  return request;
}

void encode(ByteWriter& out, const ConnectRequest& request) {
  out.i32(request.protocol_version);
  out.i64(request.last_zxid_seen.value);
  out.i32(request.timeout_ms);
  out.i64(request.session_id.value);
  out.ustring(request.password);
  if (request.read_only) out.boolean(*request.read_only);
}

std::optional<ConnectResponse> decode_connect_response(std::string_view frame) {
  ByteReader in(frame);
  ConnectResponse response;
  response.protocol_version = in.i32();
  response.timeout_ms = in.i32();
  response.session_id.value = in.i64();
  response.password = in.ustring();
  if (!in.ok()) return std::nullopt;
  response.read_only = take_trailing_boolean(in);
  return response;
}

void encode(ByteWriter& out, const ConnectResponse& response) {
  out.i32(response.protocol_version);
  out.i32(response.timeout_ms);
  out.i64(response.session_id.value);
  out.ustring(response.password);
  if (response.read_only) out.boolean(*response.read_only);
}

RequestHeader decode_request_header(ByteReader& in) {
  RequestHeader header;
  header.xid.value = in.i32();
  header.type = static_cast<OpCode>(in.i32());
  return header;
}

ReplyHeader decode_reply_header(ByteReader& in) {
  ReplyHeader header;
  header.xid.value = in.i32();
  header.zxid.value = in.i64();
  header.error = static_cast<ErrorCode>(in.i32());
  return header;
}

void encode(ByteWriter& out, const RequestHeader& header) {
  char* to = out.extend(8);
  store_big_endian(to, static_cast<std::uint32_t>(header.xid.value));
  store_big_endian(to + 4, static_cast<std::uint32_t>(header.type));
}

void encode(ByteWriter& out, const ReplyHeader& header) {
  char* to = out.extend(16);
  store_big_endian(to, static_cast<std::uint32_t>(header.xid.value));
  store_big_endian(to + 4, static_cast<std::uint64_t>(header.zxid.value));
  store_big_endian(to + 12, static_cast<std::uint32_t>(header.error));
}

MultiHeader decode_multi_header(ByteReader& in) {
  MultiHeader header;
  header.type = in.i32();
  header.done = in.boolean();
  header.error = static_cast<ErrorCode>(in.i32());
  return header;
}

void encode(ByteWriter& out, const MultiHeader& header) {
  out.i32(header.type);
  out.boolean(header.done);
  out.i32(static_cast<std::int32_t>(header.error));
}

std::optional<WatcherEvent> decode_watcher_event(ByteReader& in) {
  WatcherEvent event;
  event.type = static_cast<EventType>(in.i32());
  event.state = in.i32();
  event.path = in.ustring();
  if (!in.ok()) return std::nullopt;
  return event;
}

void encode(ByteWriter& out, const WatcherEvent& event) {
  out.i32(static_cast<std::int32_t>(event.type));
  out.i32(event.state);
  out.ustring(event.path);
}

}  // namespace vivarium
