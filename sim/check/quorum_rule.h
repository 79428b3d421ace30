// Which members may decide, counted naively and apart from kernel/zab/quorum (Z16).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/config.h"

namespace vivarium::sim {

class QuorumRule {
 public:
  explicit QuorumRule(const EnsembleConfig& ensemble);

  bool standalone() const { return standalone_; }
  std::size_t size() const { return members_.size(); }
  ServerId id(std::size_t member) const { return members_[member].id; }
  /// A voter of weight.
  bool may_lead(ServerId id) const;
  bool is_voter(std::size_t member) const { return members_[member].voter; }
  /// `set`: one bit per member, by its place in the configuration.
  bool is_quorum(std::uint32_t set) const;

 private:
  bool standalone_ = false, hierarchical_ = false;
  std::vector<MemberConfig> members_;
};

}  // namespace vivarium::sim
