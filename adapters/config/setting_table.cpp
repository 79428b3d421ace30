#include "adapters/config/setting_table.h"

#include <algorithm>

#include "adapters/config/setting_values.h"

namespace vivarium {
namespace {

constexpr std::int64_t kMaxInt = INT32_MAX;

using Draft = SettingDraft;
using Value = std::string_view;

std::string to_int(Value value, std::int64_t min, std::int32_t& out) {
  std::int64_t parsed = 0;
  std::string expected = read_integer(value, min, kMaxInt, parsed);
  if (expected.empty()) out = static_cast<std::int32_t>(parsed);
  return expected;
}
std::string to_millis(Value value, std::int64_t min, Duration& out) {
  std::int64_t parsed = 0;
  std::string expected = read_integer(value, min, kMaxInt, parsed);
  if (expected.empty()) out = Duration::millis(parsed);
  return expected.empty() ? expected : expected + " (milliseconds)";
}
/// Twenty ticks, the default of maxSessionTimeout, must be a Java int.
std::string to_tick(Value value, Duration& out) {
  std::int64_t parsed = 0;
  if (!read_integer(value, 1, kMaxInt / 20, parsed).empty()) return "milliseconds (1 or more)";
  out = Duration::millis(parsed);
  return {};
}
std::string to_text(Value value, std::string& out) {
  out = std::string(value);
  return {};
}
std::string to_directory(Value value, std::string& out) {
  if (value.empty()) return "a directory";
  return to_text(value, out);
}
std::string to_port(Value value, std::optional<std::int64_t>& out) {
  std::int64_t port = 0;
  std::string expected = read_integer(value, 0, 65535, port);
  if (expected.empty()) out = port;
  return expected.empty() ? expected : "a port number (0 to 65535)";
}
std::string to_timeout(Value value, std::int32_t& out) {
  std::int64_t parsed = 0;
  if (!read_integer(value, -1, kMaxInt, parsed).empty() || parsed == 0)
    return "milliseconds (1 or more, or -1 for the default)";
  out = static_cast<std::int32_t>(parsed);
  return {};
}
std::string to_threshold(Value value, std::int32_t& out) {
  std::int64_t parsed = 0;
  if (!read_integer(value, -1, kMaxInt, parsed).empty() || parsed == 0) return "bytes (1 or more, or -1 for none)";
  out = static_cast<std::int32_t>(parsed);
  return {};
}
std::string to_compression(Value value, std::string& out) {
  if (value != "" && value != "gz" && value != "snappy") return "'gz', 'snappy' or nothing";
  return to_text(value, out);
}
std::string to_whitelist(Value value, WhitelistConfig& out) {
  out = {};
  for_each_in_list(value, [&out](Value word) {
    if (word == "*") out.all = true;
    out.words.emplace(word);
  });
  return {};
}
std::string to_ensemble_names(Value value, AuthOptions& auth) {
  auth.ensemble_names.emplace();
  for_each_in_list(value, [&auth](Value name) { auth.ensemble_names->emplace(name); });
  return {};
}
std::string to_schemes(Value value, Config& kernel) {
  kernel.enforce_auth_schemes.clear();
  for_each_in_list(value, [&kernel](Value scheme) { kernel.enforce_auth_schemes.push_back(to_string(scheme)); });
  return {};
}
std::string to_preallocation(Value value, StoreOptions& store) {
  std::int64_t kilobytes = 0;
  std::string expected = read_integer(value, 0, std::int64_t{1} << 32, kilobytes);
  if (!expected.empty()) return expected + " (kilobytes)";
  store.preallocate_bytes = static_cast<std::uint64_t>(kilobytes) * 1024;
  return {};
}
std::string to_kilobytes(Value value, std::int64_t& out) {
  std::int64_t kilobytes = 0;
  std::string expected = read_integer(value, -1, std::int64_t{1} << 40, kilobytes);
  if (!expected.empty()) return expected + " (kilobytes)";
  out = kilobytes * 1024;
  return {};
}

// ---- checks of settings without effect here ------------------------------------------------------------------------
std::string check_nothing(Value, Draft&) { return {}; }
std::string check_integer(Value value, Draft&) {
  std::int64_t ignored = 0;
  return read_integer(value, INT64_MIN, INT64_MAX, ignored).empty() ? std::string() : "a number";
}
std::string check_boolean(Value value, Draft&) {
  bool ignored = false;
  return read_boolean(value, ignored);
}
std::string to_peer_type(Value value, bool& observer) {
  const std::string word = lower_case(value);
  if (word != "participant" && word != "observer") return "'participant' or 'observer'";
  observer = word == "observer";
  return {};
}
std::string to_ticks(Value value, std::optional<std::int32_t>& out) {
  std::int64_t parsed = 0;
  // Every limit times every tick must be a duration.
  std::string expected = read_integer(value, 1, 1'000'000, parsed);
  if (!expected.empty()) return expected + " (ticks)";
  out = static_cast<std::int32_t>(parsed);
  return {};
}
/// "no" switches it off, anything else does not, as in Apache.
std::string to_leader_serves(Value value, Config& kernel) {
  kernel.ensemble.leader_serves = value != "no";
  return {};
}
std::string check_election(Value value, Draft&) {
  return value == "3" ? std::string() : "3, the only election algorithm";
}

// ---- remarks on what this build does not have ----------------------------------------------------------------------
std::string remark_if_on(Value value, Draft&) {
  return lower_case(value) == "true" ? "not supported by this build yet; ignored" : "";
}
std::string remark_if_positive(Value value, Draft&) {
  std::int64_t number = 0;
  return read_integer(value, 1, INT64_MAX, number).empty() ? "not supported by this build yet; ignored" : "";
}
std::string remark_if_set(Value value, Draft&) {
  return value.empty() ? "" : "not supported by this build yet; ignored";
}

#define ACTIVE(expression) SettingKind::kActive, [](Value v, Draft& d) -> std::string { return expression; }
#define IGNORED(check) SettingKind::kMeaningless, check_##check
#define UNSUPPORTED(remark) SettingKind::kUnsupported, remark_##remark

constexpr Setting kTable[] = {
    {"4lw.commands.whitelist", ACTIVE(to_whitelist(v, d.config.four_letter_words))},
    {"DigestAuthenticationProvider.digestAlg", ACTIVE(to_text(v, d.config.auth.digest_algorithm))},
    {"DigestAuthenticationProvider.enabled", ACTIVE(read_boolean(v, d.config.auth.digest_enabled))},
    {"DigestAuthenticationProvider.superDigest", ACTIVE(to_text(v, d.config.auth.super_digest))},
    {"IPAuthenticationProvider.usexforwardedfor", IGNORED(boolean)},
    {"allowSaslFailedClients", IGNORED(boolean)},
    {"audit.enable", UNSUPPORTED(if_on)},
    {"audit.impl.class", IGNORED(nothing)},
    {"autopurge.purgeInterval",
     SettingKind::kActive,
     [](Value v, Draft& d) {
       std::int64_t ms = 0;
       std::string expected = read_interval(v, ms);
       if (expected.empty()) d.config.kernel.purge_interval = Duration::millis(ms);
       return expected;
     }},
    {"autopurge.snapRetainCount", ACTIVE(to_int(v, INT32_MIN, d.config.kernel.snap_retain_count))},
    {"bitHashCacheSize", IGNORED(integer)},
    {"client.certReload", IGNORED(boolean)},
    {"client.portUnification", UNSUPPORTED(if_on)},
    {"clientPort", ACTIVE(to_port(v, d.client_port))},
    {"clientPortAddress",
     SettingKind::kActive,
     [](Value v, Draft& d) -> std::string {
       if (v.empty()) return "a host name or address";
       d.client_address = std::string(v);
       return {};
     }},
    {"clientPortListenBacklog", ACTIVE(to_int(v, -1, d.config.listener.backlog))},
    {"clientTcpKeepAlive", ACTIVE(read_boolean(v, d.config.listener.keep_alive))},
    {"closeSessionTxn.enabled", ACTIVE(read_boolean(v, d.config.kernel.close_session_txn_enabled))},
    {"cnxTimeout", ACTIVE(to_millis(v, 1, d.config.peers.election_timeout))},
    {"commitLogCount", ACTIVE(to_int(v, 0, d.config.kernel.commit_log_count))},
    {"connectToLearnerMasterLimit", ACTIVE(to_ticks(v, d.learner_connect_limit))},
    {"connection_throttle_decrease_ratio", ACTIVE(read_fraction(v, d.config.kernel.connection_throttle.decrease_ratio))},
    {"connection_throttle_drop_decrease", ACTIVE(read_fraction(v, d.config.kernel.connection_throttle.drop_decrease))},
    {"connection_throttle_drop_increase", ACTIVE(read_fraction(v, d.config.kernel.connection_throttle.drop_increase))},
    {"connection_throttle_fill_count", ACTIVE(read_integer(v, 0, ConnectionThrottleConfig::kMaxTokens, d.config.kernel.connection_throttle.fill_count))},
    {"connection_throttle_fill_time", ACTIVE(read_integer(v, 1, kMaxInt, d.config.kernel.connection_throttle.fill_time_ms))},
    {"connection_throttle_freeze_time", ACTIVE(read_integer(v, -1, kMaxInt, d.config.kernel.connection_throttle.freeze_time_ms))},
    {"connection_throttle_global_session_weight", ACTIVE(read_integer(v, 1, ConnectionThrottleConfig::kMaxWeight, d.config.kernel.connection_throttle.global_weight))},
    {"connection_throttle_local_session_weight", ACTIVE(read_integer(v, 1, ConnectionThrottleConfig::kMaxWeight, d.config.kernel.connection_throttle.local_weight))},
    {"connection_throttle_renew_session_weight", ACTIVE(read_integer(v, 1, ConnectionThrottleConfig::kMaxWeight, d.config.kernel.connection_throttle.renew_weight))},
    {"connection_throttle_tokens", ACTIVE(read_integer(v, 0, ConnectionThrottleConfig::kMaxTokens, d.config.kernel.connection_throttle.tokens))},
    {"connection_throttle_weight_enabled", ACTIVE(read_boolean(v, d.config.kernel.connection_throttle.weighted))},
    {"dataDir", ACTIVE(to_directory(v, d.config.store.data_dir))},
    {"dataLogDir", ACTIVE(to_directory(v, d.config.store.log_dir))},
    {"datadir.autocreate", ACTIVE(read_boolean(v, d.config.store.auto_create))},
    {"db.autocreate", ACTIVE(read_boolean(v, d.config.store.auto_create_db))},
    {"digest.enabled", ACTIVE(read_boolean(v, d.config.kernel.digest_enabled))},
    {"dynamicConfigFile", ACTIVE(to_text(v, d.dynamic_file))},
    {"electionAlg", IGNORED(election)},
    {"electionPortBindRetry", ACTIVE(to_int(v, 0, d.config.peers.bind_retries))},
    {"emulate353TTLNodes", ACTIVE(read_boolean(v, d.config.kernel.emulate_353_ttl_nodes))},
    {"enableEagerACLCheck", IGNORED(boolean)},
    {"enforce.auth.enabled", ACTIVE(read_boolean(v, d.config.kernel.enforce_auth_enabled))},
    {"enforce.auth.schemes", ACTIVE(to_schemes(v, d.config.kernel))},
    {"enforceQuota", ACTIVE(read_boolean(v, d.config.kernel.enforce_quota))},
    {"ensembleAuthName", ACTIVE(to_ensemble_names(v, d.config.auth))},
    {"extendedTypesEnabled", ACTIVE(read_boolean(v, d.config.kernel.extended_types_enabled))},
    {"fastleader.maxNotificationInterval", ACTIVE(to_millis(v, 1, d.config.kernel.ensemble.max_notification))},
    {"fastleader.minNotificationInterval", ACTIVE(to_millis(v, 1, d.config.kernel.ensemble.min_notification))},
    {"fips-mode", IGNORED(boolean)},
    {"flushDelay", IGNORED(integer)},
    {"follower.nodelay", IGNORED(boolean)},
    {"follower.skipLearnerRequestToNextProcessor", IGNORED(boolean)},
    {"forceSnapshotSync", UNSUPPORTED(if_on)},
    {"forceSync", ACTIVE(read_yes_no(v, d.config.store.force_sync))},
    {"forward_learner_requests_to_commit_processor_disabled", IGNORED(boolean)},
    {"fsync.warningthresholdms", ACTIVE(read_integer(v, 0, kMaxInt, d.config.fsync_warning_ms))},
    {"globalOutstandingLimit", ACTIVE(to_int(v, 1, d.config.kernel.global_outstanding_limit))},
    {"initLimit", ACTIVE(to_ticks(v, d.init_limit))},
    {"intBufferStartingSizeBytes", IGNORED(integer)},
    {"jute.maxbuffer", ACTIVE(to_int(v, 64, d.config.kernel.max_frame))},
    {"jute.maxbuffer.extrasize",
     SettingKind::kActive,
     [](Value v, Draft& d) {
       std::int64_t size = 0;
       std::string expected = read_integer(v, 0, kMaxInt, size);
       if (expected.empty()) d.max_frame_extra = size;
       return expected;
     }},
    {"jvm.pause.info-threshold.ms", IGNORED(integer)},
    {"jvm.pause.monitor", IGNORED(boolean)},
    {"jvm.pause.sleep.time.ms", IGNORED(integer)},
    {"jvm.pause.warn-threshold.ms", IGNORED(integer)},
    {"largeRequestMaxBytes", ACTIVE(read_integer(v, 1, kMaxInt, d.config.kernel.throttle.large_max_bytes))},
    {"largeRequestThreshold", ACTIVE(to_threshold(v, d.config.kernel.throttle.large_threshold))},
    {"leader.ackLoggingFrequency", IGNORED(integer)},
    {"leader.closeSocketAsync", IGNORED(boolean)},
    {"leader.maxConcurrentDiffSyncs", IGNORED(integer)},
    {"leader.maxConcurrentSnapSyncs", IGNORED(integer)},
    {"leader.maxTimeToWaitForEpoch", IGNORED(integer)},
    {"leader.nodelay", IGNORED(boolean)},
    {"leaderConnectDelayDuringRetryMs", IGNORED(integer)},
    {"leaderServes", ACTIVE(to_leader_serves(v, d.config.kernel))},
    {"learner.asyncSending", IGNORED(boolean)},
    {"learner.closeSocketAsync", IGNORED(boolean)},
    {"localSessionsEnabled", UNSUPPORTED(if_on)},
    {"localSessionsUpgradingEnabled", IGNORED(boolean)},
    {"maxBatchSize", IGNORED(integer)},
    {"maxClientCnxns", ACTIVE(to_int(v, 0, d.config.limits.per_address))},
    {"maxCnxns", ACTIVE(to_int(v, 0, d.config.limits.total))},
    {"maxGetChildrenResponseCacheSize", IGNORED(integer)},
    {"maxInProcessingDeadWatchers", IGNORED(integer)},
    {"maxResponseCacheSize", IGNORED(integer)},
    {"maxSessionTimeout", ACTIVE(to_timeout(v, d.config.kernel.max_session_timeout_ms))},
    {"maxWriteQueuePollTime", IGNORED(integer)},
    {"messageTracker.BufferSize", IGNORED(integer)},
    {"messageTracker.Enabled", IGNORED(boolean)},
    {"minSessionTimeout", ACTIVE(to_timeout(v, d.config.kernel.min_session_timeout_ms))},
    {"multiAddress.enabled", IGNORED(boolean)},
    {"multiAddress.reachabilityCheckEnabled", IGNORED(boolean)},
    {"multiAddress.reachabilityCheckTimeoutMs", IGNORED(integer)},
    {"nio.directBufferBytes", IGNORED(integer)},
    {"nio.numSelectorThreads", IGNORED(integer)},
    {"nio.numWorkerThreads", IGNORED(integer)},
    {"nio.sessionlessCnxnTimeout", ACTIVE(to_millis(v, 1, d.config.kernel.handshake_timeout))},
    {"nio.shutdownTimeout", IGNORED(integer)},
    {"observer.election.DelayMs", IGNORED(integer)},
    {"observer.reconnectDelayMs", IGNORED(integer)},
    {"observerMaster.sizeLimit", IGNORED(integer)},
    {"observerMasterPort", UNSUPPORTED(if_positive)},
    {"oraclePath", UNSUPPORTED(if_set)},
    {"peerType", ACTIVE(to_peer_type(v, d.observer))},
    {"portUnification", IGNORED(boolean)},
    {"preAllocSize", ACTIVE(to_preallocation(v, d.config.store))},
    {"quorum.cnxn.threads.size", IGNORED(integer)},
    {"quorumCnxnTimeoutMs", IGNORED(integer)},
    {"quorumListenOnAllIPs", ACTIVE(read_boolean(v, d.config.peers.listen_on_all))},
    {"readonlymode.enabled",
     SettingKind::kActive,
     [](Value v, Draft& d) {
       bool on = false;
       std::string expected = read_boolean(v, on);
       d.config.kernel.ensemble.read_only_mode = on;  // a lone server never becomes read-only
       if (on) d.config.four_letter_words.words.emplace("isro");
       return expected;
     }},
    {"reconfigEnabled", UNSUPPORTED(if_on)},
    {"request_stale_connection_check", IGNORED(boolean)},
    {"request_stale_latency_check", ACTIVE(read_boolean(v, d.config.kernel.throttle.stale_latency_check))},
    {"request_throttle_drop_stale", ACTIVE(read_boolean(v, d.config.kernel.throttle.drop_stale))},
    {"request_throttle_max_requests", ACTIVE(to_int(v, 0, d.config.kernel.throttle.max_requests))},
    {"request_throttle_stall_time", IGNORED(integer)},
    {"request_throttler.shutdownTimeout", ACTIVE(to_millis(v, 0, d.config.kernel.throttle.shutdown_timeout))},
    {"secureClientPort", ACTIVE(to_port(v, d.secure_client_port))},
    {"secureClientPortAddress",
     SettingKind::kActive,
     [](Value v, Draft& d) -> std::string {
       d.secure_client_address = std::string(v);
       return {};
     }},
    {"serializeLastProcessedZxid.enabled", ACTIVE(read_boolean(v, d.config.kernel.serialize_last_processed_zxid))},
    {"serverCnxnFactory", IGNORED(nothing)},
    {"sessionRequireClientSASLAuth", ACTIVE(read_boolean(v, d.require_sasl))},
    {"skipACL", ACTIVE(read_yes_no(v, d.config.kernel.skip_acl))},
    {"snapCount", ACTIVE(to_int(v, 2, d.config.kernel.snap_count))},
    {"snapSizeLimitInKb", ACTIVE(to_kilobytes(v, d.config.kernel.snap_size_limit_bytes))},
    {"snapshot.compression.method", ACTIVE(to_compression(v, d.config.store.snapshot_compression))},
    {"snapshot.trust.empty", ACTIVE(read_boolean(v, d.config.store.trust_empty_snapshot))},
    {"snapshotSizeFactor", ACTIVE(read_percent(v, -100, 1'000'000, d.config.kernel.ensemble.log_percent_of_snapshot))},
    {"sslQuorum", UNSUPPORTED(if_on)},
    {"sslQuorumReloadCertFiles", IGNORED(boolean)},
    {"standaloneEnabled", ACTIVE(read_boolean(v, d.standalone_enabled))},
    {"superUser", UNSUPPORTED(if_set)},
    {"syncEnabled", IGNORED(boolean)},
    {"syncLimit", ACTIVE(to_ticks(v, d.sync_limit))},
    {"tcpKeepAlive", IGNORED(boolean)},
    {"throttled_op_wait_time", ACTIVE(to_millis(v, 0, d.config.kernel.throttle.max_wait))},
    {"tickTime", ACTIVE(to_tick(v, d.config.kernel.tick))},
    {"txnLogSizeLimitInKb", ACTIVE(to_kilobytes(v, d.config.kernel.log_size_limit_bytes))},
    {"watchManagerName", IGNORED(nothing)},
    {"watcherCleanIntervalInSeconds", IGNORED(integer)},
    {"watcherCleanThreadsNum", IGNORED(integer)},
    {"watcherCleanThreshold", IGNORED(integer)},
    {"znode.container.checkIntervalMs", ACTIVE(to_millis(v, 1, d.config.kernel.container_check_interval))},
    {"znode.container.maxNeverUsedIntervalMs", ACTIVE(to_millis(v, 0, d.config.kernel.container_max_never_used))},
    {"znode.container.maxPerMinute", ACTIVE(to_int(v, 1, d.config.kernel.container_max_per_minute))},
};

#undef ACTIVE
#undef IGNORED
#undef UNSUPPORTED

struct Family {
  std::string_view prefix, remark;
};
constexpr Family kFamilies[] = {
    {"X509AuthenticationProvider.", ""},
    {"admin.", ""},  // the AdminServer is not in this build; main says so once
    {"commitProcessor.", ""},
    {"kerberos.", ""},
    {"learner.", ""},
    {"metricsProvider.", ""},
    {"netty.", ""},
    {"pathStats.", ""},
    {"quorum.auth.", ""},
    {"sasl.", ""},
    {"ssl.", ""},
    {"superUser.", "SASL is not supported by this build yet; ignored"},
    {"letAnySaslUserDoX", "SASL is not supported by this build yet; ignored"},
};

}  // namespace

std::span<const Setting> setting_table() { return kTable; }

const Setting* find_setting(std::string_view key) {
  const auto at = std::lower_bound(std::begin(kTable), std::end(kTable), key,
                                   [](const Setting& s, std::string_view k) { return s.key < k; });
  return at != std::end(kTable) && at->key == key ? at : nullptr;
}

std::optional<std::string_view> known_prefix(std::string_view key) {
  for (const Family& family : kFamilies) {
    if (key.starts_with(family.prefix)) return family.remark;
  }
  return std::nullopt;
}

std::span<const std::string_view> setting_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const Setting& setting : kTable) all.push_back(setting.key);
    return all;
  }();
  return names;
}

}  // namespace vivarium
