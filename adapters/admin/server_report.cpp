// srvr, stat, cons, conf, dirs: the server, its connections, its settings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "adapters/admin/reports.h"
#include "adapters/admin/version.h"
#include "kernel/base/assert.h"
#include "kernel/wire/op_code.h"

namespace vivarium {
namespace {

std::string connection_line(const AdminConnection& connection, bool brief) {
  const ConnectionView& view = connection.view;
  const int interest = (connection.reading ? 1 : 0) | (connection.writing ? 4 : 0);
  std::string line = fmt::format(" /{}[{:x}](queued={},recved={},sent={}", connection.endpoint, interest,
                                 view.outstanding, view.received, view.sent);
  if (!brief && view.has_session) {
    line += fmt::format(",sid=0x{:x},lop={},est={},to={}", static_cast<std::uint64_t>(view.session.value),
                        op_tag(view.last_op), view.established.millis, view.timeout_ms);
    if (view.last_xid.value >= 0) line += fmt::format(",lcxid=0x{:x}", view.last_xid.value);
    const std::int64_t average = view.latency.count == 0 ? 0 : view.latency.sum_ms / view.latency.count;
    line += fmt::format(",lzxid=0x{:x},lresp={},llat={},minlat={},avglat={},maxlat={}",
                        static_cast<std::uint64_t>(view.last_zxid.value), view.last_response.millis,
                        view.last_latency_ms, view.latency.min_ms, average, view.latency.max_ms);
  }
  return line + ")\n";
}

std::string ensemble_settings(const ServerConfig& config) {
  const EnsembleConfig& ensemble = config.kernel.ensemble;
  const ServerId me = config.kernel.my_id;
  const PeerOptions::Member* member = config.peers.find(me);
  KASSERT(member != nullptr);
  const auto is_me = [me](const MemberConfig& other) { return other.id == me; };
  const auto mine = std::find_if(ensemble.members.begin(), ensemble.members.end(), is_me);
  const bool votes = mine != ensemble.members.end() && mine->voter;
  return fmt::format(
      "serverId={}\ninitLimit={}\nsyncLimit={}\nelectionAlg=3\nelectionPort={}\nquorumPort={}\npeerType={}\n"
      "membership: \n{}",
      me.value, ensemble.init_limit, ensemble.sync_limit, member->addresses[0].election_port,
      member->addresses[0].quorum_port, votes ? 0 : 1, view(ensemble.text));
}

std::string version_directory(const std::string& directory) {
  return std::filesystem::absolute(directory).string() + "/version-2";
}

}  // namespace

std::string_view mode_text(const MemberView& member) {
  if (member.read_only) return "read-only";
  switch (member.role) {
    case Role::kStandalone:
      return "standalone";
    case Role::kFollowing:
      return "follower";
    case Role::kObserving:
      return "observer";
    case Role::kLeading:
      return "leader";
    case Role::kSettling:
    case Role::kLooking:
      break;
  }
  return "looking";
}

std::string ratio_text(std::int64_t dividend, std::int64_t divisor) {
  if (divisor == 0) return "0.0";
  const double ratio = std::round(static_cast<double>(dividend) / static_cast<double>(divisor) * 10000) / 10000;
  std::string text = fmt::format("{:.4f}", ratio);
  while (text.back() == '0' && text[text.size() - 2] != '.') text.pop_back();
  return text;
}
std::string average_text(const LatencyStats& stats) { return ratio_text(stats.sum_ms, stats.count); }

std::uint64_t directory_size(const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::uint64_t total = 0;
  // Files come and go while we look: what vanished counts as nothing.
  for (fs::recursive_directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    std::error_code vanished;
    const std::uint64_t size = at->is_regular_file(vanished) ? at->file_size(vanished) : 0;
    if (!vanished) total += size;
  }
  return total;
}

std::string server_report(const AdminSource& source, bool with_clients) {
  std::string text = fmt::format("Zookeeper version: {}\n", kServerVersion);
  const AdminTotals totals = source.totals();
  if (totals.member.read_only) text += "READ-ONLY mode; serving only read-only clients\n";
  if (with_clients) {
    text += "Clients:\n";
    source.for_each_connection([&text](const AdminConnection& c) { text += connection_line(c, true); });
    text += "\n";
  }
  const ServerCounters& counters = totals.counters;
  text += fmt::format("Latency min/avg/max: {}/{}/{}\n", counters.latency.min_ms, average_text(counters.latency),
                      counters.latency.max_ms);
  text += fmt::format("Received: {}\nSent: {}\nConnections: {}\nOutstanding: {}\n", counters.packets_received,
                      counters.packets_sent, totals.connections, counters.outstanding);
  text += fmt::format("Zxid: 0x{:x}\nMode: {}\nNode count: {}\n",
                      static_cast<std::uint64_t>(totals.last_processed.value), mode_text(totals.member), totals.nodes);
  if (totals.member.role != Role::kLeading) return text;
  const SizeStats& sizes = counters.proposal_size;
  return text + fmt::format("Proposal sizes last/min/max: {}/{}/{}\n", sizes.last, sizes.min, sizes.max);
}

std::string connection_report(const AdminSource& source) {
  std::string text;
  source.for_each_connection([&text](const AdminConnection& c) { text += connection_line(c, false); });
  return text + "\n";
}

std::string configuration_report(const AdminSource& source) {
  const ServerConfig& config = source.config();
  const std::string data = version_directory(config.store.data_dir), logs = version_directory(config.store.log_dir);
  std::string text = fmt::format("clientPort={}\nsecureClientPort=-1\n", source.totals().client_port);
  text += fmt::format("dataDir={}\ndataDirSize={}\n", data, directory_size(data));
  text += fmt::format("dataLogDir={}\ndataLogSize={}\n", logs, directory_size(logs));
  text += fmt::format("tickTime={}\nmaxClientCnxns={}\nminSessionTimeout={}\nmaxSessionTimeout={}\n",
                      config.kernel.tick.to_millis(), config.limits.per_address,
                      effective_min_session_timeout(config.kernel), effective_max_session_timeout(config.kernel));
  text += fmt::format("clientPortListenBacklog={}\n", config.listener.backlog);
  // A lone server is server 0 here, as in Apache, although it numbers its sessions as server 1.
  if (!config.store.member) return text + "serverId=0\n";
  return text + ensemble_settings(config);
}

std::string directory_report(const AdminSource& source) {
  const StoreOptions& store = source.config().store;
  return fmt::format("datadir_size: {}\nlogdir_size: {}\n", directory_size(version_directory(store.data_dir)),
                     directory_size(version_directory(store.log_dir)));
}

std::string digest_report(const AdminSource& source) {
  std::string text;
  source.for_each_digest([&text](Zxid zxid, std::uint64_t digest) {
    text += fmt::format("{:x}: {}\n", static_cast<std::uint64_t>(zxid.value), digest);
  });
  return text;
}

}  // namespace vivarium
