// Quorums and votes against the plainest words for them, and what all of Zab stands on: two quorums share a voter.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <tuple>

#include "kernel/zab/vote.h"

namespace vivarium {
namespace {

EnsembleConfig any_ensemble() {
  EnsembleConfig config;
  config.hierarchical = *rc::gen::arbitrary<bool>();
  const auto count = *rc::gen::inRange<std::int64_t>(0, 11);
  for (std::int64_t i = 0; i < count; ++i) {
    MemberConfig member;
    member.id = ServerId{3 * i + 1};
    member.voter = *rc::gen::inRange(0, 5) != 0;
    member.group = *rc::gen::inRange<std::int64_t>(0, 4);
    member.weight = *rc::gen::inRange<std::int64_t>(0, 4);
    config.members.push_back(member);
  }
  return config;
}

/// What the members of `config` whose bit is set in `chosen` may do, by the words of ZooKeeper's documentation.
bool may_decide(const EnsembleConfig& config, std::uint64_t chosen) {
  if (!config.hierarchical) {
    int voters = 0, yes = 0;
    for (std::size_t i = 0; i < config.members.size(); ++i) {
      if (!config.members[i].voter) continue;
      ++voters;
      yes += chosen >> i & 1;
    }
    return 2 * yes > voters;
  }
  std::map<std::int64_t, std::int64_t> total, got;
  for (std::size_t i = 0; i < config.members.size(); ++i) {
    const MemberConfig& member = config.members[i];
    if (!member.voter || member.group == 0) continue;
    total[member.group] += member.weight;
    if (chosen >> i & 1) got[member.group] += member.weight;
  }
  int groups = 0, won = 0;
  for (const auto& [group, weight] : total) {
    groups += weight > 0;
    won += 2 * got[group] > weight;
  }
  return 2 * won > groups;
}

VoterSet as_set(const EnsembleConfig& config, const Quorum& quorum, std::uint64_t chosen) {
  VoterSet set;
  for (std::size_t i = 0; i < config.members.size(); ++i) {
    const std::size_t index = quorum.index_of(config.members[i].id);
    RC_ASSERT((index != Quorum::kNotAVoter) == config.members[i].voter);
    if (config.members[i].voter && (chosen >> i & 1) != 0) set.insert(index);
  }
  return set;
}

RC_GTEST_PROP(Quorum, is_what_its_definition_says_for_every_subset, ()) {
  const EnsembleConfig config = any_ensemble();
  const Quorum quorum(config);
  for (std::uint64_t chosen = 0; chosen < (std::uint64_t{1} << config.members.size()); ++chosen) {
    RC_ASSERT(quorum.contains_quorum(as_set(config, quorum, chosen)) == may_decide(config, chosen));
  }
}

RC_GTEST_PROP(Quorum, shares_a_voter_with_any_other, ()) {
  const EnsembleConfig config = any_ensemble();
  const Quorum quorum(config);
  const std::uint64_t all = (std::uint64_t{1} << config.members.size()) - 1;
  for (std::uint64_t chosen = 0; chosen <= all; ++chosen) {
    const bool these = quorum.contains_quorum(as_set(config, quorum, chosen));
    const bool those = quorum.contains_quorum(as_set(config, quorum, all & ~chosen));
    RC_ASSERT(!(these && those));  // of any two that are disjoint, the second is a part of the first's complement
    const std::uint64_t more = chosen | *rc::gen::inRange<std::uint64_t>(0, all + 1);
    if (these) RC_ASSERT(quorum.contains_quorum(as_set(config, quorum, more)));
  }
}

Vote any_vote() {
  return {ServerId{*rc::gen::inRange<std::int64_t>(0, 34)}, Zxid{*rc::gen::inRange<std::int64_t>(-1, 4)},
          Epoch{*rc::gen::inRange<std::int64_t>(-1, 3)}, Round{*rc::gen::inRange<std::int64_t>(0, 3)}};
}

RC_GTEST_PROP(Vote, is_ordered_as_the_specification_says, ()) {
  const Quorum quorum(any_ensemble());
  const Vote a = any_vote(), b = any_vote();
  const auto key = [](const Vote& v) { return std::make_tuple(v.peer_epoch.value, v.zxid.value, v.leader.value); };
  RC_ASSERT(is_better(a, b, quorum) == (quorum.weight(a.leader) != 0 && key(a) > key(b)));
}

}  // namespace
}  // namespace vivarium
