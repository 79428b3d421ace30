// srvr, stat, cons, conf, dirs: the server, its connections, its settings.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "adapters/admin/reports.h"
#include "adapters/admin/version.h"
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

std::string version_directory(const std::string& directory) {
  return std::filesystem::absolute(directory).string() + "/version-2";
}

}  // namespace

std::string average_text(const LatencyStats& stats) {
  if (stats.count == 0) return "0.0";
  const double average =
      std::round(static_cast<double>(stats.sum_ms) / static_cast<double>(stats.count) * 10000) / 10000;
  std::string text = fmt::format("{:.4f}", average);
  while (text.back() == '0' && text[text.size() - 2] != '.') text.pop_back();
  return text;
}

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
  if (with_clients) {
    text += "Clients:\n";
    source.for_each_connection([&text](const AdminConnection& c) { text += connection_line(c, true); });
    text += "\n";
  }
  const AdminTotals totals = source.totals();
  const ServerCounters& counters = totals.counters;
  text += fmt::format("Latency min/avg/max: {}/{}/{}\n", counters.latency.min_ms, average_text(counters.latency),
                      counters.latency.max_ms);
  text += fmt::format("Received: {}\nSent: {}\nConnections: {}\nOutstanding: {}\n", counters.packets_received,
                      counters.packets_sent, totals.connections, counters.outstanding);
  text += fmt::format("Zxid: 0x{:x}\nMode: standalone\nNode count: {}\n",
                      static_cast<std::uint64_t>(totals.last_processed.value), totals.nodes);
  return text;
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
  // A lone server is server 0 here, as in Apache, although it numbers its sessions as server 1.
  text += fmt::format("clientPortListenBacklog={}\nserverId=0\n", config.listener.backlog);
  return text;
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
