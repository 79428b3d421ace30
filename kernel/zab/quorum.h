// Which sets of voters may decide: a majority, or ZooKeeper's groups and weights (QuorumMaj, QuorumHierarchical).
//
// Pure functions of a configuration; any two quorums of one configuration intersect. Must never: count a server that is
// not a voter of this configuration (Z16).
#pragma once

#include <array>
#include <cstdint>

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/types.h"
#include "kernel/config.h"

namespace vivarium {

/// Voters by their index in a Quorum.
class VoterSet {
 public:
  static constexpr std::size_t kMaxVoters = 256;
  void insert(std::size_t index) { words_[index / 64] |= std::uint64_t{1} << (index % 64); }
  bool contains(std::size_t index) const { return (words_[index / 64] >> (index % 64) & 1) != 0; }
  std::size_t size() const;
  void clear() { words_ = {}; }
  friend bool operator==(const VoterSet&, const VoterSet&) = default;

 private:
  std::array<std::uint64_t, kMaxVoters / 64> words_{};
};

class Quorum {
 public:
  Quorum() = default;
  /// Voters of `config`, in id order. Precondition: at most kMaxVoters of them, weights from 0 to kMaxWeight.
  explicit Quorum(const EnsembleConfig& config);

  static constexpr std::size_t kNotAVoter = SIZE_MAX;
  /// Larger weights of a configuration are to be refused before they come here.
  static constexpr std::int64_t kMaxWeight = std::int64_t{1} << 40;
  std::size_t size() const { return voters_.size(); }
  ServerId id(std::size_t index) const { return voters_[index].id; }
  /// kNotAVoter for everybody else.
  std::size_t index_of(ServerId id) const;
  bool is_voter(ServerId id) const { return index_of(id) != kNotAVoter; }
  /// 0 for a server that may never lead.
  std::int64_t weight(ServerId id) const;
  /// Majority: more than half of the voters. Hierarchical: in more than half of the groups that have any weight, voters
  /// of more than half of the group's weight.
  bool contains_quorum(const VoterSet& set) const;

 private:
  struct Voter {
    ServerId id;
    std::int64_t group = 0;
    std::int64_t weight = 1;
  };

  void sum_groups();
  bool contains_majority(const VoterSet& set) const;
  bool contains_most_groups(const VoterSet& set) const;

  bool hierarchical_ = false;
  Vector<Voter> voters_;
  FlatMap<std::int64_t, std::int64_t> groups_;  // hierarchical: total weight of every group that has any
};

}  // namespace vivarium
