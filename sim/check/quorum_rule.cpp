// Quorums, counted naively; see quorum_rule.h.
#include "sim/check/quorum_rule.h"

#include <map>

#include "kernel/base/assert.h"

namespace vivarium::sim {

QuorumRule::QuorumRule(const EnsembleConfig& ensemble)
    : standalone_(ensemble.empty()),
      hierarchical_(ensemble.hierarchical),
      members_(ensemble.members.begin(), ensemble.members.end()) {
  if (standalone_) members_.push_back(MemberConfig{ServerId{1}, true, 0, 1});
  KASSERT(members_.size() <= 32);
}

bool QuorumRule::may_lead(ServerId id) const {
  for (const MemberConfig& member : members_) {
    if (member.id == id) return member.voter && (!hierarchical_ || member.weight != 0);
  }
  return false;
}

bool QuorumRule::is_quorum(std::uint32_t set) const {
  if (!hierarchical_) {
    std::size_t voters = 0, present = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (!members_[i].voter) continue;
      ++voters;
      present += set >> i & 1;
    }
    return present * 2 > voters;
  }
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> groups;  // weight in all, weight present
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (!members_[i].voter || members_[i].weight == 0) continue;
    auto& [all, present] = groups[members_[i].group];
    all += members_[i].weight;
    present += (set >> i & 1) != 0 ? members_[i].weight : 0;
  }
  std::size_t won = 0;
  for (const auto& [group, weights] : groups) won += weights.second * 2 > weights.first ? 1 : 0;
  return won * 2 > groups.size();
}

}  // namespace vivarium::sim
