// What a member of an ensemble is beside its tree and sessions: its role, its votes and promises, its links to other
// members.
//
//   election_port  links of the election port        leader_*   what the elected one does
//   roles          from looking to a role and back   learner_*  what the others do
//
// Must never: serve clients outside of an established role; let two roles act at once.
#pragma once

#include "kernel/base/hash.h"
#include "kernel/config.h"
#include "kernel/inspect.h"
#include "kernel/recovered_state.h"
#include "kernel/replica/election_port.h"
#include "kernel/zab/durable_epoch.h"
#include "kernel/zab/election.h"
#include "kernel/zab/quorum.h"

namespace vivarium {

struct Ensemble {
  Ensemble(const Config& config, const RecoveredState& recovered);

  bool enabled = false;  // false: a standalone server, and nothing below matters
  Role role = Role::kStandalone;
  Standing standing = Standing::kVoter;
  Quorum quorum;
  DurableEpoch epochs;
  Election election;
  ElectionPort port;

  void hash_into(StateHash& hash) const;
};

}  // namespace vivarium
