#include "adapters/config/zoo_cfg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "adapters/config/setting_table.h"

namespace vivarium {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Files {
  std::map<std::string, std::string> contents;
  std::optional<std::string> operator()(const std::string& path) const {
    const auto found = contents.find(path);
    if (found == contents.end()) return std::nullopt;
    return found->second;
  }
};

ConfigReport parse(const std::string& text, Files files = {}) { return parse_zoo_cfg(text, "zoo.cfg", files); }
/// With the two settings that every configuration needs on lines 1 and 2.
ConfigReport parse_more(const std::string& text, Files files = {}) {
  return parse("dataDir=/d\nclientPort=2181\n" + text, std::move(files));
}

TEST(ZooCfg, defaults_are_apaches) {
  const ConfigReport report = parse_more("");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, IsEmpty());
  const ServerConfig& c = report.config;
  EXPECT_EQ(c.kernel.tick.to_millis(), 3000);
  EXPECT_EQ(effective_min_session_timeout(c.kernel), 6000);
  EXPECT_EQ(effective_max_session_timeout(c.kernel), 60000);
  EXPECT_EQ(c.store.data_dir, "/d");
  EXPECT_EQ(c.store.log_dir, "/d");
  EXPECT_EQ(c.store.preallocate_bytes, 64u << 20);
  EXPECT_EQ(c.store.max_txn, 2u * 0xfffff);
  EXPECT_TRUE(c.store.force_sync);
  EXPECT_EQ(c.listener.port, 2181);
  EXPECT_EQ(c.listener.address, "");
  EXPECT_EQ(c.listener.backlog, -1);
  EXPECT_EQ(c.limits.per_address, 60);
  EXPECT_EQ(c.limits.total, 0);
  EXPECT_TRUE(c.four_letter_words.allows("srvr"));
  EXPECT_FALSE(c.four_letter_words.allows("ruok"));
  EXPECT_EQ(c.kernel.my_id.value, 1);
}

TEST(ZooCfg, the_sample_file_of_apache_is_taken_without_a_remark) {
  const ConfigReport report =
      parse("tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/tmp/zookeeper\nclientPort=2181\n#maxClientCnxns=60\n");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_EQ(report.config.kernel.tick.to_millis(), 2000);
}

TEST(ZooCfg, settings_of_the_listener_and_of_sessions_reach_their_place) {
  const ConfigReport report = parse_more(
      "clientPortAddress=10.0.0.1\nclientPortListenBacklog=7\nclientTcpKeepAlive=TRUE\nminSessionTimeout=5000\n"
      "maxSessionTimeout=90000\nmaxClientCnxns=0\nmaxCnxns=5000\nnio.sessionlessCnxnTimeout=1234\n"
      "globalOutstandingLimit=5\n4lw.commands.whitelist=stat, ruok\n");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, IsEmpty());
  const ServerConfig& c = report.config;
  EXPECT_EQ(c.listener.address, "10.0.0.1");
  EXPECT_EQ(c.listener.backlog, 7);
  EXPECT_TRUE(c.listener.keep_alive);
  EXPECT_EQ(c.kernel.min_session_timeout_ms, 5000);
  EXPECT_EQ(c.kernel.max_session_timeout_ms, 90000);
  EXPECT_EQ(c.limits.per_address, 0);
  EXPECT_EQ(c.limits.total, 5000);
  EXPECT_EQ(c.kernel.handshake_timeout.to_millis(), 1234);
  EXPECT_EQ(c.kernel.global_outstanding_limit, 5);
  EXPECT_TRUE(c.four_letter_words.allows("ruok"));
  EXPECT_FALSE(c.four_letter_words.allows("cons"));
}

TEST(ZooCfg, settings_of_storage_reach_their_place) {
  const ConfigReport report = parse_more(
      "dataLogDir=/l\nsnapCount=200\nsnapSizeLimitInKb=-1\ntxnLogSizeLimitInKb=10\npreAllocSize=128\n"
      "commitLogCount=10\nfsync.warningthresholdms=20\nautopurge.purgeInterval=2\nautopurge.snapRetainCount=5\n"
      "snapshot.compression.method=gz\nsnapshot.trust.empty=true\ndatadir.autocreate=false\n"
      "serializeLastProcessedZxid.enabled=false\nforceSync=no\njute.maxbuffer=4194304\njute.maxbuffer.extrasize=100\n");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, IsEmpty());
  const ServerConfig& c = report.config;
  EXPECT_EQ(c.store.log_dir, "/l");
  EXPECT_EQ(c.kernel.snap_count, 200);
  EXPECT_LT(c.kernel.snap_size_limit_bytes, 0);
  EXPECT_EQ(c.kernel.log_size_limit_bytes, 10240);
  EXPECT_EQ(c.store.preallocate_bytes, 131072u);
  EXPECT_EQ(c.kernel.commit_log_count, 10);
  EXPECT_EQ(c.fsync_warning_ms, 20);
  EXPECT_EQ(c.kernel.purge_interval.to_millis(), 7'200'000);
  EXPECT_EQ(c.kernel.snap_retain_count, 5);
  EXPECT_EQ(c.store.snapshot_compression, "gz");
  EXPECT_TRUE(c.store.trust_empty_snapshot);
  EXPECT_FALSE(c.store.auto_create);
  EXPECT_FALSE(c.kernel.serialize_last_processed_zxid);
  EXPECT_FALSE(c.store.force_sync);
  EXPECT_EQ(c.kernel.max_frame, 4194304);
  EXPECT_EQ(c.kernel.max_txn, 4194404);
  EXPECT_EQ(c.store.max_txn, 4194404u);
}

TEST(ZooCfg, settings_of_the_tree_and_of_authentication_reach_their_place) {
  const ConfigReport report = parse_more(
      "digest.enabled=false\ncloseSessionTxn.enabled=false\nextendedTypesEnabled=true\nenforceQuota=true\nskipACL=yes\n"
      "znode.container.checkIntervalMs=1\nznode.container.maxPerMinute=2\nznode.container.maxNeverUsedIntervalMs=3\n"
      "DigestAuthenticationProvider.superDigest=super:x\nDigestAuthenticationProvider.digestAlg=SHA-256\n"
      "ensembleAuthName=a, b\nauthProvider.1=org.apache.zookeeper.server.auth.EnsembleAuthenticationProvider\n"
      "enforce.auth.enabled=true\nenforce.auth.schemes=digest\n");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, IsEmpty());
  const ServerConfig& c = report.config;
  EXPECT_FALSE(c.kernel.digest_enabled);
  EXPECT_FALSE(c.store.tree.digest);
  EXPECT_FALSE(c.kernel.close_session_txn_enabled);
  EXPECT_TRUE(c.kernel.extended_types_enabled);
  EXPECT_TRUE(c.store.tree.extended_types);
  EXPECT_TRUE(c.kernel.enforce_quota);
  EXPECT_TRUE(c.kernel.skip_acl);
  EXPECT_EQ(c.kernel.container_check_interval.to_millis(), 1);
  EXPECT_EQ(c.kernel.container_max_per_minute, 2);
  EXPECT_EQ(c.kernel.container_max_never_used.to_millis(), 3);
  EXPECT_EQ(c.auth.super_digest, "super:x");
  EXPECT_EQ(c.auth.digest_algorithm, "SHA-256");
  EXPECT_TRUE(c.auth.ensemble_provider);
  EXPECT_EQ(c.auth.ensemble_names->count("b"), 1u);
  EXPECT_TRUE(c.kernel.enforce_auth_enabled);
}

TEST(ZooCfg, the_table_is_sorted_so_that_look_up_finds_every_key) {
  for (const Setting& setting : setting_table()) EXPECT_EQ(find_setting(setting.key), &setting) << setting.key;
}

struct Wrong {
  const char* text;   // from line 3 on
  const char* error;  // the whole message
};

constexpr Wrong kWrongValues[] = {
    {"tickTime=2s", "zoo.cfg:3: tickTime: expected milliseconds (1 or more), got '2s'"},
    {"tickTime=0", "zoo.cfg:3: tickTime: expected milliseconds (1 or more), got '0'"},
    {"\n# c\ntickTime=", "zoo.cfg:5: tickTime: expected milliseconds (1 or more), got ''"},
    {"clientPort=70000", "zoo.cfg:3: clientPort: expected a port number (0 to 65535), got '70000'"},
    {"clientPortAddress=", "zoo.cfg:3: clientPortAddress: expected a host name or address, got ''"},
    {"dataDir=", "zoo.cfg:3: dataDir: expected a directory, got ''"},
    {"maxClientCnxns=-1", "zoo.cfg:3: maxClientCnxns: expected a number from 0 to 2147483647, got '-1'"},
    {"minSessionTimeout=0",
     "zoo.cfg:3: minSessionTimeout: expected milliseconds (1 or more, or -1 for the default), got '0'"},
    {"snapCount=many", "zoo.cfg:3: snapCount: expected a number from 2 to 2147483647, got 'many'"},
    {"preAllocSize=x", "zoo.cfg:3: preAllocSize: expected a number from 0 to 4294967296 (kilobytes), got 'x'"},
    {"snapshot.compression.method=zip",
     "zoo.cfg:3: snapshot.compression.method: expected 'gz', 'snappy' or nothing, got 'zip'"},
    {"autopurge.purgeInterval=1w",
     "zoo.cfg:3: autopurge.purgeInterval: expected hours, or a number with ms, s, m, h or d, got '1w'"},
    {"enforceQuota=yes", "zoo.cfg:3: enforceQuota: expected 'true' or 'false', got 'yes'"},
    {"forceSync=false", "zoo.cfg:3: forceSync: expected 'yes' or 'no', got 'false'"},
    {"localSessionsUpgradingEnabled=maybe",
     "zoo.cfg:3: localSessionsUpgradingEnabled: expected 'true' or 'false', got 'maybe'"},
    {"initLimit=ten", "zoo.cfg:3: initLimit: expected a number from 1 to 1000000 (ticks), got 'ten'"},
    {"electionAlg=1", "zoo.cfg:3: electionAlg: expected 3, the only election algorithm, got '1'"},
    {"peerType=voter", "zoo.cfg:3: peerType: expected 'participant' or 'observer', got 'voter'"},
    {"server.x=a:1:2", "zoo.cfg:3: server.x: expected a server id after 'server.', got 'a:1:2'"},
    {"server.1=a:1",
     "zoo.cfg:3: server.1: expected host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort], "
     "got 'a:1'"},
    {"server.1=a:1:1",
     "zoo.cfg:3: server.1: expected host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort], "
     "got 'a:1:1'"},
    {"a=\\u12", "zoo.cfg:3: malformed \\uXXXX escape"},
};

constexpr Wrong kContradictions[] = {
    {"standaloneEnabled=false", "zoo.cfg:3: standaloneEnabled=false needs at least one participant"},
    {"server.1=a:1:2:observer", "zoo.cfg:3: observers without participants"},
    {"server.1=a:1:2\nserver.2=b:1:2:observer", "zoo.cfg:3: observers need a quorum of more than one participant"},
    {"dynamicConfigFile=dyn\nserver.1=a:1:2",
     "zoo.cfg:4: server lines must be in the file that dynamicConfigFile names, not here"},
    {"dynamicConfigFile=gone", "zoo.cfg:3: dynamicConfigFile: cannot read 'gone'"},
    {"dynamicConfigFile=dyn", "dyn:2: only server, group and weight lines belong here, got 'version'"},
    {"minSessionTimeout=90000",
     "zoo.cfg:3: minSessionTimeout (90000 ms) must not be larger than maxSessionTimeout (60000 ms)"},
    {"secureClientPortAddress=::1", "zoo.cfg:3: secureClientPortAddress is set but secureClientPort is not set"},
    {"enforce.auth.enabled=true", "zoo.cfg:3: enforce.auth.enabled is true, so enforce.auth.schemes must be set"},
    {"enforce.auth.enabled=true\nenforce.auth.schemes=sasl",
     "zoo.cfg:4: enforce.auth.schemes: scheme 'sasl' is not available in this build"},
    {"sessionRequireClientSASLAuth=true",
     "zoo.cfg:3: sessionRequireClientSASLAuth: SASL is not supported by this build yet, so no client could be served"},
};

TEST(ZooCfg, a_wrong_value_names_file_line_key_and_what_was_expected) {
  for (const Wrong& c : kWrongValues) EXPECT_THAT(parse_more(c.text).errors, ElementsAre(c.error)) << c.text;
}

TEST(ZooCfg, settings_that_contradict_each_other_are_refused) {
  for (const Wrong& c : kContradictions) {
    const Files files{{{"dyn", "server.1=a:1:2\nversion=1\n"}}};
    EXPECT_THAT(parse_more(c.text, files).errors, ElementsAre(c.error)) << c.text;
  }
}

TEST(ZooCfg, what_every_configuration_needs_is_asked_for) {
  EXPECT_THAT(parse("clientPort=1").errors, ElementsAre("zoo.cfg: dataDir is not set"));
  EXPECT_THAT(parse("dataDir=/d").errors, ElementsAre("zoo.cfg: clientPort is not set, so no client could connect"));
  EXPECT_THAT(parse("dataDir=/d\nclientPortAddress=a").errors,
              ElementsAre("zoo.cfg:2: clientPortAddress is set but clientPort is not set"));
  EXPECT_THAT(
      parse("dataDir=/d\nsecureClientPort=2281").errors,
      ElementsAre("zoo.cfg:2: secureClientPort: TLS is not supported by this build yet, and clientPort is not set"));
}

TEST(ZooCfg, all_wrong_values_are_reported_at_once) {
  EXPECT_EQ(parse_more("tickTime=x\nsnapCount=y\n").errors.size(), 2u);
}

TEST(ZooCfg, an_unknown_key_is_a_warning_that_names_the_line_and_the_likely_key) {
  const ConfigReport report = parse_more("snapCuont=7\nmaxclientcnxns=3\nfrobnicate.the.thing=1\n");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings,
              ElementsAre("zoo.cfg:3: unknown key 'snapCuont' (did you mean 'snapCount'?); ignored",
                          "zoo.cfg:4: unknown key 'maxclientcnxns' (did you mean 'maxClientCnxns'?); ignored",
                          "zoo.cfg:5: unknown key 'frobnicate.the.thing'; ignored"));
}

TEST(ZooCfg, a_key_set_twice_takes_the_last_value_as_in_java_and_warns) {
  const ConfigReport report = parse_more("tickTime=1000\ntickTime=4000\n");
  EXPECT_EQ(report.config.kernel.tick.to_millis(), 4000);
  EXPECT_THAT(report.warnings, ElementsAre("zoo.cfg:4: tickTime: set before on line 3; this one counts"));
}

TEST(ZooCfg, what_this_build_lacks_is_named_only_when_asked_for) {
  const std::string off = "audit.enable=false\nthrottled_op_wait_time=0\nadmin.serverPort=8080\nssl.protocol=x";
  EXPECT_THAT(parse_more(off).warnings, IsEmpty());
  EXPECT_THAT(
      parse_more("audit.enable=true\nsecureClientPort=2281").warnings,
      ElementsAre("zoo.cfg:3: audit.enable: not supported by this build yet; ignored",
                  "zoo.cfg:4: secureClientPort: TLS is not supported by this build yet; the port stays closed"));
}

TEST(ZooCfg, too_few_retained_snapshots_become_three_with_a_warning) {
  const ConfigReport report = parse_more("autopurge.snapRetainCount=1");
  EXPECT_EQ(report.config.kernel.snap_retain_count, 3);
  EXPECT_THAT(report.warnings, ElementsAre("zoo.cfg:3: autopurge.snapRetainCount: 1 is too few; using 3"));
}

TEST(ZooCfg, one_participant_is_a_standalone_server_and_lends_its_client_port) {
  const Files files{{{"/d/myid", "5\n"}}};
  const ConfigReport report = parse("dataDir=/d\nserver.5=host:2888:3888:participant;[::1]:2191\n", files);
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, ElementsAre("zoo.cfg:2: only one server: running standalone"));
  EXPECT_EQ(report.config.listener.port, 2191);
  EXPECT_EQ(report.config.listener.address, "::1");
  EXPECT_EQ(report.config.myid, 5);
}

TEST(ZooCfg, a_client_port_that_contradicts_the_server_line_is_refused) {
  const Files files{{{"/d/myid", "5"}}};
  EXPECT_THAT(parse_more("server.5=host:2888:3888;2191", files).errors,
              ElementsAre("zoo.cfg:2: clientPort: 2181 contradicts port 2191 of server.5"));
}

TEST(ZooCfg, a_dynamic_file_with_one_member_is_a_standalone_server) {
  const Files files{{{"dyn", "server.1=a:1:2\n"}}};
  EXPECT_THAT(parse_more("dynamicConfigFile=dyn", files).errors, IsEmpty());
}

TEST(ZooCfg, a_myid_that_is_not_a_number_is_refused) {
  const Files files{{{"/d/myid", "one\n"}}};
  EXPECT_THAT(parse_more("", files).errors, ElementsAre("/d/myid:1: expected a server id, got 'one'"));
}

TEST(ZooCfg, intervals_take_hours_or_a_unit) {
  const std::pair<const char*, std::int64_t> cases[] = {{"1", 3'600'000},  {"0", 0},        {"1500ms", 1500},
                                                        {"2s", 2000},      {"3m", 180'000}, {"4h", 14'400'000},
                                                        {"1d", 86'400'000}};
  for (const auto& [text, ms] : cases) {
    EXPECT_EQ(parse_more(std::string("autopurge.purgeInterval=") + text).config.kernel.purge_interval.to_millis(), ms);
  }
}

TEST(ZooCfg, without_a_file_the_server_listens_on_loopback_with_data_under_the_working_directory) {
  const ConfigReport report = embedded_config();
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_EQ(report.config.listener.address, "127.0.0.1");
  EXPECT_EQ(report.config.listener.port, 2181);
  EXPECT_EQ(report.config.store.data_dir, "./data");
  EXPECT_EQ(report.config.kernel.tick.to_millis(), 2000);
  EXPECT_TRUE(report.config.four_letter_words.allows("mntr"));
}

TEST(ZooCfg, apaches_other_command_line_gives_port_directory_tick_and_limit) {
  const ConfigReport two = config_from_arguments({"2199", "/d d"});
  EXPECT_THAT(two.errors, IsEmpty());
  EXPECT_EQ(two.config.listener.port, 2199);
  EXPECT_EQ(two.config.store.data_dir, "/d d");
  EXPECT_EQ(two.config.limits.per_address, 0);
  const ConfigReport four = config_from_arguments({"2199", "/d", "500", "9"});
  EXPECT_EQ(four.config.kernel.tick.to_millis(), 500);
  EXPECT_EQ(four.config.limits.per_address, 9);
  EXPECT_FALSE(config_from_arguments({"port", "/d"}).ok());
}

TEST(ZooCfg, a_file_that_is_not_there_is_an_error) {
  EXPECT_THAT(load_zoo_cfg("/no/such/zoo.cfg").errors,
              ElementsAre("/no/such/zoo.cfg: cannot read the configuration file"));
}

TEST(ZooCfg, throttles_of_sessions_are_taken) {
  const ConfigReport report = parse_more(
      "connection_throttle_tokens=100\nconnection_throttle_fill_time=10\nconnection_throttle_fill_count=5\n"
      "connection_throttle_freeze_time=20\nconnection_throttle_drop_increase=0.05\n"
      "connection_throttle_drop_decrease=1e-3\nconnection_throttle_decrease_ratio=.25\n"
      "connection_throttle_weight_enabled=true\nconnection_throttle_global_session_weight=7\n"
      "connection_throttle_renew_session_weight=5\nconnection_throttle_local_session_weight=2");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, IsEmpty());
  const ConnectionThrottleConfig& throttle = report.config.kernel.connection_throttle;
  EXPECT_EQ(throttle.tokens, 100);
  EXPECT_EQ(throttle.fill_time_ms, 10);
  EXPECT_EQ(throttle.fill_count, 5);
  EXPECT_EQ(throttle.freeze_time_ms, 20);
  EXPECT_EQ(throttle.drop_increase, 50'000'000);
  EXPECT_EQ(throttle.drop_decrease, 1'000'000);
  EXPECT_EQ(throttle.decrease_ratio, 250'000'000);
  EXPECT_TRUE(throttle.weighted);
  EXPECT_EQ(throttle.global_weight, 7);
  EXPECT_EQ(throttle.renew_weight, 5);
  EXPECT_EQ(throttle.local_weight, 2);
}

TEST(ZooCfg, throttles_of_requests_are_taken) {
  const ConfigReport report = parse_more(
      "request_throttle_max_requests=500\nrequest_throttle_drop_stale=false\nrequest_stale_latency_check=true\n"
      "throttled_op_wait_time=250\nlargeRequestThreshold=4096\nlargeRequestMaxBytes=1000000\n"
      "request_throttler.shutdownTimeout=2000\nrequest_throttle_stall_time=50\nrequest_stale_connection_check=true");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, IsEmpty());
  const RequestThrottleConfig& throttle = report.config.kernel.throttle;
  EXPECT_EQ(throttle.max_requests, 500);
  EXPECT_FALSE(throttle.drop_stale);
  EXPECT_TRUE(throttle.stale_latency_check);
  EXPECT_EQ(throttle.max_wait.to_millis(), 250);
  EXPECT_EQ(throttle.large_threshold, 4096);
  EXPECT_EQ(throttle.large_max_bytes, 1'000'000);
  EXPECT_EQ(throttle.shutdown_timeout.to_millis(), 2000);
}

TEST(ZooCfg, a_throttle_that_cannot_work_is_refused) {
  EXPECT_THAT(
      parse_more("connection_throttle_drop_increase=2").errors,
      ElementsAre("zoo.cfg:3: connection_throttle_drop_increase: expected a decimal number from 0 to 1, got '2'"));
  EXPECT_THAT(parse_more("connection_throttle_fill_time=0").errors, ::testing::SizeIs(1));
  EXPECT_THAT(parse_more("connection_throttle_global_session_weight=0").errors, ::testing::SizeIs(1));
  EXPECT_THAT(parse_more("largeRequestThreshold=0").errors,
              ElementsAre("zoo.cfg:3: largeRequestThreshold: expected bytes (1 or more, or -1 for none), got '0'"));
}

TEST(ZooCfg, db_autocreate_is_the_stores_and_the_elections) {
  EXPECT_TRUE(parse_more("").config.store.auto_create_db);
  const ServerConfig config = parse_more("db.autocreate=false").config;
  EXPECT_FALSE(config.store.auto_create_db);
  EXPECT_FALSE(config.kernel.ensemble.auto_create_db);
}

TEST(ZooCfg, server_ids_whose_sessions_look_like_ttls_are_refused) {
  const auto errors = [](const std::string& settings, int id) {
    Files files;
    files.contents["/d/myid"] = "1";
    const std::string servers = "server.1=a:1:2\nserver.2=b:1:2\nserver." + std::to_string(id) + "=c:1:2\n";
    return parse_more(servers + "initLimit=5\nsyncLimit=5\n" + settings, files).errors;
  };
  EXPECT_THAT(errors("extendedTypesEnabled=true", 254), IsEmpty());
  EXPECT_THAT(errors("extendedTypesEnabled=true", 255),
              ElementsAre("zoo.cfg:8: extendedTypesEnabled: server ids must not be above 254, and there is 255"));
  EXPECT_THAT(errors("extendedTypesEnabled=true\nemulate353TTLNodes=true", 128),
              ElementsAre("zoo.cfg:9: emulate353TTLNodes: server ids must not be above 127, and there is 128"));
  EXPECT_THAT(errors("emulate353TTLNodes=true", 128), IsEmpty()) << "without extended types it does nothing";
}

}  // namespace
}  // namespace vivarium
