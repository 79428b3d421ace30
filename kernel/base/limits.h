// Every maximum in the kernel, in one place, and how they relate.
//
// Values that an operator may change live in kernel/config.h; these may not be changed at run time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vivarium::limits {

/// jute.maxbuffer's default: the largest accepted request frame, in bytes (Apache: 0xfffff).
inline constexpr std::int32_t kDefaultMaxFrame = 0xfffff;
/// Largest txn that may be logged or proposed (Apache: jute.maxbuffer + extrasize, each 0xfffff by default).
inline constexpr std::size_t kDefaultMaxTxn = 2 * std::size_t{kDefaultMaxFrame};
/// Elements accepted in any jute vector of a request; Java does not bound them, we do.
inline constexpr std::int32_t kMaxVectorCount = 1 << 20;
/// Operations in one multi.
inline constexpr std::int32_t kMaxMultiOps = 1 << 18;
/// Bytes of a connection that may wait in the kernel before reading from it is paused.
inline constexpr std::size_t kMaxBufferedPerChannel = 2u << 20;
/// Requests of one connection that may be in flight or waiting before reading from it is paused.
inline constexpr std::size_t kMaxQueuedPerChannel = 4096;
/// Bytes of answers to reads that a connection may get before its adapter says that little of them still waits.
inline constexpr std::size_t kMaxOutputBurst = 1u << 20;
/// Reads of one connection that may wait behind its writes. When the write is answered they must all be answered at
/// once, whatever their size, so that replies stay in order.
inline constexpr std::size_t kMaxWaitingReads = 256;
/// Size that a snapshot chunk aims for, in bytes: bounds the time of one step.
inline constexpr std::size_t kSnapshotChunk = 128 * 1024;
/// Bytes of one piece of a snapshot (a node, an ACL list) that its reader gathers; more is damage, not data.
inline constexpr std::size_t kMaxSnapshotPiece = 64u << 20;
/// Log bytes that may be written but not synced at any moment: bounds the torn window of recovery.
inline constexpr std::size_t kMaxUnsyncedLog = 64u << 20;
/// Bytes of committed txns that are kept for learners that are a little behind.
inline constexpr std::size_t kMaxCommittedLog = 64u << 20;
/// Bytes of one answer to ReadLog that a leader asks for.
inline constexpr std::int64_t kLogReadChunk = 1 << 20;
/// Learners of one leader.
inline constexpr std::size_t kMaxLearners = 1024;
/// Connections that have not said who they are, to the quorum port and to the election port; one more closes the
/// oldest.
inline constexpr std::size_t kMaxAnonymousLinks = 64;
/// Lines of one kind that are noted in a second, so that strangers cannot fill the log.
inline constexpr std::uint64_t kMaxNotesPerSecond = 10;
/// What a learner may say to a server that has not decided yet whether it leads.
inline constexpr std::size_t kMaxEarlyBytes = 4096;
/// Sessions that a server without a quorum opens for reading only.
inline constexpr std::size_t kMaxReadOnlySessions = 100'000;
/// Live traffic that may gather behind a snapshot on its way to one learner; more, and it is dropped.
inline constexpr std::size_t kMaxLearnerBacklog = 512u << 20;
/// What a member that does not know its history adds to its id towards a leader, to be nobody in the configuration.
inline constexpr std::int64_t kGuestOffset = std::int64_t{1} << 40;
/// A session password, in bytes.
inline constexpr std::size_t kPasswordSize = 16;
/// Largest TTL: 2^40 - 1 ms (EphemeralType).
inline constexpr std::int64_t kMaxTtl = (std::int64_t{1} << 40) - 1;
/// Largest server id while extended types are on (EphemeralType).
inline constexpr std::int64_t kMaxExtendedServerId = 254;
/// Nodes that the tree can index.
inline constexpr std::uint32_t kMaxNodes = 0xfffffff0u;

static_assert(kMaxUnsyncedLog > kDefaultMaxTxn, "one txn must fit the unsynced window");
static_assert(kMaxBufferedPerChannel >= static_cast<std::size_t>(kDefaultMaxFrame) + 4,
              "a whole frame must fit before reading is paused");

}  // namespace vivarium::limits
