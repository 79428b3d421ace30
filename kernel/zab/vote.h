// A vote of fast leader election and the order of votes (FastLeaderElection.totalOrderPredicate; protocol.md 6.3).
//
// Must never: order by anything before (peerEpoch, zxid, leader id), in this priority (Z20).
#pragma once

#include <compare>
#include <cstdint>

#include "kernel/base/hash.h"
#include "kernel/base/types.h"
#include "kernel/zab/quorum.h"

namespace vivarium {

/// Number of an election, in memory only (electionEpoch, logicalclock).
using Round = Strong<struct RoundTag, std::int64_t>;

/// What a member does, as notifications carry it (QuorumPeer.ServerState).
enum class PeerState : std::int32_t { kLooking = 0, kFollowing = 1, kLeading = 2, kObserving = 3 };

/// Java's Long.MIN_VALUE: the vote of one who may not vote has it in every field.
inline constexpr std::int64_t kNoVote = INT64_MIN;
/// A voter that does not know what it had (faulty, amnesia, wiped) says so with this zxid; nobody counts it.
inline constexpr Zxid kUnknownHistory{-1};

struct Vote {
  ServerId leader;
  Zxid zxid;         // last logged by the proposed leader
  Epoch peer_epoch;  // its currentEpoch
  Round round;
  friend bool operator==(const Vote&, const Vote&) = default;
};

/// `a` should replace `b`: the proposed leader has weight, and (peerEpoch, zxid, leader) is larger.
bool is_better(const Vote& a, const Vote& b, const Quorum& quorum);

}  // namespace vivarium
