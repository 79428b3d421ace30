#include "kernel/replica/requests.h"

#include <algorithm>

#include "kernel/replica/client_port.h"
#include "kernel/replica/forwarding.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"
#include "kernel/request/read.h"
#include "kernel/request/reply.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {

namespace {

constexpr std::size_t kLengthSize = 4;

bool is_large(const Config& config, std::size_t size) {
  const std::int32_t threshold = config.throttle.large_threshold;
  return threshold != -1 && size > static_cast<std::size_t>(threshold);
}

enum class Handling { kRead, kWrite, kSync, kAuth, kSasl, kUnknown, kNotReadOnly };

/// A standalone server is level with itself. A leader answers at once, as Apache's does, unless a quorum is to confirm
/// it.
bool sync_takes_time(const ReplicaState& s) {
  const bool confirmed = s.config.ensemble.quorum_sync && !KMUTANT(s.config.mutant, kSyncUnconfirmed);
  return is_learning(s) || (s.ensemble.enabled && confirmed);
}

/// createSession is made by the handshake only, and `check` is legal only inside a multi (D7).
Handling handling_of(const ReplicaState& s, OpCode op) {
  if (is_read_only(s) && refused_read_only(op)) return Handling::kNotReadOnly;
  if (op == OpCode::kSync && sync_takes_time(s)) return Handling::kSync;
  if (op == OpCode::kAuth) return Handling::kAuth;
  if (op == OpCode::kSasl) return Handling::kSasl;
  if (op == OpCode::kCreateSession) return Handling::kUnknown;
  if (is_write(op)) return Handling::kWrite;
  return is_read(op) ? Handling::kRead : Handling::kUnknown;
}

void send_bare_reply(ReplicaState& s, Connection& connection, Xid xid, Zxid zxid, ErrorCode error, Effects& out) {
  out.begin(EffectKind::kSend, connection.id);
  ByteWriter writer = out.writer();
  encode_bare_reply(writer, xid, zxid, error);
  out.end();
  ++connection.sent;
  ++s.counters.packets_sent;
}

void refuse_request(ReplicaState& s, Connection& connection, std::string_view why, Effects& out) {
  NoteText note;
  note.text("closing session ").hex(connection.session.value).text(" from ").text(view(connection.peer));
  out.note(NoteLevel::kWarning, note.text(": ").text(why).line());
  close_connection(s, connection, out);
}

/// A few bytes of requests may ask for gigabytes: before more is answered, the answers so far must leave.
void count_burst(Connection& connection, std::size_t bytes, Effects& out) {
  connection.burst += bytes;
  if (connection.burst < limits::kMaxOutputBurst || connection.awaiting_drain) return;
  connection.awaiting_drain = true;
  out.emit(EffectKind::kAwaitDrain, connection.id);
}

/// Runs one request that needs no txn. False when it closed the connection.
bool run_now(ReplicaState& s, Connection& connection, const RequestHeader& header, std::string_view body,
             Instant arrived, Effects& out) {
  if (handling_of(s, header.type) == Handling::kUnknown) {
    send_bare_reply(s, connection, header.xid, Zxid{-1}, ErrorCode::kUnimplemented, out);
    refuse_request(s, connection, "unknown operation", out);
    return false;
  }
  ReadContext context;
  context.session = connection.session;
  context.channel = connection.id;
  context.xid = header.xid;
  context.identities = &connection.identities;
  context.skip_acl = s.config.skip_acl || KMUTANT(s.config.mutant, kReadsUnchecked);
#ifdef VIVARIUM_MUTANTS
  context.mutant = s.config.mutant;
#endif
  const std::size_t before = out.arena_size();
  out.begin(EffectKind::kSend, connection.id);
  ByteWriter writer = out.writer();
  execute_read(s.tree, s.watches, context, header.type, body, writer);
  out.end();
  count_burst(connection, out.arena_size() - before, out);
  ++s.counters.reads;
  record_reply(s, connection, header.type, header.xid, s.tree.last_processed_zxid(), arrived);
  return true;
}

/// A request of so many bytes is under way from now on.
void count_large(ReplicaState& s, Connection& connection, std::size_t size) {
  if (!is_large(s.config, size)) return;
  s.large_bytes += static_cast<std::int64_t>(size);
  connection.large.push_back({connection.writes_proposed, static_cast<std::int64_t>(size)});
}

enum class Fate { kRun, kThrottled };

void wait_behind_writes(ReplicaState& s, Connection& connection, const RequestHeader& header, std::string_view body,
                        Fate fate) {
  WaitingRequest request;
  request.after_write = connection.writes_proposed;
  request.xid = header.xid;
  request.op = header.type;
  request.arrived = s.now;
  request.throttled = fate == Fate::kThrottled;
  request.position = connection.waiting_bytes.append(body);
  request.size = static_cast<std::uint32_t>(body.size());
  connection.waiting.push_back(request);
  count_large(s, connection, body.size());
}

/// It is answered in its place, and nothing else is done.
void answer_throttled(ReplicaState& s, Connection& connection, const RequestHeader& header, Instant arrived,
                      Effects& out) {
  const Zxid zxid = s.tree.last_processed_zxid();
  out.begin(EffectKind::kSend, connection.id);
  ByteWriter writer = out.writer();
  encode_bare_reply(writer, header.xid, zxid, ErrorCode::kThrottledOp);
  out.end();
  record_reply(s, connection, header.type, header.xid, zxid, arrived);
}

void throttle(ReplicaState& s, Connection& connection, const RequestHeader& header, Effects& out) {
  ++s.counters.throttled_ops;
  if (!connection.has_pending()) return answer_throttled(s, connection, header, s.now, out);
  wait_behind_writes(s, connection, header, {}, Fate::kThrottled);
}

bool has_waited_too_long(const ReplicaState& s, Handling handling, OpCode op, Duration waited) {
  const Duration most = s.config.throttle.max_wait;
  if (most == Duration{} || waited <= most || op == OpCode::kPing || op == OpCode::kCloseSession) return false;
  return handling == Handling::kRead || handling == Handling::kWrite || handling == Handling::kSync;
}

/// Its client gave it up long ago, and its session may be over.
bool is_stale(const ReplicaState& s, const Connection& connection, OpCode op, Duration waited) {
  if (!s.config.throttle.stale_latency_check || op == OpCode::kCloseSession) return false;
  return waited > Duration::millis(connection.timeout_ms);
}

/// False: the connection is closed, so that nothing that it asked for later is done without this.
bool keeps_stale(ReplicaState& s, Connection& connection, Effects& out) {
  const RequestThrottleConfig& config = s.config.throttle;
  if (config.max_requests == 0 || !config.drop_stale) {
    ++s.counters.stale_requests;
    return true;
  }
  ++s.counters.stale_requests_dropped;
  refuse_request(s, connection, "a request had to wait for longer than its session's timeout", out);
  return false;
}

/// True: it was held back for too long, and that is what is said or done about it.
bool is_given_up(ReplicaState& s, Connection& connection, Handling handling, const RequestHeader& header,
                 Duration waited, Effects& out) {
  if (is_stale(s, connection, header.type, waited) && !keeps_stale(s, connection, out)) return true;
  if (!has_waited_too_long(s, handling, header.type, waited)) return false;
  throttle(s, connection, header, out);
  return true;
}

void take_write(ReplicaState& s, Connection& connection, const RequestHeader& header, std::string_view body,
                Effects& out) {
  ProposalOrigin origin;
  origin.kind = ProposalOrigin::Kind::kLocalChannel;
  origin.channel = connection.id;
  origin.request = header.type;
  origin.xid = header.xid;
  origin.arrived = s.now;
  ++connection.writes_proposed;
  count_large(s, connection, body.size());
  if (header.type == OpCode::kCloseSession) connection.phase = Connection::Phase::kDraining;
  if (is_learning(s)) return forward_request(s, connection, header.xid, header.type, body, out);
  propose(s, origin, connection.session, &connection.identities, header.type, body, out);
}

/// No quorum, no writes. A session of read-only service is its server's own and can be closed.
void refuse_write(ReplicaState& s, Connection& connection, const RequestHeader& header, Effects& out) {
  const bool closes = header.type == OpCode::kCloseSession;
  const Zxid zxid = s.tree.last_processed_zxid();
  send_bare_reply(s, connection, header.xid, zxid, closes ? ErrorCode::kOk : ErrorCode::kNotReadOnly, out);
  if (!closes) return;
  s.ensemble.read_only.close(connection.session);
  close_connection(s, connection, out);
}

/// Ordered like a write, and answered like a read once the leader (or a quorum) has answered.
void take_sync(ReplicaState& s, Connection& connection, const RequestHeader& header, std::string_view body,
               Effects& out) {
  ++connection.writes_proposed;
  wait_behind_writes(s, connection, header, body, Fate::kRun);
  if (is_learning(s)) return forward_request(s, connection, header.xid, header.type, body, out);
  answer_when_confirmed(s, connection.id, true, SessionId{}, out);
}

void take_auth(ReplicaState& s, Connection& connection, Xid xid, ByteReader body, Effects& out) {
  const auto request = decode_auth_request(body);
  if (!request) return refuse_request(s, connection, "malformed auth packet", out);
  connection.awaiting_auth = true;
  connection.auth_xid = xid;
  out.begin(EffectKind::kAuthenticate, connection.id);
  ByteWriter writer = out.writer();
  writer.ustring(request->scheme);
  writer.buffer(request->credential);
  out.end();
}

/// Without a SASL server Apache answers OK with a null token.
void answer_sasl(ReplicaState& s, Connection& connection, Xid xid, Effects& out) {
  out.begin(EffectKind::kSend, connection.id);
  ByteWriter writer = out.writer();
  const std::size_t frame = begin_frame(writer);
  encode(writer, ReplyHeader{xid, Zxid{0}, ErrorCode::kOk});
  writer.buffer(std::nullopt);
  end_frame(writer, frame);
  out.end();
  ++connection.sent;
  ++s.counters.packets_sent;
}

bool authenticated_enough(const ReplicaState& s, const Connection& connection) {
  if (!s.config.enforce_auth_enabled) return true;
  for (const Identity& identity : connection.identities) {
    for (const String& scheme : s.config.enforce_auth_schemes) {
      if (identity.scheme == scheme) return true;
    }
  }
  return false;
}

}  // namespace

void record_reply(ReplicaState& s, Connection& connection, OpCode op, Xid xid, Zxid zxid, Instant arrived) {
  const std::int64_t latency_ms = (s.now - arrived).to_millis();
  connection.last_op = op;
  connection.last_xid = xid;
  connection.last_zxid = zxid;
  connection.last_response = s.wall;
  connection.last_latency_ms = latency_ms;
  connection.latency.add(latency_ms);
  ++connection.sent;
  s.counters.latency.add(latency_ms);
  (is_write(op) ? s.counters.update_latency : s.counters.read_latency).add(latency_ms);
  ++s.counters.packets_sent;
}

bool take_request(ReplicaState& s, Connection& connection, std::string_view frame, Effects& out) {
  KASSERT(connection.phase == Connection::Phase::kOpen);
  ByteReader reader(frame);
  const RequestHeader header = decode_request_header(reader);
  if (!reader.ok()) {
    refuse_request(s, connection, "a frame without a request header", out);
    return true;
  }
  const Handling handling = handling_of(s, header.type);
  if ((handling == Handling::kWrite || handling == Handling::kSync) && !has_room(s)) {
    stall(s, connection);
    return false;
  }
  const Duration waited =
      s.times_arrivals ? s.now - connection.arrivals.take(kLengthSize + frame.size(), s.now) : Duration{};
  ++connection.received;
  ++s.counters.packets_received;
  if (handling == Handling::kAuth) {
    take_auth(s, connection, header.xid, reader, out);
  } else if (handling == Handling::kSasl) {
    answer_sasl(s, connection, header.xid, out);
  } else if (!authenticated_enough(s, connection)) {
    send_bare_reply(s, connection, header.xid, Zxid{0}, ErrorCode::kSessionClosedRequireSaslAuth, out);
    refuse_request(s, connection, "authentication is enforced", out);
  } else if (handling == Handling::kNotReadOnly) {
    refuse_write(s, connection, header, out);
  } else if (s.times_arrivals && is_given_up(s, connection, handling, header, waited, out)) {
    return true;
  } else if (handling == Handling::kWrite) {
    take_write(s, connection, header, reader.rest(), out);
  } else if (handling == Handling::kSync) {
    take_sync(s, connection, header, reader.rest(), out);
  } else if (connection.has_pending()) {
    wait_behind_writes(s, connection, header, reader.rest(), Fate::kRun);
    if (handling == Handling::kUnknown) connection.phase = Connection::Phase::kDraining;
  } else {
    run_now(s, connection, header, reader.rest(), s.now, out);
  }
  return true;
}

void run_waiting(ReplicaState& s, Connection& connection, Effects& out) {
  while (!connection.waiting.empty() && connection.waiting.front().after_write <= connection.writes_answered) {
    const WaitingRequest request = connection.waiting.front();
    const std::string_view body = connection.waiting_bytes.at(request.position, request.size);
    const RequestHeader header{request.xid, request.op};
    if (request.throttled) {
      answer_throttled(s, connection, header, request.arrived, out);
    } else if (!run_now(s, connection, header, body, request.arrived, out)) {
      return;
    }
    connection.waiting_bytes.drop_until(request.position + request.size);
    connection.waiting.pop_front();
  }
  update_flow(s, connection, out);
}

void count_answered(ReplicaState& s, Connection& connection) {
  ++connection.writes_answered;
  while (!connection.large.empty() && connection.large.front().after_write <= connection.writes_answered) {
    s.large_bytes -= connection.large.front().size;
    connection.large.pop_front();
  }
}

bool is_too_large_now(const ReplicaState& s, std::size_t frame_size) {
  if (!is_large(s.config, frame_size)) return false;
  return s.large_bytes + static_cast<std::int64_t>(frame_size) > s.config.throttle.large_max_bytes;
}

void answer_sync(ReplicaState& s, Connection& connection, Effects& out) {
  count_answered(s, connection);
  run_waiting(s, connection, out);
}

void take_drained(ReplicaState& s, ChannelId channel, Effects& out) {
  Connection* connection = s.connections.find(channel);
  if (connection == nullptr || !connection->awaiting_drain) return;
  connection->awaiting_drain = false;
  connection->burst = 0;
  take_held_bytes(s, channel, out);
}

void take_auth_result(ReplicaState& s, const AuthResult& result, Effects& out) {
  Connection* connection = s.connections.find(result.channel);
  if (connection == nullptr || !connection->awaiting_auth) return;
  connection->awaiting_auth = false;
  const ErrorCode error = result.ok ? ErrorCode::kOk : ErrorCode::kAuthFailed;
  send_bare_reply(s, *connection, connection->auth_xid, Zxid{0}, error, out);
  if (!result.ok) {
    ++s.counters.auth_failures;
    return refuse_request(s, *connection, "authentication failed", out);
  }
  for (const AuthResult::Id& id : result.ids) {
    Identity identity{to_string(id.scheme), to_string(id.id)};
    const Identities& known = connection->identities;
    if (std::find(known.begin(), known.end(), identity) == known.end()) {
      connection->identities.push_back(std::move(identity));
    }
  }
  take_held_bytes(s, result.channel, out);
}

}  // namespace vivarium
