// The laws by name: what a failing seed says was broken. Letters in brackets are those of correctness.md section 1.
#pragma once

namespace vivarium::sim::laws {

inline constexpr const char* kDurability = "acknowledged-lost";     // Z10: something a client saw did not survive
inline constexpr const char* kLogIdentity = "log-changed";          // Z4, Z15: the files differ from what was appended
inline constexpr const char* kStateEqual = "state-differs";         // D1, D2: the tree differs from the model's
inline constexpr const char* kDigest = "digest-differs";            // D1
inline constexpr const char* kTxn = "txn-wrong";                    // a txn differs from what its request meant
inline constexpr const char* kPhantom = "txn-nobody-asked-for";     // E8, Z3
inline constexpr const char* kFifo = "session-order";               // E6
inline constexpr const char* kWriteReply = "write-reply-wrong";     // R1, R5
inline constexpr const char* kReadReply = "read-reply-wrong";       // R2
inline constexpr const char* kZxidBack = "zxid-went-back";          // E7
inline constexpr const char* kRealTime = "real-time-order";         // R1
inline constexpr const char* kWatchMissing = "watch-lost-or-late";  // W1, W3
inline constexpr const char* kWatchWrong = "watch-wrong-or-twice";  // W4, W5, W6
inline constexpr const char* kEphemerals = "ephemerals";            // E4
inline constexpr const char* kEarlyExpiry = "expired-early";        // E2
inline constexpr const char* kImmortal = "session-immortal";        // E3
inline constexpr const char* kSessionId = "session-id-reused";      // E5
inline constexpr const char* kContainer = "container-removed-wrongly";
inline constexpr const char* kTime = "txn-time";             // D3: stamps come from the wall clock input
inline constexpr const char* kRefused = "start-refused";     // L6
inline constexpr const char* kLiveness = "stuck";            // L2, L5
inline constexpr const char* kProtocol = "protocol";         // malformed bytes from the server
inline constexpr const char* kInvariant = "invariant";       // kernel/invariants.h, after a step
inline constexpr const char* kSilentLoss = "damage-hidden";  // rot that recovery did not report
inline constexpr const char* kLock = "lock-held-twice";      // recipes: sim/check/recipe_laws.h
inline constexpr const char* kQueue = "queue-item";          // recipes
inline constexpr const char* kCounter = "counter-wrong";     // recipes

// Of an ensemble, judged by the ghost (sim/check/ghost.h).
inline constexpr const char* kLeaderUnique = "two-leaders-of-an-epoch";  // Z1
inline constexpr const char* kEpochBack = "epoch-went-back";             // Z2
inline constexpr const char* kUnproposed = "txn-of-no-leader";         // Z3: a txn that no established leader proposed
inline constexpr const char* kTxnIdentity = "zxid-with-two-meanings";  // Z4
inline constexpr const char* kTotalOrder = "committed-histories-differ";     // Z5, Z6, Z8
inline constexpr const char* kContiguity = "log-gap";                        // Z7
inline constexpr const char* kPrimaryOrder = "txn-behind-another-history";   // Z7, Z9: not where its leader had it
inline constexpr const char* kCommitDurable = "committed-before-durable";    // Z10
inline constexpr const char* kLeaderComplete = "leader-lacks-committed";     // Z11
inline constexpr const char* kCommittedCut = "committed-cut-off";            // Z12
inline constexpr const char* kFollowerPrefix = "joined-with-other-history";  // Z13
inline constexpr const char* kMemoryDisk = "memory-ahead-of-disk";           // Z14
inline constexpr const char* kQuorumCount = "leads-without-a-quorum";        // Z16
inline constexpr const char* kMessageLegal = "packet-out-of-place";          // Z17
inline constexpr const char* kFencing = "committed-by-a-deposed-leader";     // Z18
inline constexpr const char* kVoteOrder = "vote-got-worse";                  // Z20
inline constexpr const char* kExpiryByLeader = "expired-by-no-leader";       // E1
inline constexpr const char* kExpected = "not-as-expected";                  // a scenario's own words
inline constexpr const char* kRecovered =
    "recovered-something-else";  // Z15: recovery returns what was never on this disk

/// Every law, for `vivarium-sim list`.
inline constexpr const char* kAll[] = {
    kDurability,   kLogIdentity,   kStateEqual,     kDigest,       kTxn,
    kPhantom,      kFifo,          kWriteReply,     kReadReply,    kZxidBack,
    kRealTime,     kWatchMissing,  kWatchWrong,     kEphemerals,   kEarlyExpiry,
    kImmortal,     kSessionId,     kContainer,      kTime,         kRefused,
    kLiveness,     kProtocol,      kInvariant,      kSilentLoss,   kLeaderUnique,
    kEpochBack,    kUnproposed,    kTxnIdentity,    kTotalOrder,   kContiguity,
    kPrimaryOrder, kCommitDurable, kLeaderComplete, kCommittedCut, kFollowerPrefix,
    kMemoryDisk,   kQuorumCount,   kFencing,        kVoteOrder,    kExpiryByLeader,
    kExpected,     kRecovered,     kLock,           kQueue,        kCounter,
    kMessageLegal,
};

}  // namespace vivarium::sim::laws
