#include "kernel/replica/ensemble.h"

#include <algorithm>

namespace vivarium {

namespace {

/// Nothing is here, and the operator did not say that this is as it should be: a new server, or one whose disk was
/// lost. A wiped disk stays one when the server starts once more: only a leader's history, or the operator, ends that.
bool is_unproven(const RecoveredState& recovered) {
  if (recovered.may_bootstrap || recovered.last_zxid != Zxid{}) return false;
  if (recovered.verdict == RecoveryVerdict::kAmnesia) return true;
  return !recovered.accepted_epoch && !recovered.current_epoch;
}

bool knows_its_history(const RecoveredState& recovered) {
  if (recovered.verdict == RecoveryVerdict::kFaulty) return false;
  return recovered.verdict != RecoveryVerdict::kAmnesia || is_unproven(recovered);
}

/// A directory that never was a member's has no epoch files; Apache takes the epoch of its last zxid then.
DurableEpoch recovered_epochs(const RecoveredState& recovered) {
  if (!knows_its_history(recovered)) return DurableEpoch{};
  const Epoch current = recovered.current_epoch.value_or(recovered.last_zxid.epoch());
  return DurableEpoch(std::max(current, recovered.accepted_epoch.value_or(current)), current);
}

Standing recovered_standing(const Quorum& quorum, const Config& config, const RecoveredState& recovered) {
  if (!quorum.is_voter(config.my_id)) return Standing::kObserver;
  if (!knows_its_history(recovered)) return Standing::kGuest;
  if (!is_unproven(recovered)) return Standing::kVoter;
  // Alone among the voters it would find everybody as empty as itself, whatever the observers still have.
  return quorum.size() == 1 || !config.ensemble.auto_create_db ? Standing::kGuest : Standing::kFresh;
}

Vector<ServerId> other_members(const Config& config) {
  Vector<ServerId> others;
  for (const MemberConfig& member : config.ensemble.members) {
    if (member.id != config.my_id) others.push_back(member.id);
  }
  return others;
}

ElectionSettings election_settings(const Config& config) {
  ElectionSettings settings;
  settings.me = config.my_id;
  settings.min_notification = config.ensemble.min_notification;
  settings.max_notification = config.ensemble.max_notification;
  settings.finalize_wait = config.ensemble.finalize_wait;
#ifdef VIVARIUM_MUTANTS
  settings.mutant = config.mutant;
#endif
  return settings;
}

}  // namespace

Ensemble::Ensemble(const Config& config, const RecoveredState& recovered)
    : enabled(!config.ensemble.empty()),
      role(config.ensemble.empty() ? Role::kStandalone : Role::kSettling),
      history_known(knows_its_history(recovered)),
      quorum(config.ensemble),
      my_index(quorum.index_of(config.my_id)),
      epochs(recovered_epochs(recovered)),
      election(election_settings(config), quorum, other_members(config)),
      port(make_election_port(config.ensemble, config.my_id)) {
  standing = recovered_standing(quorum, config, recovered);
  if (KMUTANT(config.mutant, kWipedVotes) && standing == Standing::kFresh) standing = Standing::kVoter;
  if (KMUTANT(config.mutant, kDamagedVotes) && standing == Standing::kGuest) {
    standing = Standing::kVoter;
    history_known = true;
  }
  epochs_missing = standing == Standing::kVoter && !(recovered.accepted_epoch && recovered.current_epoch);
}

void Ensemble::hash_into(StateHash& hash) const {
  hash.add(std::uint64_t{enabled});
  if (!enabled) return;
  hash.add(static_cast<std::uint64_t>(role));
  hash.add(static_cast<std::uint64_t>(standing));
  epochs.hash_into(hash);
  election.hash_into(hash);
  port.hash_into(hash);
  leader.hash_into(hash);
  learner.hash_into(hash);
  hash.add(static_cast<std::uint64_t>(looking_since.nanos));
  read_only.hash_into(hash);
  hash.add(std::uint64_t{wants_everything} << 4 | std::uint64_t{epochs_missing} << 3 | std::uint64_t{leaving} |
           std::uint64_t{reload_wanted} << 1 | std::uint64_t{reloading} << 2);
  hash.add(reload_incarnation.value);
  hash.add(static_cast<std::uint64_t>(syncs_wasted));
}

}  // namespace vivarium
