// Everything that a Replica is, as values, so that copying it copies the server. The machines that act on it are free
// functions in the files beside this one, each on its own concern:
//
//   client_port    bytes of a channel -> frames; flow control; opening and closing
//   handshake      the first bytes: ConnectRequest, four-letter words
//   requests       a frame of an open connection -> a read answered, a write proposed, an authentication asked for
//   write_pipeline propose -> log -> commit -> apply -> events -> reply
//   housekeeping   what time brings: expiry, handshake timeouts, containers and TTL nodes
//   snapshot_task  when and how a snapshot is written
//   ensemble       members of an ensemble: roles, election port, leader, learner, forwarding
//
// Must never: hold a pointer or view into itself between steps.
#pragma once

#include "kernel/base/fifo.h"
#include "kernel/base/probe.h"
#include "kernel/base/rng.h"
#include "kernel/base/time.h"
#include "kernel/config.h"
#include "kernel/effect.h"
#include "kernel/inspect.h"
#include "kernel/recovered_state.h"
#include "kernel/replica/connection.h"
#include "kernel/replica/connection_throttle.h"
#include "kernel/replica/digest_log.h"
#include "kernel/replica/ensemble.h"
#include "kernel/replica/snapshot_task.h"
#include "kernel/request/apply.h"
#include "kernel/request/prepare.h"
#include "kernel/session/session_table.h"
#include "kernel/session/watch_table.h"
#include "kernel/tree/data_tree.h"
#include "kernel/zab/committed_log.h"
#include "kernel/zab/log_progress.h"
#include "kernel/zab/proposal_queue.h"

namespace vivarium {

/// What waits for time to pass, beside session deadlines.
struct Timers {
  struct Handshake {
    Instant due;
    ChannelId channel;
  };
  Fifo<Handshake> handshakes;  // all wait equally long, so the order of arrival is the order of deadlines
  Instant next_scan;           // of containers and TTL nodes
  Fifo<String> doomed;         // nodes that the last scan found removable
  Instant next_removal;        // removals are paced
  Instant shutdown_by = Instant::never();
};

struct ReplicaState {
  ReplicaState(const Config& config, RecoveredState&& recovered, Seed seed, Instant now, WallTime wall);

  Config config;
  bool times_arrivals;  // somebody asks how long requests were held back
  Seed seed;
  std::uint64_t incarnations = 0;  // of the log, so far
  Instant now;
  WallTime wall;
  RecoveryVerdict verdict;

  DataTree tree;
  SessionTable sessions;
  WatchTable watches;
  ServerCounters counters;
  Probes probes;  // read by the simulator only
  DigestLog digests;

  Preparer preparer;
  ProposalQueue proposals;
  LogProgress progress;
  CommittedLog window;  // members of an ensemble only
  Ensemble ensemble;
  SnapshotTask snapshots;

  ConnectionTable connections;
  Fifo<ChannelId> stalled;  // connections whose next frame waits for room in the pipeline; some may be gone since
  ConnectionThrottle connection_throttle;
  std::int64_t large_bytes = 0;  // of large requests under way, of all connections
  SessionId next_session;
  Timers timers;
  NoteLimit refusals;  // lines on clients that were not let in

  bool booted = false;
  bool unsynced = false;  // something was appended since the last SyncLog
  bool shutting_down = false;
  bool halted = false;

  // Scratch, empty between steps in meaning if not in capacity.
  ApplyOutcome outcome;
  Vector<char> encoded;
  Vector<ChannelId> watchers;
  Vector<ChannelId> released;  // connections whose raw bytes may be looked at again
  Vector<SessionId> expired;

  void hash_into(StateHash& hash) const;
};

}  // namespace vivarium
