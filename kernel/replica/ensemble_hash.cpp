// Everything in a role that can influence a future effect.
#include "kernel/replica/leader.h"
#include "kernel/replica/learner.h"

namespace vivarium {

namespace {

void add(StateHash& hash, Zxid zxid) { hash.add(static_cast<std::uint64_t>(zxid.value)); }
void add(StateHash& hash, Instant at) { hash.add(static_cast<std::uint64_t>(at.nanos)); }
void add(StateHash& hash, ChannelId channel) { hash.add((std::uint64_t{channel.slot} << 32) | channel.generation); }
void add(StateHash& hash, const VoterSet& set) {
  for (std::size_t i = 0; i < VoterSet::kMaxVoters; ++i) {
    if (set.contains(i)) hash.add(i);
  }
  hash.add(set.size());
}

void add(StateHash& hash, const Fifo<ForwardedWrite>& writes) {
  hash.add(writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    add(hash, writes[i].channel);
    hash.add(static_cast<std::uint64_t>(writes[i].session.value));
    hash.add(static_cast<std::uint64_t>(static_cast<std::int64_t>(writes[i].cxid.value)));
    hash.add(static_cast<std::uint64_t>(static_cast<std::int64_t>(writes[i].op)));
    add(hash, writes[i].arrived);
  }
}

}  // namespace

void LearnerState::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(phase));
  hash.add(std::uint64_t{guest} | std::uint64_t{observer} << 1 | std::uint64_t{memory_only} << 2 |
           std::uint64_t{linked} << 3 | std::uint64_t{paused} << 4 | std::uint64_t{install_begun} << 5 |
           std::uint64_t{caught_up} << 6);
  hash.add(static_cast<std::uint64_t>(leader.value));
  add(hash, channel);
  hash.add(static_cast<std::uint64_t>(new_epoch.value));
  add(hash, give_up_at);
  add(hash, retry_at);
  add(hash, last_heard);
  add(hash, cut_at);
  add(hash, synced_to);
  hash.add(cut_incarnation.value);
  hash.add(to_acknowledge.size());
  for (std::size_t i = 0; i < to_acknowledge.size(); ++i) add(hash, to_acknowledge[i]);
  hash.add(view(unfinished));
  hash.add(reader ? reader->offset() : 0);
  add(hash, forwarded);
  add(hash, syncs);
  add(hash, revalidations);
  hash.add(touched.size());
  for (const auto& [session, timeout_ms] : touched) {
    hash.add(static_cast<std::uint64_t>(session.value));
    hash.add(static_cast<std::uint64_t>(timeout_ms));
  }
}

void LearnerLink::hash_into(StateHash& hash) const {
  add(hash, channel);
  hash.add(static_cast<std::uint64_t>(phase));
  hash.add(static_cast<std::uint64_t>(server.value));
  hash.add(std::uint64_t{observer} | std::uint64_t{awaiting_drain} << 1 | std::uint64_t{log_is_sent} << 2);
  add(hash, last_zxid);
  add(hash, opened_at);
  add(hash, last_heard);
  hash.add(view(unfinished));
  hash.add(view(backlog));
  if (stream) stream->hash_into(hash);
  hash.add(held_commits.size());
  for (std::size_t i = 0; i < held_commits.size(); ++i) add(hash, held_commits[i]);
  add(hash, acked);
  add(hash, mark);
  add(hash, marked_at);
  add(hash, log_until);
  add(hash, log_sent);
}

void LeaderState::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(phase));
  hash.add(static_cast<std::uint64_t>(epoch.value));
  add(hash, history_end);
  add(hash, deadline);
  add(hash, next_ping);
  hash.add(half_ticks);
  add(hash, gathered);
  add(hash, confirmed);
  add(hash, synchronized);
  hash.add(links.size());
  for (const LearnerLink& link : links) link.hash_into(hash);
  for (const Zxid acked : voter_acked) add(hash, acked);
  hash.add(answers_due.size());
  for (std::size_t i = 0; i < answers_due.size(); ++i) {
    add(hash, answers_due[i].after);
    add(hash, answers_due[i].channel);
    hash.add(static_cast<std::uint64_t>(answers_due[i].doubted.value));
  }
  for (const ServerId server : log_was_no_use) hash.add(static_cast<std::uint64_t>(server.value));
  strangers.hash_into(hash);
  hash.add(owners.size());  // never iterated; who owns what shows in the sessions' requests
}

}  // namespace vivarium
