// The client's calls: how they leave, how replies and events find them. Connections and time are in session_client.cpp.
#include <utility>

#include "kernel/base/assert.h"
#include "kernel/client/session_client.h"

namespace vivarium {
namespace {

/// Operations that have their own way in, and xids that are no call's.
constexpr bool is_reserved(OpCode op) {
  return op == OpCode::kPing || op == OpCode::kAuth || op == OpCode::kSetWatches || op == OpCode::kSetWatches2 ||
         op == OpCode::kCloseSession;
}

}  // namespace

// ---- out
// -------------------------------------------------------------------------------------------------------------

Xid SessionClient::take_xid() {
  // As Apache: never negative, never INT32_MAX.
  last_xid_ = last_xid_ >= INT32_MAX - 1 ? 1 : last_xid_ + 1;
  return Xid{last_xid_};
}

CallId SessionClient::call(Instant now, const Request& request, ClientOutputs& out) {
  return call(now, request.op, view(request.body), out);
}

CallId SessionClient::call(Instant now, OpCode op, std::string_view body, ClientOutputs& out) {
  KASSERT(!is_reserved(op));
  PendingCall call;
  call.call = CallId{++last_call_};
  call.op = op;
  const CallId id = call.call;
  if (is_final(state_) || closing_) {
    const bool refused = state_ == SessionState::kAuthFailed;
    const ErrorCode ended = refused ? ErrorCode::kAuthFailed : ErrorCode::kSessionExpired;
    reply(call, ReplyHeader{{}, {}, is_final(state_) ? ended : ErrorCode::kConnectionLoss}, {}, out);
    return id;
  }
  note_watch(call, body);
  enqueue(now, std::move(call), body, out);
  return id;
}

void SessionClient::enqueue(Instant now, PendingCall&& call, std::string_view body, ClientOutputs& out) {
  KASSERT(!is_final(state_));
  call.xid = take_xid();
  const bool established = phase_ == Phase::kEstablished;
  ByteWriter writer = established ? out.begin_send(connection_) : ByteWriter(unsent_);
  const std::size_t frame = begin_frame(writer);
  encode(writer, RequestHeader{call.xid, call.op});
  writer.bytes(body);
  end_frame(writer, frame);
  if (established) {
    out.end_send();
    last_sent_ = now;
  }
  pending_.push_back(std::move(call));
}

void SessionClient::note_watch(PendingCall& call, std::string_view body) const {
  ByteReader in(body);
  switch (call.op) {
    case OpCode::kExists:
    case OpCode::kGetData:
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2:
      if (const auto request = decode_path_watch_request(in); request && request->watch) {
        call.tracks_watch = true;
        call.path = to_string(request->path);
      }
      return;
    case OpCode::kAddWatch:
    case OpCode::kRemoveWatches:
      if (const auto request = decode_path_int_request(in)) {
        call.tracks_watch = true;
        call.detail = request->value;
        call.path = to_string(request->path);
      }
      return;
    default:
      return;
  }
}

void SessionClient::send_auth(Instant now, const Credential& credential, ClientOutputs& out) {
  AuthRequest request;
  request.scheme = view(credential.scheme);
  request.credential = view(credential.secret);
  ByteWriter writer = out.begin_send(connection_);
  const std::size_t frame = begin_frame(writer);
  encode(writer, RequestHeader{xids::kAuth, OpCode::kAuth});
  encode(writer, request);
  end_frame(writer, frame);
  out.end_send();
  last_sent_ = now;
}

CallId SessionClient::add_auth(Instant now, std::string_view scheme, std::string_view credential, ClientOutputs& out) {
  Credential added;
  added.scheme = to_string(scheme);
  added.secret.assign(credential.data(), credential.data() + credential.size());
  added.waiting = CallId{++last_call_};
  const CallId id = added.waiting;
  if (is_final(state_)) {
    const bool refused = state_ == SessionState::kAuthFailed;
    const ErrorCode error = refused ? ErrorCode::kAuthFailed : ErrorCode::kSessionExpired;
    answer_auth(added, ReplyHeader{xids::kAuth, {}, error}, out);
    return id;
  }
  credentials_.push_back(std::move(added));
  const bool may_send = phase_ == Phase::kHandshake || phase_ == Phase::kEstablished;
  if (may_send) send_auth(now, credentials_.back(), out);
  return id;
}

void SessionClient::close(Instant now, ClientOutputs& out) {
  if (is_final(state_) || closing_) return;
  closing_ = true;
  if (!has_transport()) return end_session(SessionState::kClosed, out);
  PendingCall call;
  call.op = OpCode::kCloseSession;
  enqueue(now, std::move(call), {}, out);
}

// ---- in
// --------------------------------------------------------------------------------------------------------------

bool SessionClient::on_packet(std::string_view frame, ClientOutputs& out) {
  ByteReader in(frame);
  const ReplyHeader header = decode_reply_header(in);
  if (!in.ok()) return false;
  if (header.xid == xids::kPing) return true;
  if (header.xid == xids::kAuth) return on_auth_reply(header, out);
  if (header.xid == xids::kNotification) return on_notification(header, in.rest(), out);
  return on_reply(header, in.rest(), out);
}

void SessionClient::saw_zxid(Zxid zxid) {
  if (zxid > last_zxid_) last_zxid_ = zxid;
  // While setWatches is under way some watches have not been caught up yet: after another reconnect they must be
  // compared with the old zxid again. Events do not count either, for the next event of the same txn may get lost.
  if (set_watches_in_flight_ == 0) watch_zxid_ = last_zxid_;
  KASSERT(watch_zxid_ <= last_zxid_);
}

bool SessionClient::on_reply(const ReplyHeader& header, std::string_view body, ClientOutputs& out) {
  if (header.xid == xids::kSetWatches) {
    if (set_watches_in_flight_ == 0) return false;
    --set_watches_in_flight_;
    saw_zxid(header.zxid);
    return true;
  }
  // setWatches went first, so its replies come first.
  if (pending_.empty() || pending_.front().xid != header.xid || set_watches_in_flight_ > 0) return false;
  const PendingCall call = std::move(pending_.front());
  pending_.pop_front();
  saw_zxid(header.zxid);
  settle_watch(call, header.error);
  reply(call, header, body, out);
  if (call.op == OpCode::kCloseSession) end_session(SessionState::kClosed, out);
  return true;
}

bool SessionClient::on_notification(const ReplyHeader& header, std::string_view body, ClientOutputs& out) {
  ByteReader in(body);
  const std::optional<WatcherEvent> event = decode_watcher_event(in);
  if (!event) return false;
  ClientOutput output;
  output.kind = ClientOutput::Kind::kWatch;
  output.connection = connection_;
  output.server = server_;
  output.event = event->type;
  output.header = header;
  output.heard_by = watches_.fire(event->type, event->path);
  out.add(output, event->path);
  return true;
}

bool SessionClient::on_auth_reply(const ReplyHeader& header, ClientOutputs& out) {
  if (auth_replies_ >= credentials_.size()) return false;
  answer_auth(credentials_[auth_replies_++], header, out);
  if (header.error != ErrorCode::kOk) end_session(SessionState::kAuthFailed, out);
  return true;
}

void SessionClient::answer_auth(Credential& credential, const ReplyHeader& header, ClientOutputs& out) {
  if (credential.waiting == CallId{}) return;
  PendingCall call;
  call.call = std::exchange(credential.waiting, CallId{});
  call.op = OpCode::kAuth;
  reply(call, header, {}, out);
}

void SessionClient::reply(const PendingCall& call, const ReplyHeader& header, std::string_view body,
                          ClientOutputs& out) {
  if (call.call == CallId{}) return;  // closeSession: its answer is the state
  ClientOutput output;
  output.kind = ClientOutput::Kind::kReply;
  output.connection = connection_;
  output.server = server_;
  output.call = call.call;
  output.op = call.op;
  output.header = header;
  out.add(output, body);
}

void SessionClient::fail_pending(ErrorCode error, ClientOutputs& out) {
  KASSERT(error != ErrorCode::kOk);
  for (const PendingCall& call : pending_) reply(call, ReplyHeader{call.xid, {}, error}, {}, out);
  pending_.clear();
  unsent_.clear();
}

void SessionClient::settle_watch(const PendingCall& call, ErrorCode error) {
  if (!call.tracks_watch) return;
  const bool ok = error == ErrorCode::kOk;
  const bool missing = error == ErrorCode::kNoNode;
  const std::string_view path = view(call.path);
  switch (call.op) {
    case OpCode::kExists:
      if (ok) watches_.add(WatchKind::kData, path);
      if (missing) watches_.add(WatchKind::kExists, path);
      return;
    case OpCode::kGetData:
      if (ok) watches_.add(WatchKind::kData, path);
      return;
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2:
      if (ok) watches_.add(WatchKind::kChildren, path);
      return;
    case OpCode::kAddWatch:
      if (!ok || !is_add_watch_mode(call.detail)) return;
      watches_.add(static_cast<AddWatchMode>(call.detail) == AddWatchMode::kPersistent
                       ? WatchKind::kPersistent
                       : WatchKind::kPersistentRecursive,
                   path);
      return;
    case OpCode::kRemoveWatches:
      if (ok && is_watcher_type(call.detail)) watches_.remove(path, static_cast<WatcherType>(call.detail));
      return;
    default:
      KUNREACHABLE();
  }
}

void SessionClient::hash_into(StateHash& hash) const {
  const auto add_time = [&hash](Instant at) { hash.add(static_cast<std::uint64_t>(at.nanos)); };
  hash.add(static_cast<std::uint64_t>(phase_) << 8 | static_cast<std::uint64_t>(state_));
  hash.add(std::uint64_t{closing_} * 2 + std::uint64_t{seen_read_write_});
  hash.add(static_cast<std::uint64_t>(session_.value));
  hash.add(password());
  hash.add(static_cast<std::uint64_t>(negotiated_ms_));
  hash.add(static_cast<std::uint64_t>(last_zxid_.value));
  hash.add(static_cast<std::uint64_t>(watch_zxid_.value));
  hash.add(static_cast<std::uint64_t>(set_watches_in_flight_));
  hash.add(std::uint64_t{server_} << 32 | connection_);
  hash.add(std::uint64_t{attempts_});
  hash.add(pauses_);
  add_time(phase_deadline_);
  add_time(last_heard_);
  add_time(last_sent_);
  add_time(established_at_);
  hash.add(last_call_);
  hash.add(static_cast<std::uint64_t>(last_xid_));
  hash.add(static_cast<std::uint64_t>(pending_.size()));
  for (const PendingCall& call : pending_) {
    hash.add(call.call.value);
    hash.add(static_cast<std::uint64_t>(call.op));
    hash.add(std::uint64_t{call.tracks_watch});
  }
  hash.add(view(unsent_));
  hash.add(view(partial_));
  hash.add(static_cast<std::uint64_t>(auth_replies_));
  for (const Credential& credential : credentials_) {
    hash.add(view(credential.scheme));
    hash.add(view(credential.secret));
    hash.add(credential.waiting.value);
  }
  watches_.hash_into(hash);
}

}  // namespace vivarium
