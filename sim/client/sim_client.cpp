// A simulated client's connection, session and timers; see sim_client.h. Watches are in sim_client_watches.cpp.
#include "sim/client/sim_client.h"

#include <algorithm>

#include "sim/check/laws.h"
#include "sim/check/oracle.h"
#include "sim/model/model_identity.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {
constexpr std::int64_t kMs = 1'000'000;
}

SimClient::SimClient(const Plan& plan, std::uint32_t number, Scheduler& scheduler, Network& network, History& history)
    : plan_(plan),
      number_(number),
      scheduler_(scheduler),
      network_(network),
      history_(history),
      workload_(plan, number, number < plan.users ? static_cast<std::uint8_t>(number % 3 + 1) : std::uint8_t{0}),
      recipes_(plan, number, history.recipes),
      user_(number < plan.users ? static_cast<std::uint8_t>(number % 3 + 1) : std::uint8_t{0}),
      think_(Seed{plan.seed}, Choice::kThink, number),
      reconnect_(Seed{plan.seed}, Choice::kReconnect, number),
      hosts_(network.servers(), Stream(Seed{plan.seed}, Choice::kHop, number)) {}

// ---- timers
// ------------------------------------------------------------------------------------------------------------

void SimClient::schedule(std::int64_t at) {
  at = std::max(at, scheduler_.now());
  if (timer_at_ >= 0 && timer_at_ <= at) return;  // woken earlier: it will look again
  timer_at_ = at;
  ++timer_generation_;
  scheduler_.at(at, static_cast<std::uint16_t>(lanes::kClients + 512 + number_), EventKind::kClient,
                static_cast<std::uint16_t>(number_), timer_generation_);
}

void SimClient::schedule_next() {
  const std::int64_t timeout = std::max<std::int64_t>(timeout_ms_, 1) * kMs;
  switch (phase_) {
    case Phase::kIdle:
      return schedule(reconnect_at_);
    case Phase::kConnecting:
      return schedule(last_heard_ + connect_timeout());
    case Phase::kReady: {
      std::int64_t at = std::min(last_sent_ + timeout / 3, last_heard_ + timeout * 2 / 3);
      const bool more = next_operation_ < static_cast<std::uint64_t>(plan_.operations) && !finishing_ && !closing_;
      if (more && outstanding_.size() < static_cast<std::size_t>(plan_.window)) at = std::min(at, next_issue_at_);
      return schedule(at);
    }
    case Phase::kGone:
      return;
  }
}

void SimClient::on_timer(std::uint32_t generation) {
  if (generation != timer_generation_) return;
  timer_at_ = -1;
  const std::int64_t now = scheduler_.now();
  if (phase_ == Phase::kIdle && now >= reconnect_at_) {
    if (finishing_ && session_.value == 0) {
      phase_ = Phase::kGone;
      return;
    }
    connect();
  } else if (phase_ == Phase::kConnecting && now >= last_heard_ + connect_timeout()) {
    drop_connection();
  } else if (phase_ == Phase::kReady) {
    const std::int64_t timeout = std::int64_t{timeout_ms_} * kMs;
    if (now >= last_heard_ + timeout * 2 / 3) {
      drop_connection();
    } else {
      fill_window();
      if (phase_ == Phase::kReady && now >= last_sent_ + timeout / 3) send_ping();
    }
  }
  schedule_next();
}

// ---- connection
// --------------------------------------------------------------------------------------------------------

void SimClient::start() {
  reconnect_at_ = scheduler_.now() + reconnect_.between(0, 5) * kMs;
  schedule_next();
}

void SimClient::connect() {
  phase_ = Phase::kConnecting;
  inbound_.clear();
  outstanding_.clear();
  auth_operation_ = watches_operation_ = kNoOperation;
  last_heard_ = last_sent_ = scheduler_.now();
  network_.connect(number_, hosts_.current());
  frame_.clear();
  ByteWriter out(frame_);
  const std::size_t at = begin_frame(out);
  ConnectRequest request;
  request.last_zxid_seen = last_zxid_;
  request.timeout_ms = static_cast<std::int32_t>(plan_.session_timeout / kMs);
  request.session_id = session_;
  const std::string zeros(limits::kPasswordSize, '\0');
  request.password = session_.value == 0 ? zeros : password_;
  // Old C clients leave the flag out.
  if (number_ % 4 != 3) request.read_only = false;
  encode(out, request);
  end_frame(out, at);
  network_.send_up(number_, view(frame_));
  connection_ = history_.add_connection(number_, session_, user_, hosts_.current());
  // Clients may send authentication and watches right behind the request.
  if (session_.value != 0 && reconnect_.chance(500)) {
    send_auth();
    send_set_watches();
  }
}

/// Apache divides the session's timeout among the servers.
std::int64_t SimClient::connect_timeout() const { return plan_.session_timeout / hosts_.size(); }

void SimClient::drop_connection() {
  network_.close_up(number_);
  on_closed();
}

void SimClient::on_closed() {
  if (phase_ == Phase::kGone) return;
  network_.link(number_).client_open = false;
  outstanding_.clear();
  recipes_.connection_lost();
  if (phase_ == Phase::kConnecting) {
    hosts_.next();
  } else if (phase_ == Phase::kReady) {
    hosts_.after_success(plan_.hop_percent);
  }
  if (closing_) {
    // The session may or may not be closed; either way this client starts afresh.
    session_ = {};
    closing_ = false;
    data_.clear(), exist_.clear(), child_.clear(), persistent_.clear(), recursive_.clear();
  }
  if (farewell_sent_) {
    phase_ = Phase::kGone;
    return;
  }
  phase_ = Phase::kIdle;
  reconnect_at_ = scheduler_.now() + reconnect_.between(1, reconnect_.chance(100) ? 300 : 20) * kMs;
  timer_at_ = -1;
  schedule_next();
}

void SimClient::leave() {
  phase_ = Phase::kGone;
  recipes_.connection_lost();
  network_.link(number_).client_open = false;  // without a word: the server is left with a half-open connection
}

void SimClient::finish(bool politely) {
  finishing_ = true;
  politely_ = politely;
  if (phase_ == Phase::kReady) fill_window();
  schedule_next();
}

// ---- sending
// -----------------------------------------------------------------------------------------------------------

void SimClient::send_request(Xid xid, OpCode type) {
  frame_.clear();
  ByteWriter out(frame_);
  const std::size_t at = begin_frame(out);
  encode(out, RequestHeader{xid, type});
  out.bytes(view(body_));
  end_frame(out, at);
  last_sent_ = scheduler_.now();
  network_.send_up(number_, view(frame_));
}

void SimClient::send_ping() {
  body_.clear();
  send_request(xids::kPing, OpCode::kPing);
}

void SimClient::send_auth() {
  if (user_ == 0) return;
  body_.clear();
  ByteWriter out(body_);
  const std::string credential = digest_credential(user_name(user_));
  encode(out, AuthRequest{0, "digest", credential});
  auth_operation_ = history_.add_operation(connection_, xids::kAuth, OpCode::kAuth, view(body_), scheduler_.now());
  send_request(xids::kAuth, OpCode::kAuth);
}

void SimClient::issue(OpKind kind, std::uint64_t index) {
  body_.clear();
  send_operation(workload_.encode_body(kind, index, body_));
}

bool SimClient::issue_recipe_step() {
  body_.clear();
  const auto request = recipes_.next(body_);
  if (request) recipes_.sent(request->recipe, send_operation(request->op));
  return request.has_value();
}

std::uint32_t SimClient::send_operation(OpCode type) {
  const Xid xid{next_xid_++};
  outstanding_.push_back(history_.add_operation(connection_, xid, type, view(body_), scheduler_.now()));
  if (scheduler_.telling_all()) scheduler_.tell("c", number_ + 1, " sends ", op_name(type), " xid ", xid.value);
  send_request(xid, type);
  return outstanding_.back();
}

void SimClient::fill_window() {
  const std::int64_t now = scheduler_.now();
  while (phase_ == Phase::kReady && !closing_ && outstanding_.size() < static_cast<std::size_t>(plan_.window)) {
    if (finishing_) return outstanding_.empty() ? farewell() : void();
    if (issue_recipe_step()) continue;
    if (next_operation_ >= static_cast<std::uint64_t>(plan_.operations)) return;
    if (now < next_issue_at_) return;
    if (plan_.think > 0) next_issue_at_ = now + think_.between(plan_.think / 2, plan_.think + plan_.think / 2);
    const std::uint64_t index = next_operation_++;
    recipes_.turn(index);
    const OpKind kind = workload_.kind(index);
    if (kind == OpKind::kReconnect) return drop_connection();
    issue(kind, index);
    closing_ = kind == OpKind::kClose;
  }
}

void SimClient::farewell() {
  if (farewell_sent_) return;
  if (!politely_) {
    // A last look, so that every event owed must have arrived; then silence.
    body_.clear();
    ByteWriter out(body_);
    encode(out, PathWatchRequest{"/", false});
    const Xid xid{next_xid_++};
    outstanding_.push_back(
        history_.add_operation(connection_, xid, OpCode::kGetChildren2, view(body_), scheduler_.now()));
    send_request(xid, OpCode::kGetChildren2);
  } else {
    issue(OpKind::kClose, next_operation_);
    closing_ = true;
  }
  farewell_sent_ = true;
}

// ---- receiving
// ---------------------------------------------------------------------------------------------------------

void SimClient::on_bytes(std::string_view bytes) {
  if (phase_ != Phase::kConnecting && phase_ != Phase::kReady) return;
  last_heard_ = scheduler_.now();
  std::string whole;
  if (!inbound_.empty()) {
    inbound_.append(bytes);
    whole.swap(inbound_);
    bytes = whole;
  }
  while (bytes.size() >= 4) {
    const auto size = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(bytes.data()));
    if (size < 0 || size > (8 << 20))
      fail(laws::kProtocol, text("c", number_ + 1, " received a frame of length ", size));
    if (bytes.size() < 4 + static_cast<std::size_t>(size)) break;
    const std::string_view frame = bytes.substr(4, static_cast<std::size_t>(size));
    bytes.remove_prefix(4 + frame.size());
    take_frame(frame);
    if (phase_ != Phase::kConnecting && phase_ != Phase::kReady) return;  // it hung up over this frame
  }
  inbound_.assign(bytes);
  if (phase_ == Phase::kReady) fill_window();
  schedule_next();
}

void SimClient::take_frame(std::string_view frame) {
  if (phase_ == Phase::kConnecting) return on_connect_response(frame);
  ByteReader in(frame);
  const ReplyHeader header = decode_reply_header(in);
  if (!in.ok()) fail(laws::kProtocol, text("c", number_ + 1, " received a frame without a header: ", quoted(frame)));
  if (header.xid == xids::kPing) return;
  if (header.xid == xids::kNotification) return on_event(header, in);
  on_reply(header, in);
}

void SimClient::on_connect_response(std::string_view frame) {
  const auto response = decode_connect_response(frame);
  if (!response) fail(laws::kProtocol, text("c", number_ + 1, " received a bad connect response: ", quoted(frame)));
  if (response->timeout_ms == 0) {
    refused_.push_back(session_);
    scheduler_.tell("c", number_ + 1, " is told that session ", hex(session_.value), " is gone");
    session_ = {};
    data_.clear(), exist_.clear(), child_.clear(), persistent_.clear(), recursive_.clear();
    return drop_connection();
  }
  if (session_.value != 0 && response->session_id != session_) {
    fail(laws::kProtocol, text("c", number_ + 1, " asked for session ", hex(session_.value), " and was given ",
                               hex(response->session_id.value)));
  }
  const bool fresh = session_.value == 0;
  session_ = response->session_id;
  password_ = std::string(response->password);
  timeout_ms_ = response->timeout_ms;
  history_.connections[connection_].session = session_;
  history_.connections[connection_].fresh = fresh;
  if (fresh) {
    next_xid_ = 1;
    recipes_.session_began(session_);
  }
  phase_ = Phase::kReady;
  scheduler_.tell("c", number_ + 1, fresh ? " opens session " : " resumes session ", hex(session_.value));
  if (auth_operation_ == kNoOperation) send_auth();
  if (watches_operation_ == kNoOperation && !fresh) send_set_watches();
}

void SimClient::on_reply(const ReplyHeader& header, ByteReader& in) {
  std::uint32_t operation = kNoOperation;
  if (header.xid == xids::kAuth) {
    operation = std::exchange(auth_operation_, kNoOperation - 1);
  } else if (header.xid == xids::kSetWatches) {
    operation = std::exchange(watches_operation_, kNoOperation - 1);
  } else if (!outstanding_.empty() && history_.operations[outstanding_.front()].xid == header.xid) {
    operation = outstanding_.front();
    outstanding_.pop_front();
  }
  if (operation >= kNoOperation - 1) {
    fail(laws::kFifo, text("c", number_ + 1, " received an answer to xid ", header.xid.value, ", which is not due"));
  }
  if (header.zxid > last_zxid_) last_zxid_ = header.zxid;
  history_.add_reply(operation, header.zxid, header.error, in.rest(), scheduler_.now());
  const Operation& op = history_.operations[operation];
  if (scheduler_.telling_all()) {
    scheduler_.tell("c", number_ + 1, " hears xid ", header.xid.value, " zxid ", hex(header.zxid.value), " error ",
                    static_cast<std::int32_t>(header.error));
  }
  note_watch(op, header.error);
  const std::size_t grants = history_.recipes.grants.size();
  recipes_.answered(operation, {header.zxid, header.error, in.rest(), scheduler_.now()});
  if (history_.recipes.grants.size() > grants && scheduler_.telling()) {
    scheduler_.tell("c", number_ + 1, " holds the lock with ", history_.recipes.grants.back().path);
  }
  if (op.type == OpCode::kCloseSession) return drop_connection();
  if (farewell_sent_ && outstanding_.empty()) leave();
}

}  // namespace vivarium::sim
