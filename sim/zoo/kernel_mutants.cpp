// The ensemble's slips by name; see kernel_mutants.h.
#include "sim/zoo/kernel_mutants.h"

namespace vivarium::sim {

#ifdef VIVARIUM_MUTANTS

namespace {

using Slip = vivarium::Mutant;

template <Slip kSlip>
class KernelMutation final : public Mutation {
 public:
  Slip kernel() const override { return kSlip; }
};
template <Slip kSlip>
std::unique_ptr<Mutation> make() {
  return std::make_unique<KernelMutation<kSlip>>();
}

// Families, profile, the seed that catches it, and how many seeds a hunt from seed 1 took (`vivarium-sim zoo --hunt`).
constexpr Mutant kMutants[] = {
    {"kernel-as-it-is", "nothing at all", make<Slip::kNone>, kAllFamilies, true, Profile::kSmoke},
    {"null-of-five", "nothing at all, in greater worlds", make<Slip::kNone>, kAllFamilies, true, Profile::kStd5},
    {"null-of-any", "nothing at all, in any worlds", make<Slip::kNone>, kAllFamilies, true, Profile::kAny},
    {"leader-acks-unsynced", "a leader counts its own log before it is durable",
     make<Slip::kLeaderAcksUnsynced>, kAllFamilies, false, Profile::kSmoke},
    {"follower-acks-unsynced", "a follower acknowledges a proposal before it is durable",
     make<Slip::kFollowerAcksUnsynced>, kAllFamilies, false, Profile::kSmoke},
    {"serves-after-promises", "a leader serves before a quorum has its history",
     make<Slip::kServesAfterPromises>, kAllFamilies, false, Profile::kSmoke},
    {"epoch-at-up-to-date", "a follower writes currentEpoch at UPTODATE, after it acknowledged NEWLEADER",
     make<Slip::kEpochAtUpToDate>, kAllFamilies, false, Profile::kSmoke},
    {"epoch-not-awaited", "a follower acknowledges NEWLEADER while currentEpoch is being written",
     make<Slip::kEpochNotAwaited>, kAllFamilies, false, Profile::kSmoke},
    {"promise-not-written", "a leader says LEADERINFO without having written acceptedEpoch",
     make<Slip::kPromiseNotWritten>, kAllFamilies, false, Profile::kSmoke},
    {"promise-not-awaited", "a follower says ACKEPOCH while acceptedEpoch is being written",
     make<Slip::kPromiseNotAwaited>, kAllFamilies, false, Profile::kSmoke},
    {"epoch-not-raised", "a new epoch is the highest promised one, not above it",
     make<Slip::kEpochNotRaised>, kAllFamilies, false, Profile::kSmoke},
    {"ignores-who-is-ahead", "a leader leads followers that have more than it has",
     make<Slip::kIgnoresWhoIsAhead>, kAllFamilies, false, Profile::kAny},
    {"votes-by-id", "votes are ordered by id first",
     make<Slip::kVotesById>, kAllFamilies, false, Profile::kSmoke},
    {"votes-by-zxid", "votes are ordered by zxid before epoch",
     make<Slip::kVotesByZxid>, kAllFamilies, false, Profile::kAny},
    {"joins-on-hearsay", "a voter joins a leader that has not said itself that it leads",
     make<Slip::kJoinsOnHearsay>, kAllFamilies, false, Profile::kSmoke},
    {"observer-counts", "an observer counts for a voter until it follows",
     make<Slip::kObserverCounts>, kAllFamilies, false, Profile::kAny},
    {"guest-counts", "a voter that does not know its history is counted by its leader",
     make<Slip::kGuestCounts>, kAllFamilies, false, Profile::kAny},
    {"wiped-votes", "a voter with a wiped disk votes",
     make<Slip::kWipedVotes>, kAllFamilies, false, Profile::kAny},
    {"damaged-votes", "a voter whose log is damaged votes",
     make<Slip::kDamagedVotes>, kAllFamilies, false, Profile::kAny},
    {"diff-without-trunc", "a learner that is ahead gets DIFF instead of TRUNC",
     make<Slip::kDiffWithoutTrunc>, kAllFamilies, false, Profile::kSmoke},
    {"trunc-off-by-one", "TRUNC takes the txn at the cut point, too",
     make<Slip::kTruncOffByOne>, kAllFamilies, false, Profile::kSmoke},
    {"trunc-keeps-memory", "a learner cuts its log and keeps its memory",
     make<Slip::kTruncKeepsMemory>, kAllFamilies, false, Profile::kSmoke},
    {"diff-skips-one", "DIFF leaves out the first txn",
     make<Slip::kDiffSkipsOne>, kAllFamilies, false, Profile::kSmoke},
    {"backlog-lost", "what gathered behind a snapshot is not sent",
     make<Slip::kBacklogLost>, kAllFamilies, false, Profile::kAny},
    {"snapshot-not-awaited", "a learner acknowledges a leader's snapshot before it is durable",
     make<Slip::kSnapshotNotAwaited>, kAllFamilies, false, Profile::kAny},
    {"memory-kept", "a learner whose SNAP or TRUNC was interrupted keeps its memory",
     make<Slip::kMemoryKept>, kAllFamilies, false, Profile::kAny},
    {"proposals-after-ack-only", "a learner is sent proposals only once it acknowledged NEWLEADER",
     make<Slip::kProposalsAfterAckOnly>, kAllFamilies, false, Profile::kSmoke},
    {"pending-not-sent", "a learner is not sent what was proposed before it came",
     make<Slip::kPendingNotSent>, kAllFamilies, false, Profile::kSmoke},
    {"new-leader-ack-covers-all", "the ack of NEWLEADER counts for all that was proposed",
     make<Slip::kNewLeaderAckCoversAll>, kAllFamilies, false, Profile::kSmoke},
    {"held-commits-lost", "commits between NEWLEADER and UPTODATE are forgotten",
     make<Slip::kHeldCommitsLost>, kAllFamilies, false, Profile::kSmoke},
    {"commits-before-up-to-date", "commits are sent before UPTODATE",
     make<Slip::kCommitsBeforeUpToDate>, kAllFamilies, false, Profile::kSmoke},
    {"up-to-date-commits-all", "UPTODATE commits what was only proposed",
     make<Slip::kUpToDateCommitsAll>, kAllFamilies, false, Profile::kSmoke},
    {"serves-before-up-to-date", "a learner serves clients before UPTODATE",
     make<Slip::kServesBeforeUpToDate>, kAllFamilies, false, Profile::kSmoke},
    {"commits-alone", "a leader commits what one voter holds",
     make<Slip::kCommitsAlone>, kAllFamilies, false, Profile::kSmoke},
    {"leads-for-ever", "a leader goes on without a quorum",
     make<Slip::kLeadsForEver>, kAllFamilies, false, Profile::kSmoke},
    {"deposed-answers", "a leader that steps down answers what is not committed",
     make<Slip::kDeposedAnswers>, kAllFamilies, false, Profile::kSmoke},
    {"votes-unsettled", "a voter looks for a leader before its log is durable",
     make<Slip::kVotesUnsettled>, kAllFamilies, false, Profile::kSmoke},
    {"sessions-not-tracked", "a new leader does not watch over sessions",
     make<Slip::kSessionsNotTracked>, kAllFamilies, false, Profile::kSmoke},
    {"no-fresh-timeout", "a new leader gives sessions no fresh timeout",
     make<Slip::kNoFreshTimeout>, kAllFamilies, false, Profile::kSmoke},
    {"touches-dropped", "a leader does not listen to what learners say of sessions",
     make<Slip::kTouchesDropped>, kAllFamilies, false, Profile::kSmoke},
    {"revalidates-anything", "a leader calls every session valid",
     make<Slip::kRevalidatesAnything>, kAllFamilies, false, Profile::kSmoke},
    {"owner-not-checked", "requests of a session that has moved are executed",
     make<Slip::kOwnerNotChecked>, kAllFamilies, false, Profile::kSmoke},
    {"serves-who-is-ahead", "a client that has seen more is let in",
     make<Slip::kServesWhoIsAhead>, kAllFamilies, false, Profile::kSmoke},
    {"sync-too-early", "SYNC is answered before what was proposed is committed",
     make<Slip::kSyncTooEarly>, kAllFamilies, false, Profile::kSmoke},
    {"answered-by-any-txn", "a forwarded write is answered by whatever txn comes next",
     make<Slip::kAnsweredByAnyTxn>, kAllFamilies, false, Profile::kSmoke},
};

}  // namespace

std::span<const Mutant> kernel_mutants() { return kMutants; }

#else

std::span<const Mutant> kernel_mutants() { return {}; }

#endif

}  // namespace vivarium::sim
