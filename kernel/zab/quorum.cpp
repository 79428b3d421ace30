#include "kernel/zab/quorum.h"

#include <algorithm>
#include <bit>

#include "kernel/base/assert.h"

namespace vivarium {

namespace {
constexpr std::int64_t kNoGroup = 0;
}

std::size_t VoterSet::size() const {
  std::size_t count = 0;
  for (const std::uint64_t word : words_) count += static_cast<std::size_t>(std::popcount(word));
  return count;
}

Quorum::Quorum(const EnsembleConfig& config) : hierarchical_(config.hierarchical) {
  for (const MemberConfig& member : config.members) {
    if (!member.voter) continue;
    KASSERT(voters_.size() < VoterSet::kMaxVoters);
    KIMPLIES(!voters_.empty(), voters_.back().id < member.id);
    KASSERT(member.weight >= 0);
    KASSERT(member.weight <= kMaxWeight);
    Voter voter{member.id, kNoGroup, 1};
    if (hierarchical_) {
      voter.group = member.group;
      // Apache refuses to start with a voter in no group. Here it has no say, and so must not lead either.
      voter.weight = member.group == kNoGroup ? 0 : member.weight;
    }
    voters_.push_back(voter);
  }
  if (hierarchical_) sum_groups();
}

void Quorum::sum_groups() {
  for (const Voter& voter : voters_) {
    if (voter.weight == 0) continue;  // a group in which nobody has weight is no group
    const auto found = groups_.find(voter.group);
    if (found == groups_.end()) {
      groups_.emplace(voter.group, voter.weight);
    } else {
      found->second += voter.weight;
    }
  }
}

std::size_t Quorum::index_of(ServerId id) const {
  const auto found = std::lower_bound(voters_.begin(), voters_.end(), id,
                                      [](const Voter& v, ServerId wanted) { return v.id < wanted; });
  if (found == voters_.end() || found->id != id) return kNotAVoter;
  return static_cast<std::size_t>(found - voters_.begin());
}

std::int64_t Quorum::weight(ServerId id) const {
  const std::size_t index = index_of(id);
  return index == kNotAVoter ? 0 : voters_[index].weight;
}

bool Quorum::contains_quorum(const VoterSet& set) const {
  return hierarchical_ ? contains_most_groups(set) : contains_majority(set);
}

bool Quorum::contains_majority(const VoterSet& set) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < voters_.size(); ++i) count += set.contains(i) ? 1 : 0;
  return count > voters_.size() / 2;
}

bool Quorum::contains_most_groups(const VoterSet& set) const {
  std::size_t won = 0;
  for (const auto& [group, total] : groups_) {
    std::int64_t weight = 0;
    for (std::size_t i = 0; i < voters_.size(); ++i) {
      if (voters_[i].group == group && set.contains(i)) weight += voters_[i].weight;
    }
    won += weight > total / 2 ? 1 : 0;
  }
  return won > groups_.size() / 2;
}

}  // namespace vivarium
