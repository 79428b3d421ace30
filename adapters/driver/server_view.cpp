#include "adapters/driver/server_view.h"

#include <map>

#include "adapters/driver/clock.h"
#include "kernel/replica/digest_log.h"
#include "kernel/session/session_table.h"
#include "kernel/session/watch_table.h"

namespace vivarium {

AdminTotals ServerView::totals() const {
  const Replica& replica = parts_.replica;
  const DataTree& tree = replica.tree();
  const WatchTable& watches = replica.watches();
  const NetCounters& net = parts_.channels.counters();
  const StorageCounters& storage = parts_.driver.storage_counters();
  AdminTotals totals;
  totals.counters = replica.counters();
  totals.member = replica.member();
  if (totals.member.established) totals.leader_uptime_ms = (monotonic_now() - totals.member.established_at).to_millis();
  totals.adapter = {net.bytes_received, net.bytes_sent, net.rejected,     net.dropped,
                    storage.slow_syncs, storage.sync,   storage.snapshot, parts_.recovery_ms};
  totals.ensemble_auth = parts_.authenticator.ensemble_counters();
  totals.last_processed = tree.last_processed_zxid();
  totals.nodes = tree.node_count() + 1;  // Apache counts its root twice, as "" and as "/"
  totals.ephemerals = tree.ephemerals().size();
  totals.sessions = replica.sessions().size();
  totals.connections = parts_.channels.size();
  totals.data_size = tree.approximate_data_size() + 1;  // the path "/", for the same reason
  totals.data_watches = watches.data_watch_count();
  totals.child_watches = watches.child_watch_count();
  totals.watched_paths = watches.path_count();
  totals.watching_connections = watches.watcher_count();
  totals.uptime_ms = (monotonic_now() - parts_.started).to_millis();
  totals.client_port = parts_.client_port;
  return totals;
}

void ServerView::for_each_connection(const std::function<void(const AdminConnection&)>& visit) const {
  struct Context {
    const ChannelSet& channels;
    const std::function<void(const AdminConnection&)>& visit;
  } context{parts_.channels, visit};
  parts_.replica.for_each_connection(
      [](void* opaque, const ConnectionView& view) {
        const Context& c = *static_cast<const Context*>(opaque);
        AdminConnection connection;
        connection.view = view;
        const PeerAddress* peer = c.channels.peer(view.channel);
        connection.endpoint = peer == nullptr ? std::string(view.peer) : peer->endpoint();
        connection.reading = c.channels.is_reading(view.channel);
        connection.writing = c.channels.is_writing(view.channel);
        c.visit(connection);
      },
      &context);
}

void ServerView::for_each_session(const std::function<void(SessionId, std::int32_t timeout_ms)>& visit) const {
  parts_.replica.sessions().for_each(visit);
}

void ServerView::for_each_session_deadline(const std::function<void(WallTime, SessionId)>& visit) const {
  const Instant now = monotonic_now();
  const WallTime wall = wall_now();
  parts_.replica.sessions().for_each_deadline(
      [&](Instant deadline, SessionId id) { visit(WallTime{wall.millis + (deadline - now).to_millis()}, id); });
}

void ServerView::for_each_ephemeral(const std::function<void(SessionId, std::string_view path)>& visit) const {
  parts_.replica.tree().ephemerals().for_each([&](SessionId session, const auto& paths) {
    for (const String& path : paths) visit(session, view(path));
  });
}

void ServerView::for_each_data_watch(const std::function<void(std::string_view path, SessionId)>& visit) const {
  std::map<ChannelId, SessionId> session_of;
  parts_.replica.for_each_connection(
      [](void* sessions, const ConnectionView& view) {
        (*static_cast<std::map<ChannelId, SessionId>*>(sessions))[view.channel] = view.session;
      },
      &session_of);
  parts_.replica.watches().for_each_data_watch(
      [&](std::string_view path, ChannelId watcher) { visit(path, session_of[watcher]); });
}

void ServerView::for_each_digest(const std::function<void(Zxid, std::uint64_t)>& visit) const {
  parts_.replica.digests().for_each(visit);
}

}  // namespace vivarium
