// Marks of what a good campaign must have seen: paths that are rare, right, and worthless as long as nothing goes
// through them.
//
// A mark is counted where it happens and read by the simulator only (vivarium-sim run --require-probes). Must never:
// influence anything; the counts are no part of a state's digest.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vivarium {

enum class Probe : std::uint8_t {
  kDiff,               // a leader synchronises a learner by DIFF
  kTrunc,              // by TRUNC
  kSnap,               // by SNAP
  kDiffFromLog,        // by DIFF, from its log on disk
  kLogWasNoUse,        // that log ended too early
  kLearnerTruncates,   // a learner cuts its log
  kLearnerInstalls,    // a learner writes a leader's snapshot as its own
  kSyncAbandoned,      // a role ended while memory held what the disk did not
  kTailApplied,        // a member that leaves a role applies an uncommitted tail
  kGuestRepaired,      // a member that did not know its history is a voter again
  kHistoryLost,        // a cut left a disk without a base
  kLaterPromise,       // a leader meets a voter that promised a later epoch
  kDeposedWithWrites,  // a leader is deposed while writes are outstanding
  kQuorumLost,         // a leader finds that its quorum is gone
  kAheadOfLeader,      // a learner knows more than a leader that gathers its quorum
  kEarlyLearner,       // a learner connects before its leader has decided
  kHeldCommit,         // a commit waits for a learner's UPTODATE
  kLateAcks,           // a learner is dropped because its acks are late
  kSessionMoved,       // a request comes in through a server that does not own its session
  kRevalidated,        // a session moves to a learner
  kSyncForwarded,      // a learner asks its leader for a sync
  kBarrier,            // a sync waits for a quorum
  kInform,             // an observer is told of a commit
  kForwardingFull,     // a learner holds a write back because too many are on their way
  kPacketRefused,      // a learner meets a packet that does not fit, and leaves
};
inline constexpr std::size_t kProbes = static_cast<std::size_t>(Probe::kPacketRefused) + 1;

/// "trunc", "deposed-with-writes".
const char* probe_name(Probe probe);

class Probes {
 public:
  void hit(Probe probe) { ++counts_[static_cast<std::size_t>(probe)]; }
  std::uint64_t count(Probe probe) const { return counts_[static_cast<std::size_t>(probe)]; }
  void add(const Probes& other) {
    for (std::size_t i = 0; i < kProbes; ++i) counts_[i] += other.counts_[i];
  }

 private:
  std::array<std::uint64_t, kProbes> counts_{};
};

}  // namespace vivarium
