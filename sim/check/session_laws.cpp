// Laws of sessions that need time; see session_laws.h.
#include "sim/check/session_laws.h"

#include <algorithm>

#include "kernel/base/bytes.h"
#include "kernel/wire/op_code.h"
#include "sim/check/laws.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {
constexpr std::int64_t kLongestTail = 16;  // of draw_latency
}

SessionLaws::SessionLaws(const Plan& plan) : plan_(plan) {
  std::int64_t drift = 0;
  for (const Atom& atom : plan.atoms) {
    if (atom.kind == AtomKind::kDrift) drift = std::max(drift, atom.value);
  }
  least_ = plan.session_timeout / (1000 + drift) * 1000;
  lag_ = plan.tick / 2 + 2 * kLongestTail * (plan.peer_floor + plan.peer_spread) + 6 * plan.turn_spread + 1'000'000;
}

void SessionLaws::contact(std::uint32_t server, SessionId session, std::int64_t now) {
  Contacts& contacts = contacts_[session.value];
  if (contacts.at.empty()) contacts.at.assign(static_cast<std::size_t>(plan_.members()), -1);
  contacts.at[server] = now;
}

void SessionLaws::leads(std::uint32_t server, std::int64_t epoch, std::int64_t now) {
  if (epoch < reign_ || (epoch == reign_ && server == leader_))
    return;  // a deposed leader may believe in itself for a while
  reign_ = epoch;
  leader_ = server;
  reign_began_ = now;
}

void SessionLaws::refused(SessionId session) const {
  if (closed_.contains(session.value)) return;
  fail(laws::kEarlyExpiry,
       text("a client is told that session ", hex(session.value), " is gone, but nothing closed it"));
}

void SessionLaws::appended(std::uint32_t server, Zxid zxid, std::string_view txn, std::int64_t now) {
  ByteReader in(txn);
  const SessionId session{in.i64()};
  const std::int32_t cxid = in.i32();
  in.i64();
  in.i64();
  const auto type = static_cast<OpCode>(in.i32());
  if (type == OpCode::kCreateSession) contacts_[session.value].created = now;
  if (type != OpCode::kCloseSession) return;
  closed_.insert(session.value);
  if (cxid == 0) judge_expiry(server, zxid, session, now);  // otherwise the client's own wish
}

void SessionLaws::judge_expiry(std::uint32_t server, Zxid zxid, SessionId session, std::int64_t now) const {
  const auto found = contacts_.find(session.value);
  if (found == contacts_.end()) return;
  const Contacts& contacts = found->second;
  if (now - contacts.created < least_) expired_early(server, zxid, session, now - contacts.created, "its beginning");
  if (leader_ == server && now - reign_began_ < least_)
    expired_early(server, zxid, session, now - reign_began_, "the leader's beginning");
  const bool calm =
      now - disturbed_until_ > 2 * plan_.session_timeout && now - reign_began_ > 2 * plan_.session_timeout;
  for (std::uint32_t other = 0; other < contacts.at.size(); ++other) {
    const std::int64_t silence = now - contacts.at[other];
    if (contacts.at[other] < 0 || silence >= least_) continue;
    if (other == server) expired_early(server, zxid, session, silence, "the client was heard by the leader");
    if (calm && silence >= lag_) expired_early(server, zxid, session, silence, "the client was heard by a learner");
  }
}

void SessionLaws::expired_early(std::uint32_t server, Zxid zxid, SessionId session, std::int64_t silence,
                                const char* since) const {
  fail(laws::kEarlyExpiry,
       text("s", server + 1, "'s txn ", hex(zxid.value), " expires session ", hex(session.value), " ",
            time_text(silence), " after ", since, ", ", time_text(plan_.session_timeout), " were promised"));
}

}  // namespace vivarium::sim
