// The ensemble's slips by name; see kernel_mutants.h.
#include "sim/zoo/kernel_mutants.h"

#include "sim/check/laws.h"

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
    {"leader-acks-unsynced", "a leader counts its own log before it is durable", make<Slip::kLeaderAcksUnsynced>,
     kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"follower-acks-unsynced", "a follower acknowledges a proposal before it is durable",
     make<Slip::kFollowerAcksUnsynced>, kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"serves-after-promises", "a leader serves before a quorum has its history", make<Slip::kServesAfterPromises>,
     kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"epoch-at-up-to-date", "a follower writes currentEpoch at UPTODATE, after it acknowledged NEWLEADER",
     make<Slip::kEpochAtUpToDate>, kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"epoch-not-awaited", "a follower acknowledges NEWLEADER while currentEpoch is being written",
     make<Slip::kEpochNotAwaited>, kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"adoption-not-written", "a leader takes on its epoch without writing currentEpoch",
     make<Slip::kAdoptionNotWritten>, kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"promise-not-awaited", "a follower says ACKEPOCH while acceptedEpoch is being written",
     make<Slip::kPromiseNotAwaited>, kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"epoch-not-raised", "a new epoch is the highest promised one, not above it", make<Slip::kEpochNotRaised>,
     kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"votes-by-id", "votes are ordered by id first", make<Slip::kVotesById>, kAllFamilies, false, Profile::kSmoke, 3,
     3},
    {"votes-by-zxid", "votes are ordered by zxid before epoch", make<Slip::kVotesByZxid>, kAllFamilies, false,
     Profile::kAny, 2, 2},
    {"observer-counts", "an observer counts for a voter until it follows", make<Slip::kObserverCounts>, kAllFamilies,
     false, Profile::kAny, 9, 9},
    {"guest-counts", "a voter that does not know its history is counted by its leader", make<Slip::kGuestCounts>,
     kAllFamilies, false, Profile::kAny, 473, 473},
    {"guest-in-haste", "a repaired voter counts before it holds again what it acknowledged before it forgot",
     make<Slip::kGuestInHaste>, kAllFamilies, false, Profile::kSmoke, 51832, 51832},
    {"wiped-votes", "a voter with a wiped disk votes", make<Slip::kWipedVotes>, kAllFamilies, false, Profile::kAny, 563,
     563},
    {"damaged-votes", "a voter whose log is damaged votes", make<Slip::kDamagedVotes>, kAllFamilies, false,
     Profile::kAny, 24, 24},
    {"diff-without-trunc", "a learner that is ahead gets DIFF instead of TRUNC", make<Slip::kDiffWithoutTrunc>,
     kAllFamilies, false, Profile::kSmoke, 3, 3},
    {"trunc-off-by-one", "TRUNC takes the txn at the cut point, too", make<Slip::kTruncOffByOne>, kAllFamilies, false,
     Profile::kSmoke, 3, 3},
    {"trunc-keeps-memory", "a learner cuts its log and keeps its memory", make<Slip::kTruncKeepsMemory>, kAllFamilies,
     false, Profile::kSmoke, 4, 4},
    {"diff-skips-one", "DIFF leaves out the first txn", make<Slip::kDiffSkipsOne>, kAllFamilies, false, Profile::kSmoke,
     1, 1},
    {"backlog-lost", "what gathered behind a snapshot is not sent", make<Slip::kBacklogLost>, kAllFamilies, false,
     Profile::kAny, 2, 2},
    {"snapshot-not-awaited", "a learner acknowledges a leader's snapshot before it is durable",
     make<Slip::kSnapshotNotAwaited>, kAllFamilies, false, Profile::kAny, 2, 2},
    {"memory-kept", "a learner whose SNAP or TRUNC was interrupted keeps its memory", make<Slip::kMemoryKept>,
     kAllFamilies, false, Profile::kAny, 115, 115},
    {"up-to-date-commits-all", "UPTODATE commits what was only proposed", make<Slip::kUpToDateCommitsAll>, kAllFamilies,
     false, Profile::kSmoke, 4, 4},
    {"commits-alone", "a leader commits what one voter holds", make<Slip::kCommitsAlone>, kAllFamilies, false,
     Profile::kSmoke, 1, 1},
    {"leads-for-ever", "a leader goes on without a quorum", make<Slip::kLeadsForEver>, kAllFamilies, false,
     Profile::kSmoke, 3, 3},
    {"deposed-answers", "a leader that steps down answers what is not committed", make<Slip::kDeposedAnswers>,
     kAllFamilies, false, Profile::kSmoke, 2, 2},
    {"votes-unsettled", "a voter looks for a leader before its log is durable", make<Slip::kVotesUnsettled>,
     kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"sessions-not-tracked", "a new leader does not watch over sessions", make<Slip::kSessionsNotTracked>, kAllFamilies,
     false, Profile::kSmoke, 1, 1},
    {"no-fresh-timeout", "a new leader gives sessions no fresh timeout", make<Slip::kNoFreshTimeout>, kAllFamilies,
     false, Profile::kSmoke, 1, 1},
    {"touches-dropped", "a leader does not listen to what learners say of sessions", make<Slip::kTouchesDropped>,
     kAllFamilies, false, Profile::kSmoke, 10, 10},
    {"revalidates-anything", "a leader calls every session valid", make<Slip::kRevalidatesAnything>, kAllFamilies,
     false, Profile::kSmoke, 40, 40},
    {"doubt-not-confirmed", "a leader calls a session gone without asking whether it still leads",
     make<Slip::kDoubtNotConfirmed>, kAllFamilies, false, Profile::kSmoke, 16959, 16959},
    {"owner-not-checked", "requests of a session that has moved are executed", make<Slip::kOwnerNotChecked>,
     kAllFamilies, false, Profile::kSmoke, 81, 81},
    {"serves-who-is-ahead", "a client that has seen more is let in", make<Slip::kServesWhoIsAhead>, kAllFamilies, false,
     Profile::kSmoke, 3, 3},
    {"sync-too-early", "SYNC is answered before what was proposed is committed", make<Slip::kSyncTooEarly>,
     kAllFamilies, false, Profile::kSmoke, 13, 13},
    {"answered-by-any-txn", "a forwarded write is answered by whatever txn comes next", make<Slip::kAnsweredByAnyTxn>,
     kAllFamilies, false, Profile::kSmoke, 3, 3},
    {"proposals-after-ack", "a learner is sent proposals only after it acknowledged NEWLEADER",
     make<Slip::kProposalsAfterAck>, kAllFamilies, false, Profile::kSmoke, 3, 3},
    {"commits-successor", "COMMIT names the txn behind the first", make<Slip::kCommitsSuccessor>, kAllFamilies, false,
     Profile::kSmoke, 8, 8},
    {"expires-anywhere", "a follower expires sessions by its own clock", make<Slip::kExpiresAnywhere>, kAllFamilies,
     false, Profile::kSmoke, 1, 1},
    {"counter-wraps", "a used up counter runs over into the epoch", make<Slip::kCounterWraps>, kAllFamilies, false,
     Profile::kAny, 4, 4},
    {"sync-unconfirmed", "a quorum's confirmation of a sync is not waited for", make<Slip::kSyncUnconfirmed>,
     kAllFamilies, false, Profile::kSmoke, 382, 382},
    {"closing-creates", "a session that is being closed may still create", make<Slip::kClosingCreates>, kAllFamilies,
     false, Profile::kSmoke, 1038, 1038},
    {"storage-failure-ignored", "a member whose log has failed goes on without it", make<Slip::kStorageFailureIgnored>,
     kAllFamilies, false, Profile::kSmoke, 23, 23},
    {"stamps-own-clock", "a learner stamps what it applies with its own clock", make<Slip::kStampsOwnClock>,
     kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"forgets-ephemeral", "the end of a session leaves its last ephemeral behind", make<Slip::kForgetsEphemeral>,
     kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"expiry-put-off", "a session that is due is let off while a connection of it is open", make<Slip::kExpiryPutOff>,
     kAllFamilies, false, Profile::kStandalone, 1, 1},
    {"reads-unchecked", "reads do not look at ACLs", make<Slip::kReadsUnchecked>, kAllFamilies, false, Profile::kSmoke,
     2, 2},
    {"container-too-eager", "a container goes before it was ever used", make<Slip::kContainerTooEager>, kAllFamilies,
     false, Profile::kSmoke, 1, 1},
    {"stamps-uptime", "txns are stamped with the time since the start", make<Slip::kStampsUptime>, kAllFamilies, false,
     Profile::kSmoke, 1, 1},
    {"logs-without-digest", "a learner logs a proposal without its digest", make<Slip::kLogsWithoutDigest>,
     kAllFamilies, false, Profile::kSmoke, 1, 1},
    {"cuts-one-too-many", "a learner that is told to cut takes one txn more", make<Slip::kCutsOneTooMany>, kAllFamilies,
     false, Profile::kSmoke, 3, 3},
    {"ids-begin-anew", "session ids begin at the same place at every start", make<Slip::kIdsBeginAnew>,
     kAllFamilies, false, Profile::kAny, 1, 1, laws::kSessionId},
    {"catch-up-by-czxid", "setWatches looks at when a node was made, not at when it changed",
     make<Slip::kCatchUpByCzxid>, kAllFamilies, false, Profile::kSmoke, 8, 8},
    // Of the request path. The oracle sees them in the first txn; it is the laws of recipes that are tested.
    {"sequence-by-count", "a sequential node is numbered by how many siblings it has", make<Slip::kSequenceByCount>,
     kAllFamilies, false, Profile::kSmoke, 8, 8, laws::kLock},
    {"closes-neighbour", "the end of a session takes the next session's ephemerals, too", make<Slip::kClosesNeighbour>,
     kAllFamilies, false, Profile::kSmoke, 22, 22, laws::kLock},
    {"deleted-twice", "the deletion of what is not there is acknowledged", make<Slip::kDeletedTwice>, kAllFamilies,
     false, Profile::kSmoke, 36, 36, laws::kQueue},
    {"version-ignored", "setData takes any version", make<Slip::kVersionIgnored>, kAllFamilies, false, Profile::kSmoke,
     13, 13, laws::kCounter},
};

}  // namespace

std::span<const Mutant> kernel_mutants() { return kMutants; }

#else

std::span<const Mutant> kernel_mutants() { return {}; }

#endif

}  // namespace vivarium::sim
