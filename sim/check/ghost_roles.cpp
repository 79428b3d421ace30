// Leaders, votes and commits as the ghost judges them; see ghost.h.
#include <algorithm>
#include <tuple>

#include "sim/check/ghost.h"
#include "sim/check/laws.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {

// ---- what a member says of itself
// -------------------------------------------------------------------------------------

void Ghost::judge_disk_agreement(Member member, const MemberView& view) const {
  const MemberState& m = members_[member];
  if (!m.cuts.empty() || m.knows_nothing || !view.knows_its_history || view.ahead_of_disk) return;
  const Zxid durable = zxid(m.log.last_durable());
  if (view.last_durable > durable) {
    fail(laws::kMemoryDisk,
         text(name(member), " believes ", hex(view.last_durable.value), " durable, its disk has ", hex(durable.value)));
  }
  if (view.role != Role::kLooking) return;
  const Zxid logged = zxid(m.log.last());
  if (view.last_logged != logged || logged != durable) {
    fail(laws::kMemoryDisk,
         text(name(member), " looks for a leader as of ", hex(view.last_logged.value), ", its log ends at ",
              hex(logged.value), " and is durable up to ", hex(durable.value)));
  }
}

void Ghost::judge_vote(Member member, const MemberView& before, const MemberView& view) const {
  if (before.role != Role::kLooking || view.role != Role::kLooking || before.round != view.round) return;
  if (view.vote_zxid < Zxid{}) return;  // it has learnt that it does not know what it had: nobody counts that
  const auto key = [](const MemberView& v) { return std::tuple(v.vote_epoch, v.vote_zxid, v.vote_leader); };
  if (key(view) >= key(before) || !rule_.may_lead(before.vote_leader)) return;
  fail(laws::kVoteOrder,
       text(name(member), " in round ", view.round, " votes for s", view.vote_leader.value, " (epoch ",
            view.vote_epoch.value, ", ", hex(view.vote_zxid.value), ") after s", before.vote_leader.value, " (epoch ",
            before.vote_epoch.value, ", ", hex(before.vote_zxid.value), ")"));
}

// ---- leaders
// -----------------------------------------------------------------------------------------------------------

void Ghost::judge_leader(Member member, const MemberView& before, const MemberView& view) {
  const bool leads = view.role == Role::kLeading, led = before.role == Role::kLeading;
  if (leads) members_[member].led = view.leader_epoch;
  if (led && (!leads || view.leader_epoch != before.leader_epoch)) {
    const auto old = crowns_.find(before.leader_epoch.value);
    if (old != crowns_.end() && old->second.leader == member) old->second.over = true;
  }
  if (!leads || (view.current_epoch != view.leader_epoch && !view.established)) return;
  const auto found = crowns_.find(view.leader_epoch.value);
  if (found == crowns_.end()) {
    crown(member, view.leader_epoch);
  } else if (found->second.leader != member || found->second.over) {
    fail(laws::kLeaderUnique, text(name(member), " leads epoch ", view.leader_epoch.value, ", which ",
                                   name(found->second.leader), found->second.leader == member ? " had left" : " led"));
  }
  Crown& reign = crowns_[view.leader_epoch.value];
  if (view.established && !reign.established) establish(reign, view.leader_epoch);
}

void Ghost::crown(Member member, Epoch epoch) {
  std::uint32_t promises = 0;
  for (Member other = 0; other < members_.size(); ++other)
    promises |= members_[other].promised >= epoch ? 1u << other : 0;
  if (!rule_.is_voter(member) || !rule_.is_quorum(promises)) {
    fail(laws::kQuorumCount,
         text(name(member), " leads epoch ", epoch.value, " without the promises of a quorum of voters"));
  }
  // A leader that is a quorum by itself is crowned and proposes in one step.
  const TxnIndex proposal = members_[member].new_proposal;
  const bool proposed = proposal != kNoTxn && zxid(proposal).epoch() == epoch;
  const TxnIndex initial = proposed ? book_[proposal].parent : members_[member].log.last();
  // One that slept through a later epoch wakes to the promises that it had collected. It will find no quorum to join
  // it, and what the later leader has committed is none of its duty.
  const TxnIndex due = book_.last_committed_before(epoch);
  if (!book_.reaches(initial, due)) {
    fail(laws::kLeaderComplete,
         text(name(member), " leads epoch ", epoch.value, " with a history up to ", hex(zxid(initial).value),
              ", which lacks ", hex(zxid(due).value), ", committed and durable on", holders_text(due)));
  }
  crowns_[epoch.value] = Crown{member, initial, false, false};
}

void Ghost::establish(Crown& crown, Epoch epoch) const {
  std::uint32_t joined = 0;
  for (Member other = 0; other < members_.size(); ++other) joined |= members_[other].joined >= epoch ? 1u << other : 0;
  if (!rule_.is_quorum(joined)) {
    fail(laws::kQuorumCount,
         text(name(crown.leader), " is established in epoch ", epoch.value, ", which no quorum of voters has joined"));
  }
  crown.established = true;
}

void Ghost::judge_joined(Member member, Epoch epoch) const {
  const MemberState& m = members_[member];
  const auto found = crowns_.find(epoch.value);
  if (found == crowns_.end()) {
    // The leader itself writes its epoch before it is seen to lead, and may have stopped to lead meanwhile.
    if (m.led == epoch) return;
    fail(laws::kFollowerPrefix, text(name(member), " joins epoch ", epoch.value, ", which nobody leads"));
  }
  if (found->second.leader == member) return;
  const TxnIndex last = m.log.last_durable();
  const bool proper = last == found->second.initial || zxid(last).epoch() == epoch;
  if (proper && m.cuts.empty()) return;
  fail(laws::kFollowerPrefix,
       text(name(member), " joins epoch ", epoch.value, " with ", m.cuts.empty() ? "" : "a cut under way and ",
            "history ", hex(zxid(last).value), ", ", name(found->second.leader), " began it with ",
            hex(zxid(found->second.initial).value)));
}

void Ghost::judge_new_proposals(Member member) {
  const MemberState& m = members_[member];
  const TxnBook::Entry& txn = book_[m.new_proposal];
  const auto found = crowns_.find(txn.zxid.epoch().value);
  if (found == crowns_.end() || found->second.leader != member) {
    fail(m.new_expiry ? laws::kExpiryByLeader : laws::kUnproposed,
         text(name(member), " proposes ", hex(txn.zxid.value), " and does not lead its epoch"));
  }
  if (!found->second.established) {
    fail(m.new_expiry ? laws::kExpiryByLeader : laws::kPrimaryOrder,
         text(name(member), " proposes ", hex(txn.zxid.value), " before a quorum has joined its epoch"));
  }
  if (txn.parent != found->second.initial && zxid(txn.parent).epoch() != txn.zxid.epoch()) {
    fail(laws::kPrimaryOrder,
         text(name(member), " proposes ", hex(txn.zxid.value), " behind ", hex(zxid(txn.parent).value),
              ", it began the epoch with ", hex(zxid(found->second.initial).value)));
  }
}

// ---- commits
// -----------------------------------------------------------------------------------------------------------

void Ghost::judge_commits(Member member, const MemberView& view) {
  MemberState& m = members_[member];
  m.commits_in = view.leader_epoch;
  const auto judge = [&](Zxid seen, const char* what) {
    const TxnIndex txn = book_.find(seen);
    if (txn == kNoTxn)
      fail(laws::kUnproposed, text(name(member), " has ", what, " ", hex(seen.value), ", which nobody proposed"));
    if (book_[txn].place == kUncommitted) commit_through(member, txn);
    m.commit_point = std::max(m.commit_point, book_[txn].place);
  };
  if (view.committed != m.view.committed || !m.view.serving) judge(view.committed, "committed");
  if (view.applied != m.view.applied || !m.view.serving) judge(view.applied, "applied");
}

void Ghost::commit_through(Member member, TxnIndex last) {
  std::vector<TxnIndex> path;
  for (TxnIndex txn = last; book_[txn].place == kUncommitted; txn = book_[txn].parent) path.push_back(txn);
  if (path.empty()) return;
  if (book_[path.back()].parent != book_.last_committed()) {
    fail(laws::kTotalOrder,
         text(name(member), " commits ", hex(zxid(path.back()).value), " behind ",
              hex(zxid(book_[path.back()].parent).value), ", but the last committed is ", hex(committed().value)));
  }
  for (auto txn = path.rbegin(); txn != path.rend(); ++txn) commit_one(member, *txn);
}

void Ghost::commit_one(Member member, TxnIndex txn) {
  if (!held_by_quorum(txn) && !was_held_by_quorum(txn)) {
    fail(laws::kCommitDurable,
         text(name(member), " has committed ", hex(zxid(txn).value), ", which is durable on", holders_text(txn)));
  }
  // Whoever was crowned after the leader that commits it must have it. (One before, that never got anywhere, may not.)
  for (auto later = crowns_.upper_bound(members_[member].commits_in.value); later != crowns_.end(); ++later) {
    if (book_.reaches(later->second.initial, txn)) continue;
    fail(laws::kFencing, text(name(member), " has committed ", hex(zxid(txn).value), ", but ",
                              name(later->second.leader), " leads epoch ", later->first, " without it"));
  }
  book_.commit(txn, members_[member].commits_in);
}

void Ghost::judge_digest(Member member, Zxid applied, std::uint64_t digest) {
  const TxnIndex txn = book_.find(applied);
  if (txn == kNoTxn)
    fail(laws::kUnproposed, text(name(member), " has applied ", hex(applied.value), ", which nobody proposed"));
  TxnBook::Entry& entry = book_.edit(txn);
  if (!entry.has_digest) {
    entry.has_digest = true;
    entry.digest = digest;
  } else if (entry.digest != digest) {
    fail(laws::kDigest, text(name(member), " has digest ", hex(digest), " at ", hex(applied.value),
                             ", another member had ", hex(entry.digest)));
  }
}

}  // namespace vivarium::sim
