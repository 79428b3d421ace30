// Switches for known slips, one line each, that exist only in the zoo's build (VIVARIUM_MUTANTS): the simulator is
// judged by which of them it finds (sim/zoo). In every other build KMUTANT is the constant false and its arguments are
// not even read.
//
// Must never: change a build without VIVARIUM_MUTANTS.
#pragma once

#ifdef VIVARIUM_MUTANTS
#include <cstdint>

namespace vivarium {

enum class Mutant : std::uint16_t {
  kNone,
  kLeaderAcksUnsynced,
  kFollowerAcksUnsynced,
  kServesAfterPromises,
  kEpochAtUpToDate,
  kEpochNotAwaited,
  kAdoptionNotWritten,
  kPromiseNotAwaited,
  kEpochNotRaised,
  kVotesById,
  kVotesByZxid,
  kObserverCounts,
  kGuestCounts,
  kGuestInHaste,
  kWipedVotes,
  kDamagedVotes,
  kDiffWithoutTrunc,
  kTruncOffByOne,
  kTruncKeepsMemory,
  kDiffSkipsOne,
  kBacklogLost,
  kSnapshotNotAwaited,
  kMemoryKept,
  kUpToDateCommitsAll,
  kCommitsAlone,
  kLeadsForEver,
  kDeposedAnswers,
  kVotesUnsettled,
  kSessionsNotTracked,
  kNoFreshTimeout,
  kTouchesDropped,
  kRevalidatesAnything,
  kDoubtNotConfirmed,
  kOwnerNotChecked,
  kServesWhoIsAhead,
  kSyncTooEarly,
  kAnsweredByAnyTxn,
  kSequenceByCount,
  kVersionIgnored,
  kDeletedTwice,
  kClosesNeighbour,
  kProposalsAfterAck,
  kCommitsSuccessor,
  kExpiresAnywhere,
  kCounterWraps,
  kKeepsOldAcks,
  kSyncUnconfirmed,
  kClosingCreates,
  kStorageFailureIgnored,
  kStampsOwnClock,
  kForgetsEphemeral,
  kExpiryPutOff,
  kReadsUnchecked,
  kContainerTooEager,
  kStampsUptime,
  kLogsWithoutDigest,
  kCutsOneTooMany,
  kIdsBeginAnew,
  kCatchUpByCzxid,
};

}  // namespace vivarium

/// True when the world runs the slip `name`. `chosen`: the Config's mutant.
#define KMUTANT(chosen, name) ((chosen) == ::vivarium::Mutant::name)
#else
#define KMUTANT(chosen, name) false
#endif
