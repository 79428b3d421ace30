#include "kernel/replica/handshake.h"

#include <algorithm>
#include <array>

#include "kernel/base/slice.h"
#include "kernel/replica/client_port.h"
#include "kernel/replica/forwarding.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {

namespace {

constexpr std::size_t kWordSize = 4;
constexpr std::size_t kTraceMaskSize = 8;
constexpr std::string_view kTelnetClose("\xff\xf4\xff\xfd", 4);
constexpr std::array<std::string_view, 18> kAdminWords = {"conf", "cons", "crst", "dirs", "dump", "envi",
                                                          "gtmk", "hash", "isro", "mntr", "ruok", "srst",
                                                          "srvr", "stat", "stmk", "wchc", "wchp", "wchs"};

bool is_admin_word(std::string_view word) {
  return std::find(kAdminWords.begin(), kAdminWords.end(), word) != kAdminWords.end();
}

std::size_t take_admin_word(ReplicaState& s, Connection& connection, std::string_view bytes, Effects& out) {
  const std::size_t size = slice(bytes, 0, kWordSize) == "stmk" ? kWordSize + kTraceMaskSize : kWordSize;
  if (bytes.size() < size) return 0;
  connection.phase = Connection::Phase::kAdmin;
  ++connection.received;
  ++s.counters.packets_received;
  out.emit(EffectKind::kAdminCommand, connection.id, {}, 0, slice(bytes, 0, size));
  return bytes.size();
}

void send_connect_response(ReplicaState& s, Connection& connection, bool valid, Effects& out) {
  const Password password = valid ? session_password(connection.session) : Password{};
  ConnectResponse response;
  response.timeout_ms = valid ? connection.timeout_ms : 0;
  response.session_id = valid ? connection.session : SessionId{};
  response.password = std::string_view(password.bytes, sizeof password.bytes);
  if (connection.connect_read_only) response.read_only = is_read_only(s);
  out.begin(EffectKind::kSend, connection.id);
  ByteWriter writer = out.writer();
  const std::size_t frame = begin_frame(writer);
  encode(writer, response);
  end_frame(writer, frame);
  out.end();
  ++connection.sent;
  ++s.counters.packets_sent;
}

void open_session(ReplicaState& s, Connection& connection, Effects& out) {
  KASSERT(connection.session.value != 0);
  s.connections.attach(connection);
  connection.phase = Connection::Phase::kOpen;
  connection.last_response = s.wall;
  send_connect_response(s, connection, true, out);
}

void refuse(ReplicaState& s, Connection& connection, std::string_view why, Effects& out) {
  NoteText note;
  note.text("refusing the connection from ").text(view(connection.peer)).text(": ").text(why);
  s.refusals.note(s.now, NoteLevel::kInfo, note, out);
  close_connection(s, connection, out);
}

SessionId take_session_id(ReplicaState& s) {
  while (s.next_session.value == 0 || s.sessions.contains(s.next_session)) {
    s.next_session = next_session_id(s.next_session);
  }
  const SessionId id = s.next_session;
  s.next_session = next_session_id(id);
  return id;
}

void start_session(ReplicaState& s, Connection& connection, Effects& out) {
  connection.session = take_session_id(s);
  connection.phase = Connection::Phase::kEstablishing;
  ProposalOrigin origin;
  origin.kind = ProposalOrigin::Kind::kLocalChannel;
  origin.channel = connection.id;
  origin.request = OpCode::kCreateSession;
  origin.arrived = s.now;
  char body[4];
  store_big_endian(body, static_cast<std::uint32_t>(connection.timeout_ms));
  const std::string_view timeout(body, sizeof body);
  if (is_learning(s)) return forward_request(s, connection, Xid{}, OpCode::kCreateSession, timeout, out);
  propose(s, origin, connection.session, &connection.identities, OpCode::kCreateSession, timeout, out);
}

void refuse_session(ReplicaState& s, Connection& connection, SessionId session, Effects& out) {
  send_connect_response(s, connection, false, out);
  NoteText note;
  note.text("invalid session ").hex(session.value).text(" for client ").text(view(connection.peer));
  s.refusals.note(s.now, NoteLevel::kInfo, note.text(", probably expired"), out);
  close_connection(s, connection, out);
}

void close_older(ReplicaState& s, const Connection& connection, Effects& out) {
  Connection* older = s.connections.of_session(connection.session);
  KASSERT(older != &connection);
  if (older != nullptr) close_connection(s, *older, out);
}

/// Who holds the password takes the session over. Apache closes the older connection before it looks at the password,
/// which lets anybody who knows an id cut a client off; here the password comes first.
void resume_session(ReplicaState& s, Connection& connection, const ConnectRequest& request, Effects& out) {
  if (!is_session_password(request.session_id, request.password)) {
    return refuse_session(s, connection, request.session_id, out);
  }
  connection.session = request.session_id;
  // What the older connection still holds back must not follow the move: the leader may have refused what was before
  // it.
  close_older(s, connection, out);
  if (is_learning(s)) {
    connection.phase = Connection::Phase::kEstablishing;
    return forward_revalidation(s, connection, out);
  }
  const bool valid = s.sessions.touch(request.session_id, connection.timeout_ms, s.now);
  if (!valid && is_leading(s) && !KMUTANT(s.config.mutant, kDoubtNotConfirmed)) {
    connection.phase = Connection::Phase::kEstablishing;
    return answer_when_confirmed(s, connection.id, true, request.session_id, out);
  }
  if (valid && is_leading(s)) s.ensemble.leader.owners[request.session_id.value] = s.config.my_id.value;
  finish_resuming(s, connection, valid, out);
}

/// Sessions of the ensemble can neither be renewed here nor called gone.
void serve_read_only(ReplicaState& s, Connection& connection, const ConnectRequest& request, Effects& out) {
  ReadOnlySessions& sessions = s.ensemble.read_only;
  if (request.session_id.value == 0) {
    if (!sessions.has_room()) return refuse(s, connection, "too many read-only sessions", out);
    connection.session = take_session_id(s);
    sessions.open(connection.session, connection.timeout_ms, s.now);
    return open_session(s, connection, out);
  }
  if (!sessions.knows(request.session_id)) return refuse(s, connection, "no leader renews its session", out);
  if (!is_session_password(request.session_id, request.password)) {
    return refuse_session(s, connection, request.session_id, out);
  }
  connection.session = request.session_id;
  finish_resuming(s, connection, sessions.touch(request.session_id, connection.timeout_ms, s.now), out);
}

/// Why nobody can be served who asks like this; empty: somebody is.
std::string_view refusal_of(const ReplicaState& s, const ConnectRequest& request) {
  if (!s.ensemble.enabled) return {};
  if (is_leading(s) && !s.config.ensemble.leader_serves) return "this leader serves no clients (leaderServes=no)";
  if (is_serving(s)) return {};
  if (!is_read_only(s)) return "no leader is established";
  return request.read_only.value_or(false) ? std::string_view{} : "no leader is established, and it wants to write";
}

/// Who is let in pays in tokens. Where there are none, another server may have some.
bool passes_throttle(ReplicaState& s, bool is_new, bool read_only) {
  using Kind = SessionKind;
  const ConnectionThrottleConfig& config = s.config.connection_throttle;
  const Kind kind = !is_new ? Kind::kRenewed : read_only ? Kind::kLocal : Kind::kGlobal;
  const bool passes = s.connection_throttle.admits(config, kind, s.seed, s.now);
  s.counters.connection_drop_odds = s.connection_throttle.drop_odds();
  if (!passes) {
    ++s.counters.connections_throttled;
    return false;
  }
  ++s.counters.connection_requests;
  s.counters.token_deficit.add(s.connection_throttle.deficit(config));
  return true;
}

/// False: it has to wait for room.
bool take_connect(ReplicaState& s, Connection& connection, std::string_view frame, Effects& out) {
  const auto request = decode_connect_request(frame);
  if (!request) {
    refuse(s, connection, "malformed connect request", out);
    return true;
  }
  const bool is_new = request->session_id.value == 0;
  if (const std::string_view why = refusal_of(s, *request); !why.empty()) {
    refuse(s, connection, why, out);
    return true;
  }
  const bool read_only = is_read_only(s);
  const bool proposes = (is_new && !read_only) || (is_leading(s) && !s.sessions.contains(request->session_id));
  if (proposes && !has_room(s)) return false;
  ++connection.received;
  ++s.counters.packets_received;
  if (!passes_throttle(s, is_new, read_only)) {
    refuse(s, connection, "too many ask for a session (connection_throttle_tokens)", out);
    return true;
  }
  if (request->last_zxid_seen > s.tree.last_processed_zxid() && !KMUTANT(s.config.mutant, kServesWhoIsAhead)) {
    NoteText why;
    why.text("it has seen zxid ").hex(request->last_zxid_seen.value).text(", our last zxid is ");
    refuse(s, connection, why.hex(s.tree.last_processed_zxid().value).line(), out);
    return true;
  }
  connection.timeout_ms = std::min(std::max(request->timeout_ms, effective_min_session_timeout(s.config)),
                                   effective_max_session_timeout(s.config));
  connection.connect_read_only = request->read_only;
  if (read_only) {
    serve_read_only(s, connection, *request, out);
  } else if (is_new) {
    start_session(s, connection, out);
  } else {
    resume_session(s, connection, *request, out);
  }
  return true;
}

}  // namespace

void finish_resuming(ReplicaState& s, Connection& connection, bool valid, Effects& out) {
  if (!valid) return refuse_session(s, connection, connection.session, out);
  close_older(s, connection, out);
  open_session(s, connection, out);
  if (is_learning(s)) take_held_bytes(s, connection.id, out);
}

std::size_t take_greeting(ReplicaState& s, Connection& connection, std::string_view bytes, Effects& out) {
  KASSERT(connection.phase == Connection::Phase::kGreeting);
  if (bytes.size() < kWordSize) return 0;
  const std::string_view word = slice(bytes, 0, kWordSize);
  if (word == kTelnetClose) {
    close_connection(s, connection, out);
    return 0;
  }
  if (is_admin_word(word)) return take_admin_word(s, connection, bytes, out);
  const FrameView frame = first_frame(s, bytes);
  if (frame.status == FrameView::Status::kBadLength) {
    refuse_frame(s, connection, frame.length, out);
    return 0;
  }
  if (frame.status == FrameView::Status::kIncomplete) return 0;
  if (!take_connect(s, connection, frame.body, out)) {
    stall(s, connection);
    return 0;
  }
  return kWordSize + frame.body.size();
}

void establish(ReplicaState& s, Connection& connection, Effects& out) {
  KASSERT(connection.phase == Connection::Phase::kEstablishing);
  connection.last_op = OpCode::kCreateSession;
  connection.last_xid = Xid{0};
  connection.last_zxid = s.tree.last_processed_zxid();
  open_session(s, connection, out);
}

}  // namespace vivarium
