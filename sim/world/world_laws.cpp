// What servers are seen to do, and the laws of a lone server that are checked as it happens; see world.h.
#include "kernel/replica.h"
#include "kernel/tree/data_tree.h"
#include "sim/check/laws.h"
#include "sim/check/state_check.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/world/world.h"

namespace vivarium::sim {

void World::on_contact(std::uint32_t server, std::uint32_t client) {
  // A handshake counts once it is answered: a server that is throttled may leave it unread.
  if (clients_[client]->connected()) sessions_.contact(server, clients_[client]->session(), scheduler_.now());
}

void World::on_append(std::uint32_t server, const Appended& appended) {
  ghost_.on_append(server, appended.zxid, appended.txn, appended.wall_ms);
  if (appended.leading) sessions_.appended(server, appended.zxid, appended.txn, scheduler_.now());
}

void World::on_recovered(std::uint32_t server, const RecoveredState& recovered, bool reload) {
  if (reload) return ghost_.on_reloaded(server, recovered);
  ghost_.on_recovered(server, recovered);
  if (plan_.ensemble()) return phase_ == Phase::kLastCrash ? judge_last_recovery(server, recovered) : void();
  const bool rotted = hosts_[server].rotted;
  const Zxid last = recovered.last_zxid;
  const char* lost = rotted ? laws::kSilentLoss : laws::kDurability;
  if (last < history_.highest_seen()) {
    fail(lost,
         text("recovery ends at ", hex(last.value), ", but a client has seen ", hex(history_.highest_seen().value)));
  }
  if (last < oracle_.checked()) {
    fail(lost, text("recovery ends at ", hex(last.value), ", but an earlier one had brought back ",
                    hex(oracle_.checked().value)));
  }
  oracle_.advance(last);
  compare_state(recovered.tree, recovered.sessions, oracle_.model(), "after recovery");
  if (!rotted) compare_log_files(hosts_[server].server->disk(), "/log/version-2", ghost_.book(), last);
  sessions_.leads(server, static_cast<std::int64_t>(boots_), scheduler_.now());
}

void World::on_durable(std::uint32_t server, Zxid zxid) { ghost_.on_durable(server, zxid); }
void World::on_truncate(std::uint32_t server, Zxid zxid) { ghost_.on_truncate(server, zxid); }
void World::on_reset(std::uint32_t server, Zxid zxid) { ghost_.on_reset(server, zxid); }
void World::on_cut_durable(std::uint32_t server) { ghost_.on_cut_durable(server); }
void World::on_cut_failed(std::uint32_t server) { ghost_.on_cut_failed(server); }
void World::on_snapshot_durable(std::uint32_t server, Zxid zxid) { ghost_.on_snapshot_durable(server, zxid); }
void World::on_epochs_durable(std::uint32_t server, Epoch accepted, Epoch current) {
  ghost_.on_epochs_durable(server, accepted, current);
}
void World::on_stepped(std::uint32_t server, const Replica& replica) {
  const MemberView view = replica.member();
  const DataTree& tree = replica.tree();
  const bool has_digest = tree.options().digest;
  ghost_.on_stepped(server, view, has_digest ? tree.digest() : 0, has_digest);
  // All members are of one make: nobody sends what another must refuse.
  if (replica.probes().count(Probe::kPacketRefused) > 0) {
    fail(laws::kMessageLegal, text(describe(server), " has refused a proposal or a commit of its leader's"));
  }
  const Ghost::Reign reign = ghost_.reign();
  if (reign.leader == server) sessions_.leads(server, reign.epoch.value, scheduler_.now());
  if (plan_.ensemble()) watch_role(server, view);
}

/// Since when it has been what it is, for the story and for those who ask who is stuck.
void World::watch_role(std::uint32_t server, const MemberView& view) {
  Host& host = hosts_[server];
  if (view.role == host.role && view.serving == host.serving) return;
  host.role = view.role;
  host.serving = view.serving;
  host.role_since = scheduler_.now();
  if (scheduler_.telling()) scheduler_.tell(describe(server));
}
void World::on_down(std::uint32_t server) {
  ghost_.on_down(server);
  sessions_.disturbed(scheduler_.now());  // what its clients told it last may have died with it
}
void World::on_damaged(std::uint32_t server) { ghost_.on_damaged(server); }
void World::on_wiped(std::uint32_t server) { ghost_.on_wiped(server); }

}  // namespace vivarium::sim
