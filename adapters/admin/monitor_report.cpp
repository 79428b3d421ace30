// mntr: the metrics that this server measures, under Apache's names. What is not measured is left out, not invented.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>

#include "adapters/admin/reports.h"
#include "adapters/admin/version.h"

namespace vivarium {
namespace {

class Lines {
 public:
  template <class Value>
  void add(std::string_view name, const Value& value) {
    text_ += fmt::format("zk_{}\t{}\n", name, value);
  }
  void add_summary(std::string_view name, const LatencyStats& stats) {
    add(fmt::format("avg_{}", name), average_text(stats));
    add(fmt::format("min_{}", name), stats.min_ms);
    add(fmt::format("max_{}", name), stats.max_ms);
    add(fmt::format("cnt_{}", name), stats.count);
    add(fmt::format("sum_{}", name), stats.sum_ms);
  }
  void add_percentiles(std::string_view name, const LatencyDistribution& values) {
    add_summary(name, values.stats);
    add(fmt::format("p50_{}", name), values.percentile(500));
    add(fmt::format("p95_{}", name), values.percentile(950));
    add(fmt::format("p99_{}", name), values.percentile(990));
    add(fmt::format("p999_{}", name), values.percentile(999));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error)) {
    ++count;
  }
  return count == 0 ? 0 : count - 1;  // without the one that lists them
}

std::uint64_t max_descriptors() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

void add_peer_state(Lines& lines, Role role) {
  if (role == Role::kLeading) lines.add("peer_state", "leading - broadcast");
  if (role == Role::kFollowing) lines.add("peer_state", "following - broadcast");
  if (role == Role::kObserving) lines.add("peer_state", "observing - broadcast");
}

void add_leader(Lines& lines, const AdminTotals& totals) {
  const MemberView& member = totals.member;
  lines.add("learners", member.learners);
  lines.add("synced_followers", member.synced_followers);
  lines.add("synced_non_voting_followers", member.synced_non_voters);
  lines.add("synced_observers", member.synced_observers);
  lines.add("pending_syncs", member.pending_syncs);
  lines.add("leader_uptime", totals.leader_uptime_ms);
  lines.add("last_proposal_size", totals.counters.proposal_size.last);
  lines.add("min_proposal_size", totals.counters.proposal_size.min);
  lines.add("max_proposal_size", totals.counters.proposal_size.max);
}

void add_ensemble(Lines& lines, const ServerConfig& config, const AdminTotals& totals) {
  const auto& members = config.kernel.ensemble.members;
  const auto voters = std::count_if(members.begin(), members.end(), [](const MemberConfig& m) { return m.voter; });
  lines.add("quorum_size", voters);
  lines.add("proposal_count", totals.counters.proposals);
  lines.add("learner_proposal_received_count", totals.counters.proposals_received);
  lines.add("learner_commit_received_count", totals.counters.commits_received);
  lines.add_percentiles("proposal_latency", totals.counters.proposal_latency);
  lines.add_percentiles("quorum_ack_latency", totals.counters.quorum_ack_latency);
  for (const auto& [server, latency] : totals.counters.ack_latency) {
    lines.add_percentiles(fmt::format("{}_ack_latency", server), latency);
  }
  if (totals.member.role == Role::kLeading) add_leader(lines, totals);
}

}  // namespace

std::string monitor_report(const AdminSource& source) {
  const AdminTotals totals = source.totals();
  const ServerCounters& counters = totals.counters;
  const AdapterCounters& adapter = totals.adapter;
  Lines lines;
  lines.add("version", kServerVersion);
  lines.add("server_state", mode_text(totals.member));
  add_peer_state(lines, totals.member.role);
  lines.add("ephemerals_count", totals.ephemerals);
  lines.add("num_alive_connections", totals.connections);
  lines.add("avg_latency", average_text(counters.latency));
  lines.add("outstanding_requests", counters.outstanding);
  lines.add("znode_count", totals.nodes);
  lines.add("global_sessions", totals.sessions);
  lines.add("packets_sent", counters.packets_sent);
  lines.add("packets_received", counters.packets_received);
  lines.add("watch_count", totals.data_watches + totals.child_watches);
  lines.add("auth_failed_count", counters.auth_failures);
  lines.add("min_latency", counters.latency.min_ms);
  lines.add("max_latency", counters.latency.max_ms);
  lines.add("max_file_descriptor_count", max_descriptors());
  lines.add("open_file_descriptor_count", open_descriptors());
  lines.add("approximate_data_size", totals.data_size);
  lines.add("uptime", totals.uptime_ms);
  lines.add("bytes_received_count", adapter.bytes_received);
  lines.add("response_bytes", adapter.bytes_sent);
  lines.add("connection_rejected", adapter.connections_rejected + counters.connections_throttled);
  lines.add("connection_request_count", counters.connection_requests);
  lines.add("connection_drop_probability", ratio_text(counters.connection_drop_odds, ConnectionThrottleConfig::kOne));
  lines.add_summary("connection_token_deficit", counters.token_deficit);
  lines.add("request_throttle_wait_count", counters.throttle_waits);
  lines.add("throttled_ops", counters.throttled_ops);
  lines.add("stale_requests", counters.stale_requests);
  lines.add("stale_requests_dropped", counters.stale_requests_dropped);
  lines.add("large_requests_rejected", counters.large_requests_rejected);
  lines.add("connection_drop_count", adapter.connections_dropped);
  lines.add("stale_sessions_expired", counters.sessions_expired);
  lines.add("digest_mismatches_count", counters.digest_mismatches);
  lines.add("snapshot_error_count", counters.snapshots_failed);
  lines.add("ensemble_auth_success", totals.ensemble_auth.success);
  lines.add("ensemble_auth_fail", totals.ensemble_auth.fail);
  lines.add("ensemble_auth_skip", totals.ensemble_auth.skip);
  if (totals.member.role != Role::kStandalone) add_ensemble(lines, source.config(), totals);
  lines.add_summary("fsynctime", adapter.sync);
  lines.add_summary("snapshottime", adapter.snapshot);
  lines.add_percentiles("readlatency", counters.read_latency);
  lines.add_percentiles("updatelatency", counters.update_latency);
  lines.add_percentiles("propagation_latency", counters.propagation_latency);
  LatencyStats recovery;
  recovery.add(adapter.recovery_ms);
  lines.add_summary("dbinittime", recovery);
  return lines.take();
}

}  // namespace vivarium
