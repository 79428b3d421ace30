// The world's loop and the laws that are checked as things happen; see world.h.
#include "sim/world/world.h"

#include "kernel/base/bytes.h"
#include "sim/check/laws.h"
#include "sim/check/state_check.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

constexpr std::uint64_t kMostEvents = 200'000'000;

std::uint16_t lane_salt(const Plan& plan) {
  return static_cast<std::uint16_t>(Stream(Seed{plan.seed}, Choice::kTurn, 1).at(0, 1 << 16));
}

OracleOptions oracle_options(const Plan& plan) {
  OracleOptions options;
  options.model.extended_types = plan.extended_types != 0;
  options.model.digests = plan.check_digests != 0;
  return options;
}

}  // namespace

World::World(const Plan& plan, Story* story, Mutation* mutation)
    : plan_(plan),
      scheduler_(lane_salt(plan), story),
      network_(plan_, scheduler_),
      oracle_(oracle_options(plan), history_, log_),
      server_(plan_, scheduler_, network_, log_, *this, mutation),
      cuts_(Seed{plan.seed}, Choice::kCut, 0),
      restarts_(Seed{plan.seed}, Choice::kRestart, 0) {
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(plan_.clients); ++i) {
    clients_.push_back(std::make_unique<SimClient>(plan_, i, scheduler_, network_, history_));
  }
}

void World::run() {
  boot_at(0);
  for (std::size_t i = 0; i < plan_.atoms.size(); ++i) {
    scheduler_.at(plan_.atoms[i].at, lanes::kPlan, EventKind::kAtom, static_cast<std::uint16_t>(i), 0);
  }
  scheduler_.at(plan_.duration, lanes::kPlan, EventKind::kFinish);
  for (auto& client : clients_) client->start();
  while (phase_ != Phase::kOver) {
    if (scheduler_.idle()) fail(laws::kLiveness, "nothing is left to happen");
    if (scheduler_.events() > kMostEvents) fail(laws::kLiveness, "too many events");
    dispatch(scheduler_.next());
  }
}

void World::dispatch(const Event& event) {
  switch (event.kind) {
    case EventKind::kAtom:
      if (phase_ != Phase::kFaults) return;
      if (event.argument == UINT32_MAX) return end_atom(plan_.atoms[event.entity]);
      return begin_atom(plan_.atoms[event.entity], event.entity, event.argument);
    case EventKind::kBoot:
      if (event.argument == boot_generation_ && booting_) boot();
      return;
    case EventKind::kToServer:
      if (event.argument == network_.link(event.entity).generation) server_.on_segment(event.entity);
      return;
    case EventKind::kToClient:
      return to_client(event.entity, event.argument);
    case EventKind::kOrphan:
      return server_.on_orphan(event.entity, event.argument);
    case EventKind::kClient:
      clients_[event.entity]->on_timer(event.argument);
      break;
    case EventKind::kFinish:
      return event.argument == 0 ? heal() : finish();
    default:
      server_.on_event(event);
      return;
  }
  look_for_the_end();
}

void World::to_client(std::uint32_t client, std::uint32_t generation) {
  Link& link = network_.link(client);
  if (link.generation != generation) return;
  const Pipe::Segment segment = link.down.pop();
  if (!link.client_open) return;
  SimClient& reader = *clients_[client];
  if (segment.kind == SegmentKind::kClose) {
    reader.on_closed();
  } else {
    scheduler_.trace(segment.bytes);
    reader.on_bytes(segment.bytes);
    hear_refusals(reader);
  }
  look_for_the_end();
}

void World::hear_refusals(SimClient& client) {
  for (const SessionId session : client.take_refused()) {
    if (closed_.contains(session.value)) continue;
    fail(laws::kEarlyExpiry, text("a client is told that session ", hex(session.value), " is gone, but nothing closed it"));
  }
}

// ---- what the server is seen to do -----------------------------------------------------------------------------------

void World::on_contact(std::uint32_t client) {
  // A handshake counts once it is answered: a server that is throttled may leave it unread.
  const SessionId session = clients_[client]->session();
  if (clients_[client]->connected()) contacts_[session.value] = scheduler_.now();
}

void World::on_append(Zxid zxid, std::string_view txn) {
  ByteReader in(txn);
  const std::int64_t session = in.i64();
  const std::int32_t cxid = in.i32();
  in.i64();
  in.i64();
  const auto type = static_cast<OpCode>(in.i32());
  if (type == OpCode::kCreateSession) contacts_[session] = scheduler_.now();
  if (type != OpCode::kCloseSession) return;
  closed_.insert(session);
  if (cxid != 0) return;  // the client's own wish
  const auto contact = contacts_.find(session);
  const std::int64_t silence = contact == contacts_.end() ? 0 : scheduler_.now() - contact->second;
  scheduler_.tell("s1 expires session ", hex(session), " after ", time_text(silence));
  if (silence >= plan_.session_timeout) return;
  fail(laws::kEarlyExpiry, text("txn ", hex(zxid.value), " expires session ", hex(session), " after ", time_text(silence), " of silence, ",
                                time_text(plan_.session_timeout), " were promised"));
}

void World::on_recovered(const RecoveredState& recovered) {
  const Zxid last = recovered.last_zxid;
  const char* lost = rotted_ ? laws::kSilentLoss : laws::kDurability;
  if (last < history_.highest_seen()) {
    fail(lost, text("recovery ends at ", hex(last.value), ", but a client has seen ", hex(history_.highest_seen().value)));
  }
  if (last < oracle_.checked()) {
    fail(lost, text("recovery ends at ", hex(last.value), ", but an earlier one had brought back ", hex(oracle_.checked().value)));
  }
  oracle_.advance(last);
  compare_state(recovered.tree, recovered.sessions, oracle_.model(), "after recovery");
  if (!rotted_) compare_log_files(server_.disk(), "/log/version-2", log_, last);
  // Every session has a full timeout from here.
  for (auto& [session, contact] : contacts_) contact = scheduler_.now();
}

RunResult World::result() const {
  RunResult result;
  result.refused = refused_;
  result.ended_at = scheduler_.now();
  result.events = scheduler_.events();
  result.txns = log_.size();
  result.items = history_.items.size();
  result.boots = boots_;
  result.crashes = crashes_;
  result.disk_operations = const_cast<SimServer&>(server_).disk().operations();
  result.trace = scheduler_.trace_hash();
  return result;
}

}  // namespace vivarium::sim
