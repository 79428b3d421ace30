// Everything that the outside may report to the kernel, as a closed variant.
//
// Views are valid during the step that they are passed to. Time is not an input: it is an argument of step, and an
// empty batch means that time passed. Completions carry what they complete; stale ones are dropped by the kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "kernel/base/time.h"
#include "kernel/base/types.h"

namespace vivarium {

struct RecoveredState;

enum class ChannelKind : std::uint8_t { kClient, kElection, kLearner };

/// A peer connected to us, or a Dial succeeded. `peer` is the textual remote address without port ("127.0.0.1");
/// it becomes the connection's `ip` identity.
struct ChannelOpened {
  ChannelId channel;
  ChannelKind kind = ChannelKind::kClient;
  std::string_view peer;
  std::optional<ServerId> dialed;  // the answer to Dial: the member that was dialled; absent when the peer dialled us
};
/// The answer to a Dial that reached nobody.
struct DialFailed {
  ChannelKind kind = ChannelKind::kElection;
  ServerId server;
};
/// Bytes in order; any split is legal.
struct ChannelBytes {
  ChannelId channel;
  std::string_view bytes;
};
/// The peer closed, or the link broke. The kernel forgets the channel; the slot may be reused at once.
struct ChannelClosed {
  ChannelId channel;
};
/// Answer to AwaitDrain.
struct ChannelDrained {
  ChannelId channel;
};
/// Every record up to and including `zxid` that was appended in `incarnation` survives power loss.
struct LogDurable {
  Incarnation incarnation;
  Zxid zxid;
};
/// Answer to WriteEpochs: both epoch files are durable.
struct EpochDurable {
  Epoch accepted, current;
};
/// Answer to TruncateLog: no record behind `zxid` is left, and that survives power loss. `whole`: recovery would now
/// return exactly `zxid`; false: it has lost its base, and only a leader's snapshot helps.
struct LogTruncated {
  Incarnation incarnation;
  Zxid zxid;
  bool whole = true;
};
/// Answer to Reload: what recovery returns now. The kernel moves it out. Final StorageFailed comes instead when the
/// disk cannot be read at all.
struct Reloaded {
  Incarnation incarnation;
  RecoveredState* state = nullptr;
};
/// Answer to ReadLog: consecutive records behind `after`, each as int length and txn bytes. Empty: the log on disk does
/// not reach back to `after` without a gap.
struct LogRead {
  ChannelId channel;
  Zxid after;
  std::string_view records;
};
/// The last WriteSnapshotChunk of this snapshot was taken; the next may follow.
struct SnapshotChunkWritten {
  Zxid snapshot;
};
/// The finished snapshot survives power loss under its final name.
struct SnapshotDurable {
  Zxid snapshot;
};
/// The snapshot could not be written (full disk, say); its partial file is gone. The server goes on.
struct SnapshotFailed {
  Zxid snapshot;
};
/// The log or an epoch file could not be written or synced. Final: nothing more may be acknowledged.
struct StorageFailed {
  std::string_view what;
};
/// Answer to Authenticate. On success `ids` are added to the connection.
struct AuthResult {
  ChannelId channel;
  bool ok = false;
  struct Id {
    std::string_view scheme, id;
  };
  std::span<const Id> ids;
};
/// The wall clock, whenever its millisecond changed since the last batch. Comes first in its batch.
struct WallClock {
  WallTime now;
};
/// Stop taking new work and Halt once what is durable has been answered.
struct Shutdown {};
/// Admin: drop a connection, reset a statistic.
struct ResetStatistics {
  bool server = false;       // srst
  bool connections = false;  // crst
};

using Input = std::variant<ChannelOpened, ChannelBytes, ChannelClosed, ChannelDrained, DialFailed, LogDurable,
                           EpochDurable, LogTruncated, Reloaded, LogRead, SnapshotChunkWritten, SnapshotDurable,
                           SnapshotFailed, StorageFailed, AuthResult, WallClock, Shutdown, ResetStatistics>;

}  // namespace vivarium
