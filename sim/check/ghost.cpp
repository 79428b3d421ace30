// The ghost's step; see ghost.h. Disks are in ghost_log.cpp, leaders and commits in ghost_roles.cpp.
#include "sim/check/ghost.h"

#include <algorithm>

#include "sim/report/text.h"

namespace vivarium::sim {

Ghost::Ghost(const EnsembleConfig& ensemble) : rule_(ensemble), members_(rule_.size()) {}

std::string Ghost::name(Member member) const { return text("s", rule_.id(member).value); }

void Ghost::on_stepped(Member member, const MemberView& view, std::uint64_t tree_digest, bool has_digest) {
  MemberState& m = members_[member];
  judge_disk_agreement(member, view);
  if (!rule_.standalone()) {
    if (m.up) judge_vote(member, m.view, view);
    judge_leader(member, m.view, view);
    if (m.new_proposal != kNoTxn) judge_new_proposals(member);
  }
  m.new_proposal = kNoTxn;
  m.new_expiry = false;
  if (view.serving) {
    judge_commits(member, view);
    m.unproven = false;
  }
  const bool whole = view.knows_its_history && !view.ahead_of_disk;
  if (has_digest && whole && view.applied != m.judged_applied) judge_digest(member, view.applied, tree_digest);
  m.judged_applied = whole ? view.applied : Zxid{-1};
  m.view = view;
  m.up = true;
}

void Ghost::on_down(Member member) {
  MemberState& m = members_[member];
  judge_leader(member, m.view, MemberView{});  // its reign is over
  m.view = MemberView{};
  m.up = false;
  m.new_proposal = kNoTxn;
  m.new_expiry = false;
  m.judged_applied = Zxid{-1};
}

Zxid Ghost::sync_promise(bool quorum_confirms) const {
  if (quorum_confirms) return committed();
  std::uint32_t least = kUncommitted;
  for (const auto& [epoch, crown] : crowns_) {
    if (crown.established && !crown.over) least = std::min(least, members_[crown.leader].commit_point);
  }
  return least == kUncommitted ? Zxid{0} : zxid(book_.committed(least));
}

Ghost::Reign Ghost::reign() const {
  for (auto crown = crowns_.rbegin(); crown != crowns_.rend(); ++crown) {
    if (crown->second.established) return {crown->second.over ? kNobody : crown->second.leader, Epoch{crown->first}};
  }
  return {};
}

}  // namespace vivarium::sim
