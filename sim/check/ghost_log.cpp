// What the ghost knows of each member's disk: what recovery would return if it crashed now; see ghost.h.
#include <algorithm>

#include "kernel/base/bytes.h"
#include "kernel/wire/op_code.h"
#include "sim/check/ghost.h"
#include "sim/check/laws.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

/// A closeSession that no client asked for (cxid 0).
bool is_expiry(std::string_view txn) {
  ByteReader in(txn);
  in.i64();
  const std::int32_t cxid = in.i32();
  in.i64();
  in.i64();
  const auto type = static_cast<OpCode>(in.i32());
  return in.ok() && type == OpCode::kCloseSession && cxid == 0;
}

}  // namespace

// ---- the log lane
// ------------------------------------------------------------------------------------------------------

void Ghost::on_append(Member member, Zxid at, std::string_view bytes, std::int64_t wall_ms) {
  MemberState& m = members_[member];
  const TxnIndex parent = m.log.last();
  TxnIndex txn = book_.find(at);
  if (txn == kNoTxn) {
    if (at <= zxid(parent))
      fail(laws::kContiguity, text(name(member), " appends ", hex(at.value), " behind ", hex(zxid(parent).value)));
    txn = book_.add(at, parent, bytes, member, wall_ms);
    if (m.new_proposal == kNoTxn) m.new_proposal = txn;
    m.new_expiry |= is_expiry(bytes);
  } else if (book_.bytes(txn) != bytes) {
    fail(laws::kTxnIdentity, text(name(member), " appends ", hex(at.value), " as ", quoted(bytes), ", ",
                                  name(book_[txn].proposer), " proposed it as ", quoted(book_.bytes(txn))));
  } else if (book_[txn].parent != parent) {
    fail(laws::kPrimaryOrder, text(name(member), " appends ", hex(at.value), " behind ", hex(zxid(parent).value), ", ",
                                   name(book_[txn].proposer), " had it behind ", hex(zxid(book_[txn].parent).value)));
  }
  m.log.records.push_back(txn);
}

void Ghost::on_truncate(Member member, Zxid to) {
  MemberState& m = members_[member];
  std::vector<TxnIndex>& records = m.log.records;
  const auto from = std::partition_point(records.begin(), records.end(), [&](TxnIndex t) { return zxid(t) <= to; });
  const auto kept = static_cast<std::size_t>(from - records.begin());
  forget_as_guest(m);
  m.cuts.push_back({m.log, kept});
  std::vector<TxnIndex> dropped(from, records.end());
  drop_holders(member, kept);
  records.resize(kept);
  m.log.durable = std::min(m.log.durable, kept);
  if (zxid(m.log.base) > to) {
    // The snapshot goes, too, and with it everything: only a leader's snapshot helps this member.
    for (TxnIndex t = m.log.base; t != kRoot && zxid(t) > to; t = book_[t].parent) dropped.push_back(t);
    m.log.base = m.snapshot = kRoot;
    m.knows_nothing = true;
  } else if (zxid(m.snapshot) > to) {
    m.snapshot = m.log.base;
  }
  judge_cut(member, dropped, text("cuts its log behind ", hex(to.value)));
}

void Ghost::on_reset(Member member, Zxid to) {
  MemberState& m = members_[member];
  const TxnIndex base = book_.find(to);
  if (base == kNoTxn || m.snapshot != base) {
    fail(laws::kMemoryDisk,
         text(name(member), " gives its log up for a snapshot at ", hex(to.value), ", which is not durable"));
  }
  forget_as_guest(m);
  m.cuts.push_back({m.log, 0});
  std::vector<TxnIndex> dropped;
  for (const TxnIndex txn : m.log.records) {
    if (!book_.reaches(base, txn)) dropped.push_back(txn);
  }
  drop_holders(member, 0);
  m.log = DurableLog{base, {}, 0};
  judge_cut(member, dropped, text("gives its log up for a snapshot at ", hex(to.value)));
}

void Ghost::judge_cut(Member member, const std::vector<TxnIndex>& dropped, std::string_view how) {
  for (const TxnIndex txn : dropped) {
    const std::uint32_t place = book_[txn].place;
    if (place == kUncommitted) continue;
    if (place <= members_[member].commit_point) {
      fail(laws::kCommittedCut, text(name(member), " ", how, ", but knew ", hex(zxid(txn).value), " to be committed"));
    }
    const bool is_guest = !members_[member].view.knows_its_history;  // it holds it again before it counts
    if (!held_by_quorum(txn) && !(is_guest && was_held_by_quorum(txn))) {
      fail(laws::kCommittedCut, text(name(member), " ", how, ", but ", hex(zxid(txn).value),
                                     " is committed, and durable only on", holders_text(txn)));
    }
  }
}

// ---- what the disk has done
// --------------------------------------------------------------------------------------------

void Ghost::on_durable(Member member, Zxid up_to) {
  MemberState& m = members_[member];
  const std::vector<TxnIndex>& records = m.log.records;
  const auto behind =
      std::partition_point(records.begin(), records.end(), [&](TxnIndex t) { return zxid(t) <= up_to; });
  const auto count = static_cast<std::size_t>(behind - records.begin());
  // A sync of a log that was cut since says nothing of what is appended behind the cut.
  if (count <= m.log.durable || zxid(records[count - 1]) != up_to) return;
  add_holders(member, m.log.durable, count);
  m.log.durable = count;
}

/// What a cut was to replace: what it kept survives for certain, the rest may.
void Ghost::hide_cut(MemberState& m, const PendingCut& cut) {
  m.hidden.push_back(cut.before);
  m.hidden.back().durable = std::min(cut.before.durable, cut.kept);
}

void Ghost::on_cut_failed(Member member) {
  MemberState& m = members_[member];
  if (m.cuts.empty()) return;
  hide_cut(m, m.cuts.front());
  m.knows_nothing = true;
  m.cuts.erase(m.cuts.begin());
}

void Ghost::on_cut_durable(Member member) {
  MemberState& m = members_[member];
  if (m.cuts.empty()) return;
  const std::size_t kept = std::min(m.cuts.front().kept, m.log.records.size());
  if (m.cuts.size() == 1 && kept > m.log.durable) {
    add_holders(member, m.log.durable, kept);
    m.log.durable = kept;
  }
  m.cuts.erase(m.cuts.begin());
  if (m.log.base != kRoot) m.knows_nothing = false;
}

void Ghost::on_snapshot_durable(Member member, Zxid at) {
  const TxnIndex txn = book_.find(at);
  if (txn == kNoTxn)
    fail(laws::kUnproposed, text(name(member), " has a snapshot at ", hex(at.value), ", which nobody proposed"));
  members_[member].snapshot = txn;
}

void Ghost::on_epochs_durable(Member member, Epoch accepted, Epoch current) {
  members_[member].forgotten.clear();  // it counts from here on: a repair writes its epochs last
  take_epochs(member, accepted, current);
}

void Ghost::take_epochs(Member member, Epoch accepted, Epoch current) {
  MemberState& m = members_[member];
  if (current > accepted)
    fail(laws::kEpochBack, text(name(member), " has current epoch ", current.value, ", accepted ", accepted.value));
  if (accepted < m.accepted || current < m.current) {
    fail(laws::kEpochBack, text(name(member), " goes back from epochs ", m.accepted.value, "/", m.current.value, " to ",
                                accepted.value, "/", current.value));
  }
  const bool joins = current > m.current;
  m.accepted = accepted;
  m.current = current;
  m.amnesiac = false;
  m.promised = std::max(m.promised, accepted);
  m.joined = std::max(m.joined, current);
  // It may leave the throne in the step in which it learns that it has it.
  const bool ascends = m.view.role == Role::kLeading && m.view.leader_epoch == current;
  if (joins && ascends && !crowns_.contains(current.value)) crown(member, current);
  if (joins) judge_joined(member, current);
}

/// A repair replaces what this member held. It may have been acknowledged, and counts until the repair is complete.
void Ghost::forget_as_guest(MemberState& m) {
  if (!m.view.knows_its_history) forget(m);
}

void Ghost::forget(MemberState& m) {
  const TxnIndex end = m.log.last_durable();
  if (end != kRoot && (m.forgotten.empty() || m.forgotten.back() != end)) m.forgotten.push_back(end);
}

void Ghost::on_damaged(Member member) { members_[member].damaged = true; }

void Ghost::forget_everything(Member member) {
  MemberState& m = members_[member];
  drop_holders(member, 0);
  forget(m);
  m.unproven = true;
  m.log = DurableLog{};
  m.cuts.clear();
  m.snapshot = kRoot;
  m.commit_point = 0;
}

void Ghost::on_wiped(Member member) {
  forget_everything(member);
  MemberState& m = members_[member];
  m.hidden.clear();
  m.accepted = m.current = Epoch{};
  m.knows_nothing = m.amnesiac = false;  // the new disk may fail to be read, too: what was done stays done
}

// ---- recovery
// ----------------------------------------------------------------------------------------------------------

/// The disk cannot be believed. Nothing on it counts until it is repaired, or read after all.
void Ghost::find_damage(Member member, std::string_view how) {
  MemberState& m = members_[member];
  if (!m.damaged) fail(laws::kRefused, text(name(member), " ", how, " as damaged, but nothing was done to its disk"));
  for (const PendingCut& cut : m.cuts) hide_cut(m, cut);
  if (m.log.last() != kRoot) m.hidden.push_back(m.log);
  forget_everything(member);
  m.knows_nothing = true;
}

const Ghost::DurableLog* Ghost::log_ending_in(const MemberState& m, TxnIndex last) const {
  const auto ends_in = [&](const DurableLog& log) {
    return log.base == last || std::binary_search(log.records.begin(), log.records.end(), last,
                                                  [&](TxnIndex a, TxnIndex b) { return zxid(a) < zxid(b); });
  };
  if (ends_in(m.log)) return &m.log;
  for (const PendingCut& cut : m.cuts) {
    if (ends_in(cut.before)) return &cut.before;
  }
  // A repair that could not be completed leaves what it was to replace.
  if (!m.knows_nothing && m.cuts.empty()) return nullptr;
  const DurableLog* found = nullptr;
  for (const DurableLog& log : m.hidden) {
    if (ends_in(log) && (found == nullptr || zxid(log.last_durable()) < zxid(found->last_durable()))) found = &log;
  }
  return found;
}

bool Ghost::is_hidden(const MemberState& m, const DurableLog* log) {
  return std::any_of(m.hidden.begin(), m.hidden.end(), [&](const DurableLog& hidden) { return &hidden == log; });
}

void Ghost::on_recovered(Member member, const RecoveredState& recovered) {
  MemberState& m = members_[member];
  if (recovered.verdict == RecoveryVerdict::kFaulty) return find_damage(member, "recovers");
  m.amnesiac = recovered.verdict == RecoveryVerdict::kAmnesia;
  const bool empty = m.log.last() == kRoot;  // an empty history cannot be told from a lost one
  if (m.amnesiac && !m.damaged && !m.unproven && !empty) {
    fail(laws::kRefused, text(name(member), " recovers without its epochs, but nothing was done to its disk"));
  }
  const TxnIndex last = book_.find(recovered.last_zxid);
  if (last == kNoTxn) {
    fail(laws::kRecovered,
         text(name(member), " recovers to ", hex(recovered.last_zxid.value), ", which nobody appended"));
  }
  DurableLog found;
  if (const DurableLog* log = log_ending_in(m, last)) {
    found = *log;
  } else if (recovered.snapshot_zxid == recovered.last_zxid && zxid(last) >= zxid(m.log.last_durable())) {
    found.base = last;  // a leader's snapshot, complete before anybody was told
  } else {
    const bool less = zxid(last) < zxid(m.log.last_durable());
    const char* law = !less ? laws::kRecovered : m.damaged ? laws::kSilentLoss : laws::kDurability;
    fail(law, text(name(member), " recovers to ", hex(zxid(last).value), ", its log was ", hex(zxid(m.log.base).value),
                   " and ", m.log.records.size(), " records up to ", hex(zxid(m.log.last()).value)));
  }
  judge_recovered_end(member, last, found);
  adopt(member, std::move(found), last);
  m.knows_nothing = false;
  if (rule_.standalone()) {
    commit_through(member, last);
    book_.forget_after(zxid(last));
    return;
  }
  judge_recovered_epochs(member, recovered);
}

void Ghost::judge_recovered_end(Member member, TxnIndex last, const DurableLog& log) const {
  // An old log that a pending cut had begun to replace may end anywhere behind the cut.
  const MemberState& m = members_[member];
  const Zxid least =
      m.cuts.empty() ? zxid(log.last_durable()) : std::min(zxid(log.last_durable()), zxid(m.log.last_durable()));
  if (zxid(last) >= least) return;
  fail(m.damaged ? laws::kSilentLoss : laws::kDurability,
       text(name(member), " recovers to ", hex(zxid(last).value), ", but ", hex(least.value), " was durable"));
}

void Ghost::adopt(Member member, DurableLog log, TxnIndex last) {
  MemberState& m = members_[member];
  drop_holders(member, 0);
  for (const PendingCut& cut : m.cuts) {
    for (std::size_t i = 0; i < cut.before.durable; ++i) book_.edit(cut.before.records[i]).holders &= ~(1u << member);
  }
  while (!log.records.empty() && zxid(log.records.back()) > zxid(last)) log.records.pop_back();
  m.log = std::move(log);
  m.cuts.clear();
  m.hidden.clear();
  m.log.durable = 0;
  if (!book_.reaches(last, m.snapshot) || book_.reaches(m.log.base, m.snapshot)) m.snapshot = m.log.base;
  add_holders(member, 0, m.log.records.size());
  m.log.durable = m.log.records.size();
}

void Ghost::judge_recovered_epochs(Member member, const RecoveredState& recovered) {
  MemberState& m = members_[member];
  if (m.amnesiac) {
    const bool empty = recovered.last_zxid == Zxid{};  // then what it says of its epochs is all that there is
    m.accepted = empty ? recovered.accepted_epoch.value_or(Epoch{}) : Epoch{};
    m.current = empty ? recovered.current_epoch.value_or(Epoch{}) : Epoch{};
    return;
  }
  const Epoch accepted = recovered.accepted_epoch.value_or(Epoch{}),
              current = recovered.current_epoch.value_or(Epoch{});
  if (recovered.last_zxid.epoch() > accepted) {
    fail(laws::kEpochBack,
         text(name(member), " recovers to ", hex(recovered.last_zxid.value), " with accepted epoch ", accepted.value));
  }
  // What could not be read for a while was joined before; the log may be a later leader's by now.
  if (current <= m.joined) m.current = std::max(m.current, current);
  take_epochs(member, accepted, current);
}

void Ghost::on_reloaded(Member member, const RecoveredState& recovered) {
  MemberState& m = members_[member];
  if (recovered.verdict == RecoveryVerdict::kFaulty) return find_damage(member, "reloads");
  const TxnIndex last = book_.find(recovered.last_zxid);
  if (last != kNoTxn && book_.reaches(m.log.last(), last) && zxid(last) >= zxid(m.log.last_durable())) return;
  // The leader's snapshot has its name already, and the log that it replaces is not reset yet.
  if (last != kNoTxn && m.snapshot == last && zxid(last) > zxid(m.log.last()))
    return adopt(member, DurableLog{last, {}, 0}, last);
  const DurableLog* log = last == kNoTxn ? nullptr : log_ending_in(m, last);
  const bool before_a_repair = log != nullptr && log != &m.log && !m.cuts.empty();
  if (before_a_repair) return adopt(member, *log, last);
  if (is_hidden(m, log)) {
    adopt(member, *log, last);
    m.knows_nothing = false;
    return;
  }
  // Half cut, and its base unreadable: it may find any part of what it had, and votes on none of it.
  if (last != kNoTxn && m.knows_nothing) return adopt(member, DurableLog{last, {}, 0}, last);
  fail(laws::kRecovered,
       text(name(member), " reloads to ", hex(recovered.last_zxid.value), ", its log ends at ",
            hex(zxid(m.log.last()).value), ", durable up to ", hex(zxid(m.log.last_durable()).value)));
}

// ---- holders
// -----------------------------------------------------------------------------------------------------------

void Ghost::add_holders(Member member, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) book_.edit(members_[member].log.records[i]).holders |= 1u << member;
}

void Ghost::drop_holders(Member member, std::size_t from) {
  const DurableLog& log = members_[member].log;
  for (std::size_t i = from; i < log.durable; ++i) book_.edit(log.records[i]).holders &= ~(1u << member);
}

bool Ghost::holds(Member member, TxnIndex txn) const {
  return (book_[txn].holders >> member & 1) != 0 || book_.reaches(members_[member].snapshot, txn);
}

bool Ghost::held_by_quorum(TxnIndex txn) const {
  if (rule_.is_quorum(book_[txn].holders)) return true;
  std::uint32_t holders = 0;
  for (Member member = 0; member < members_.size(); ++member) holders |= holds(member, txn) ? 1u << member : 0;
  return rule_.is_quorum(holders);
}

/// As above, and what a wiped or damaged disk held counts while its member does not: it was durable when it was
/// acknowledged.
bool Ghost::was_held_by_quorum(TxnIndex txn) const {
  std::uint32_t holders = 0;
  for (Member member = 0; member < members_.size(); ++member) {
    const auto& forgotten = members_[member].forgotten;
    const bool held =
        std::any_of(forgotten.begin(), forgotten.end(), [&](TxnIndex end) { return book_.reaches(end, txn); });
    if (held || holds(member, txn)) holders |= 1u << member;
  }
  return rule_.is_quorum(holders);
}

std::string Ghost::holders_text(TxnIndex txn) const {
  std::string out;
  for (Member member = 0; member < members_.size(); ++member) {
    if (holds(member, txn)) out += " " + name(member);
  }
  return out.empty() ? " nobody" : out;
}

}  // namespace vivarium::sim
