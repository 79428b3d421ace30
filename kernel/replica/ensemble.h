// What a member of an ensemble is beside its tree and sessions: its role, its votes and promises, its links to other
// members.
//
//   roles          from looking to a role and back   leader_*   what the elected one does
//   election_port  links of the election port        learner_*  what the others do
//
// Must never: serve clients outside of an established role; let two roles act at once.
#pragma once

#include "kernel/base/hash.h"
#include "kernel/config.h"
#include "kernel/inspect.h"
#include "kernel/recovered_state.h"
#include "kernel/replica/election_port.h"
#include "kernel/replica/leader.h"
#include "kernel/replica/learner.h"
#include "kernel/replica/read_only.h"
#include "kernel/zab/durable_epoch.h"
#include "kernel/zab/election.h"
#include "kernel/zab/quorum.h"

namespace vivarium {

struct Ensemble {
  Ensemble(const Config& config, const RecoveredState& recovered);

  bool enabled = false;  // false: a standalone server, and nothing below matters
  Role role = Role::kStandalone;
  Standing standing = Standing::kVoter;
  bool history_known = true;  // false: damaged or amnesiac, until a leader has given everything anew
  Quorum quorum;
  std::size_t my_index = Quorum::kNotAVoter;  // among the voters
  DurableEpoch epochs;
  bool epochs_missing =
      false;  // there are no epoch files yet: what is assumed is written down before the first election
  Election election;
  ElectionPort port;
  LeaderState leader;    // while leading
  LearnerState learner;  // while following or observing
  Instant looking_since = Instant::never();
  ReadOnlySessions read_only;  // while looking

  // A role is left between inputs, never in the middle of one.
  bool leaving = false;
  String leave_reason;
  // A leader wants a cut behind which this disk has no base: the next one is asked for everything, and until that is
  // safe here the disk keeps what it has.
  bool wants_everything = false;
  // Syncs in a row that ended because this disk did not take, or give back, what the leader had sent.
  std::int32_t syncs_wasted = 0;
  // Memory has to be read anew from the disk.
  bool reload_wanted = false;
  bool reloading = false;
  Incarnation reload_incarnation;

  void hash_into(StateHash& hash) const;
};

}  // namespace vivarium
