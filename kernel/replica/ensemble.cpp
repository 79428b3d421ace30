#include "kernel/replica/ensemble.h"

namespace vivarium {

namespace {

Vector<ServerId> other_members(const Config& config) {
  Vector<ServerId> others;
  for (const MemberConfig& member : config.ensemble.members) {
    if (member.id != config.my_id) others.push_back(member.id);
  }
  return others;
}

ElectionSettings election_settings(const Config& config) {
  const EnsembleConfig& ensemble = config.ensemble;
  return {config.my_id, ensemble.min_notification, ensemble.max_notification, ensemble.finalize_wait};
}

DurableEpoch recovered_epochs(const RecoveredState& recovered) {
  const Epoch current = recovered.current_epoch.value_or(recovered.last_zxid.epoch());
  return DurableEpoch(recovered.accepted_epoch.value_or(current), current);
}

}  // namespace

Ensemble::Ensemble(const Config& config, const RecoveredState& recovered)
    : enabled(!config.ensemble.empty()),
      quorum(config.ensemble),
      epochs(recovered_epochs(recovered)),
      election(election_settings(config), quorum, other_members(config)),
      port(make_election_port(config.ensemble, config.my_id)) {
  standing = quorum.is_voter(config.my_id) ? Standing::kVoter : Standing::kObserver;
}

void Ensemble::hash_into(StateHash& hash) const {
  hash.add(std::uint64_t{enabled});
  if (!enabled) return;
  hash.add(static_cast<std::uint64_t>(role));
  hash.add(static_cast<std::uint64_t>(standing));
  epochs.hash_into(hash);
  election.hash_into(hash);
  port.hash_into(hash);
}

}  // namespace vivarium
