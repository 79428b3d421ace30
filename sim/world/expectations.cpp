// Expectations against a world; see expectations.h.
#include "sim/world/expectations.h"

#include "sim/check/laws.h"
#include "sim/model/model_server.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

bool leads(const std::optional<MemberView>& view) {
  return view && view->role == Role::kLeading && view->established && view->serving;
}

bool holds(char relation, std::uint64_t seen, std::int64_t number) {
  const auto wanted = static_cast<std::uint64_t>(number);
  return relation == '>' ? seen >= wanted : relation == '<' ? seen <= wanted : seen == wanted;
}

bool is_so(const Expectation& expectation, const std::optional<MemberView>& view, const WorldView& world) {
  switch (expectation.kind) {
    case ExpectKind::kUp:
      return view.has_value();
    case ExpectKind::kServing:
      return view && view->serving;
    case ExpectKind::kRole:
      if (expectation.role == Role::kLeading) return leads(view);
      return view &&
             (view->role == expectation.role || (expectation.role == Role::kLooking && view->role == Role::kSettling));
    case ExpectKind::kLevel:
      return view && view->serving && view->applied == world.committed();
    case ExpectKind::kBehind:
      return view && view->last_durable < world.committed();
    case ExpectKind::kAhead:
      return view && view->last_durable > world.committed();
    case ExpectKind::kProven:
      return view && view->knows_its_history;
    case ExpectKind::kEpoch:
      return view &&
             holds(expectation.relation, static_cast<std::uint64_t>(view->current_epoch.value), expectation.number);
    default:
      return false;
  }
}

/// Writes whose success was heard of in the window; `sent_within`: and that were sent in it, too.
std::uint64_t acknowledged_writes(const Expectation& expectation, const WorldView& world, bool sent_within) {
  const History& history = world.history();
  std::uint64_t count = 0;
  for (const Item& item : history.items) {
    if (item.operation == kNoOperation || item.error != ErrorCode::kOk) continue;
    if (item.at < expectation.from || item.at > expectation.at) continue;
    const Operation& op = history.operations[item.operation];
    if (op.xid.value <= 0 || !is_write(op.type) || (sent_within && op.sent_at < expectation.from)) continue;
    const ConnectionRecord& connection = history.connections[item.connection];
    if (expectation.client != 0 && std::int64_t{connection.client} + 1 != expectation.client) continue;
    if (expectation.set != 0 && (expectation.set >> connection.server & 1) == 0) continue;
    ++count;
  }
  return count;
}

/// Grants, takes or increments that were heard of in the window.
template <class Event>
std::uint64_t in_window(const std::vector<Event>& events, const Expectation& expectation) {
  std::uint64_t count = 0;
  for (const Event& event : events) {
    if (event.at < expectation.from || event.at > expectation.at) continue;
    if (expectation.client == 0 || std::int64_t{event.client} + 1 == expectation.client) ++count;
  }
  return count;
}

std::string unmet_count(const Expectation& expectation, std::uint64_t seen, const char* what) {
  return holds(expectation.relation, seen, expectation.number) ? "" : text("there were ", seen, " ", what);
}

std::string unmet_holder(const Expectation& expectation, const std::vector<LockGrant>& grants) {
  if (grants.empty()) return "nobody ever held the lock";
  const LockGrant& last = grants.back();
  if (std::int64_t{last.client} + 1 == expectation.client && !last.given_back) return "";
  return text("c", last.client + 1, last.given_back ? " held it last, and has given it back" : " holds it");
}

std::string unmet_by_servers(const Expectation& expectation, const WorldView& world) {
  for (std::uint32_t i = 0; i < world.size(); ++i) {
    if (expectation.set != 0 && (expectation.set >> i & 1) == 0) continue;
    if (is_so(expectation, world.member(i), world) != expectation.wanted) {
      return text(world.describe(i), "; committed ", hex(world.committed().value));
    }
  }
  return "";
}

std::string unmet_leader(const Expectation& expectation, const WorldView& world) {
  bool found = false;
  for (std::uint32_t i = 0; i < world.size(); ++i) {
    if (!leads(world.member(i))) continue;
    if (expectation.kind == ExpectKind::kNoLeader || (expectation.set >> i & 1) == 0) return world.describe(i);
    found = true;
  }
  if (found || expectation.kind == ExpectKind::kNoLeader) return "";
  std::string out = "no leader:";
  for (std::uint32_t i = 0; i < world.size(); ++i) out += text("\n    ", world.describe(i));
  return out;
}

}  // namespace

std::string unmet(const Expectation& expectation, const WorldView& world) {
  switch (expectation.kind) {
    case ExpectKind::kServing:
    case ExpectKind::kRole:
    case ExpectKind::kUp:
    case ExpectKind::kLevel:
    case ExpectKind::kBehind:
    case ExpectKind::kAhead:
    case ExpectKind::kProven:
    case ExpectKind::kEpoch:
      return unmet_by_servers(expectation, world);
    case ExpectKind::kLeaderAmong:
    case ExpectKind::kNoLeader:
      return unmet_leader(expectation, world);
    case ExpectKind::kCommitted:
    case ExpectKind::kElections: {
      const std::uint64_t seen = expectation.kind == ExpectKind::kCommitted ? world.commits() : world.elections();
      return holds(expectation.relation, seen, expectation.number) ? "" : text("there are ", seen);
    }
    case ExpectKind::kAcks: {
      const std::uint64_t seen = acknowledged_writes(expectation, world, false);
      return holds(expectation.relation, seen, expectation.number) ? "" : text(seen, " acknowledged writes arrived");
    }
    case ExpectKind::kLocks:
      return unmet_count(expectation, in_window(world.history().recipes.grants, expectation), "grants of the lock");
    case ExpectKind::kTaken:
      return unmet_count(expectation, in_window(world.history().recipes.takes, expectation), "items taken");
    case ExpectKind::kIncrements:
      return unmet_count(expectation, in_window(world.history().recipes.increments, expectation), "increments");
    case ExpectKind::kHolder:
      return unmet_holder(expectation, world.history().recipes.grants);
    case ExpectKind::kWrite: {
      const std::uint64_t count = acknowledged_writes(expectation, world, true);
      return (count > 0) == expectation.wanted ? "" : text(count, " of its writes from then on were acknowledged");
    }
    case ExpectKind::kAckedSurvive:
      return "";
  }
  return "";
}

std::vector<std::int64_t> Expectations::times() const {
  std::vector<std::int64_t> times;
  for (const Expectation& expectation : scenario_.expectations) times.push_back(expectation.at);
  return times;
}

void Expectations::look(std::size_t index, const WorldView& world) {
  const Expectation& expectation = scenario_.expectations[index];
  ++looked_;
  const std::string seen = unmet(expectation, world);
  if (!seen.empty()) fail(laws::kExpected, text("line ", expectation.line, ": \"", expectation.text, "\", but ", seen));
}

void Expectations::end() const {
  if (looked_ == scenario_.expectations.size()) return;
  fail(laws::kExpected,
       text("the run was over before ", scenario_.expectations.size() - looked_, " of the expectations were due"));
}

}  // namespace vivarium::sim
