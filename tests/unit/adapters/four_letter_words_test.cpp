// Golden texts captured from Apache ZooKeeper 3.8.0, whose state the script repeats.
#include "adapters/admin/four_letter_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include "adapters/admin/reports.h"
#include "adapters/admin/version.h"

namespace vivarium {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr SessionId kSession{0x100001583fa0000};
constexpr WallTime kExpiry{1795303054000};  // Sat Nov 21 23:17:34 UTC 2026

class ScriptedSource : public AdminSource {
 public:
  ServerConfig server;
  AdminTotals values;
  std::vector<AdminConnection> connections;
  bool quiet = false;

  ScriptedSource() {
    server.four_letter_words.all = true;
    server.kernel.tick = Duration::millis(2000);
    server.store.data_dir = server.store.log_dir = "/nonexistent/data";
    values.client_port = 21990;
    values.nodes = 9;
    values.connections = 2;
    values.last_processed = Zxid{6};
    values.counters.packets_received = 19;
    values.counters.packets_sent = 18;
    values.counters.latency = {11, 36, 1, 10};
    values.data_watches = 2;
    values.child_watches = 1;
    values.watched_paths = 2;
    values.watching_connections = 1;
    connections.push_back(client());
    connections.push_back(word_sender());
  }
  static AdminConnection client() {
    AdminConnection c;
    c.endpoint = "127.0.0.1:52926";
    c.view.has_session = true;
    c.view.session = kSession;
    c.view.timeout_ms = 10000;
    c.view.received = c.view.sent = 11;
    c.view.last_op = OpCode::kGetChildren;
    c.view.last_xid = Xid{10};
    c.view.last_zxid = Zxid{6};
    c.view.established = WallTime{1795303042697};
    c.view.last_response = WallTime{1416395};
    c.view.last_latency_ms = 1;
    c.view.latency = {11, 36, 0, 10};
    return c;
  }
  static AdminConnection word_sender() {
    AdminConnection c;
    c.endpoint = "127.0.0.1:53024";
    c.reading = false;
    c.view.received = 1;
    c.view.established = WallTime{kExpiry.millis - 8000};
    return c;
  }

  const ServerConfig& config() const override { return server; }
  AdminTotals totals() const override { return values; }
  void for_each_connection(const std::function<void(const AdminConnection&)>& visit) const override {
    for (const AdminConnection& c : connections) visit(c);
  }
  void for_each_session(const std::function<void(SessionId, std::int32_t)>& visit) const override {
    visit(kSession, 4000);
  }
  void for_each_session_deadline(const std::function<void(WallTime, SessionId)>& visit) const override {
    visit(kExpiry, kSession);
  }
  void for_each_ephemeral(const std::function<void(SessionId, std::string_view)>& visit) const override {
    visit(kSession, "/a/e");
    visit(kSession, "/b/e2");
  }
  void for_each_data_watch(const std::function<void(std::string_view, SessionId)>& visit) const override {
    visit("/a", kSession);
    visit("/zz", kSession);
  }
  void for_each_digest(const std::function<void(Zxid, std::uint64_t)>& visit) const override {
    visit(Zxid{0x80}, 11524123588u);
    visit(Zxid{0x100}, 11181673650u);
  }
};

class FourLetterWordsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  std::string answer(std::string_view word) { return words.answer(word).text; }
  /// As server `id` of an ensemble of four, the last of which observes.
  void join_ensemble(Role role, std::int64_t id) {
    source.values.member.role = role;
    source.values.member.serving = true;
    ServerConfig& server = source.server;
    server.store.member = true;
    server.kernel.my_id = ServerId{id};
    for (std::int64_t i = 1; i <= 4; ++i) {
      MemberConfig member;
      member.id = ServerId{i};
      member.voter = i < 4;
      server.kernel.ensemble.members.push_back(member);
      const auto port = static_cast<std::uint16_t>(i);
      server.peers.members.push_back(
          {ServerId{i}, {{"h", static_cast<std::uint16_t>(2880 + port), static_cast<std::uint16_t>(3880 + port)}}});
    }
    server.kernel.ensemble.text = to_string("server.1=...\nversion=0");
  }

  ScriptedSource source;
  FourLetterWords words{source};
};

TEST_F(FourLetterWordsTest, srvr_is_apaches_text) {
  EXPECT_EQ(answer("srvr"), std::string("Zookeeper version: ") + kServerVersion +
                                "\nLatency min/avg/max: 1/3.2727/10\nReceived: 19\nSent: 18\nConnections: 2\n"
                                "Outstanding: 0\nZxid: 0x6\nMode: standalone\nNode count: 9\n");
}

TEST_F(FourLetterWordsTest, stat_lists_the_clients_briefly) {
  EXPECT_EQ(answer("stat"), std::string("Zookeeper version: ") + kServerVersion +
                                "\nClients:\n /127.0.0.1:52926[1](queued=0,recved=11,sent=11)\n"
                                " /127.0.0.1:53024[0](queued=0,recved=1,sent=0)\n\n"
                                "Latency min/avg/max: 1/3.2727/10\nReceived: 19\nSent: 18\nConnections: 2\n"
                                "Outstanding: 0\nZxid: 0x6\nMode: standalone\nNode count: 9\n");
}

TEST_F(FourLetterWordsTest, cons_gives_every_detail_of_connections_with_a_session) {
  EXPECT_EQ(answer("cons"),
            " /127.0.0.1:52926[1](queued=0,recved=11,sent=11,sid=0x100001583fa0000,lop=GETC,est=1795303042697,to=10000,"
            "lcxid=0xa,lzxid=0x6,lresp=1416395,llat=1,minlat=0,avglat=3,maxlat=10)\n"
            " /127.0.0.1:53024[0](queued=0,recved=1,sent=0)\n\n");
}

TEST_F(FourLetterWordsTest, cons_after_a_reset_has_no_last_xid) {
  ConnectionView& view = source.connections[0].view;
  view.last_op = OpCode::kError;
  view.last_xid = Xid{-1};
  view.last_zxid = Zxid{-1};
  view.last_response = WallTime{};
  view.last_latency_ms = 0;
  view.latency = {};
  view.received = view.sent = 0;
  EXPECT_THAT(answer("cons"), StartsWith(" /127.0.0.1:52926[1](queued=0,recved=0,sent=0,sid=0x100001583fa0000,lop=NA,"
                                         "est=1795303042697,to=10000,lzxid=0xffffffffffffffff,lresp=0,llat=0,minlat=0,"
                                         "avglat=0,maxlat=0)\n"));
}

TEST_F(FourLetterWordsTest, conf_shows_the_settings_in_force) {
  EXPECT_EQ(answer("conf"),
            "clientPort=21990\nsecureClientPort=-1\ndataDir=/nonexistent/data/version-2\ndataDirSize=0\n"
            "dataLogDir=/nonexistent/data/version-2\ndataLogSize=0\ntickTime=2000\nmaxClientCnxns=60\n"
            "minSessionTimeout=4000\nmaxSessionTimeout=40000\nclientPortListenBacklog=-1\nserverId=0\n");
}

TEST_F(FourLetterWordsTest, dump_groups_sessions_and_connections_by_expiry) {
  EXPECT_EQ(answer("dump"),
            "SessionTracker dump:\nSession Sets (1)/(1):\n1 expire at Sat Nov 21 23:17:34 UTC 2026:\n"
            "\t0x100001583fa0000\nephemeral nodes dump:\nSessions with Ephemerals (1):\n0x100001583fa0000:\n"
            "\t/a/e\n\t/b/e2\nConnections dump:\nConnections Sets (2)/(2):\n"
            "1 expire at Sat Nov 21 23:17:34 UTC 2026:\n\tip: /127.0.0.1:52926 sessionId: 0x100001583fa0000\n"
            "1 expire at Sat Nov 21 23:17:36 UTC 2026:\n\tip: /127.0.0.1:53024 sessionId: 0x0\n");
}

TEST_F(FourLetterWordsTest, the_watch_words_are_apaches_text) {
  EXPECT_EQ(answer("wchs"), "1 connections watching 2 paths\nTotal watches:2\n");
  EXPECT_EQ(answer("wchc"), "0x100001583fa0000\n\t/a\n\t/zz\n\n");
  EXPECT_EQ(answer("wchp"), "/a\n\t0x100001583fa0000\n/zz\n\t0x100001583fa0000\n\n");
}

TEST_F(FourLetterWordsTest, the_short_words_are_apaches_text) {
  EXPECT_EQ(answer("ruok"), "imok");
  EXPECT_EQ(answer("isro"), "rw");
  EXPECT_EQ(answer("dirs"), "datadir_size: 0\nlogdir_size: 0\n");
  EXPECT_EQ(answer("hash"), "80: 11524123588\n100: 11181673650\n");
  EXPECT_EQ(answer("gtmk"), "306");
  EXPECT_EQ(answer(std::string_view("stmk\0\0\0\0\0\0\1\1", 12)), "257");
  EXPECT_EQ(answer("gtmk"), "257");
  EXPECT_EQ(answer("stmk"), "");
}

TEST_F(FourLetterWordsTest, the_reset_words_say_what_is_to_be_reset) {
  const AdminReply server = words.answer("srst");
  EXPECT_EQ(server.text, "Server stats reset.\n");
  EXPECT_TRUE(server.reset_server);
  const AdminReply connections = words.answer("crst");
  EXPECT_EQ(connections.text, "Connection stats reset.\n");
  EXPECT_TRUE(connections.reset_connections);
}

TEST_F(FourLetterWordsTest, a_word_outside_the_whitelist_is_not_executed) {
  source.server.four_letter_words = {};
  EXPECT_EQ(answer("ruok"), "ruok is not executed because it is not in the whitelist.\n");
  EXPECT_FALSE(words.answer("srst").reset_server);
  EXPECT_THAT(answer("srvr"), StartsWith("Zookeeper version: "));
}

TEST_F(FourLetterWordsTest, mntr_gives_apaches_names_with_a_tab_before_the_value) {
  for (const int ms : {1, 2, 2, 5, 10, 10}) source.values.counters.update_latency.add(ms);
  source.values.ephemerals = 2;
  source.values.data_size = 67;
  const std::string text = answer("mntr");
  EXPECT_THAT(text, StartsWith(std::string("zk_version\t") + kServerVersion + "\nzk_server_state\tstandalone\n"));
  for (const char* line :
       {"zk_ephemerals_count\t2\n", "zk_num_alive_connections\t2\n", "zk_avg_latency\t3.2727\n",
        "zk_outstanding_requests\t0\n", "zk_znode_count\t9\n", "zk_watch_count\t3\n", "zk_approximate_data_size\t67\n",
        "zk_packets_received\t19\n", "zk_avg_updatelatency\t5.0\n", "zk_cnt_updatelatency\t6\n",
        "zk_p50_updatelatency\t2\n", "zk_p95_updatelatency\t10\n", "zk_p999_updatelatency\t10\n",
        "zk_p99_readlatency\t0\n", "zk_p50_propagation_latency\t0\n", "zk_avg_readlatency\t0.0\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(FourLetterWordsTest, mntr_of_a_leader_tells_how_long_each_server_takes_to_acknowledge) {
  join_ensemble(Role::kLeading, 3);
  source.values.counters.quorum_ack_latency.add(7);
  source.values.counters.ack_latency[1].add(100);
  const std::string text = answer("mntr");
  for (const char* line : {"zk_p99_quorum_ack_latency\t7\n", "zk_cnt_1_ack_latency\t1\n", "zk_p50_1_ack_latency\t100\n",
                           "zk_cnt_proposal_latency\t0\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(FourLetterWordsTest, mntr_counts_what_throttles_refused) {
  source.values.adapter.connections_rejected = 2;
  source.values.counters.connections_throttled = 3;
  source.values.counters.connection_drop_odds = ConnectionThrottleConfig::kOne / 8;
  source.values.counters.throttled_ops = 4;
  const std::string text = answer("mntr");
  for (const char* line :
       {"zk_connection_rejected\t5\n", "zk_connection_drop_probability\t0.125\n", "zk_throttled_ops\t4\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(FourLetterWordsTest, a_member_without_a_leader_says_that_it_does_not_serve) {
  join_ensemble(Role::kLooking, 1);
  source.values.member.serving = false;
  for (const char* word :
       {"srvr", "stat", "cons", "conf", "dirs", "dump", "wchs", "wchc", "wchp", "mntr", "srst", "crst"})
    EXPECT_EQ(answer(word), "This ZooKeeper instance is not currently serving requests\n") << word;
  EXPECT_EQ(answer("hash"), "This ZooKeeper instance is not currently serving requests");
  EXPECT_EQ(answer("ruok"), "imok");
  EXPECT_EQ(answer("isro"), "null");
  EXPECT_EQ(answer("gtmk"), "306");
  EXPECT_THAT(answer("envi"), StartsWith("Environment:\n"));
}

TEST_F(FourLetterWordsTest, a_member_that_answers_read_only_clients_says_so) {
  join_ensemble(Role::kLooking, 1);
  source.values.member.serving = false;
  source.values.member.read_only = true;
  EXPECT_EQ(answer("isro"), "ro");
  EXPECT_THAT(answer("srvr"), HasSubstr("UTC\nREAD-ONLY mode; serving only read-only clients\nLatency"));
  EXPECT_THAT(answer("srvr"), HasSubstr("\nMode: read-only\n"));
  EXPECT_THAT(answer("mntr"), HasSubstr("zk_server_state\tread-only\n"));
}

TEST_F(FourLetterWordsTest, srvr_names_the_role_and_a_leader_its_proposals) {
  join_ensemble(Role::kFollowing, 1);
  EXPECT_THAT(answer("srvr"), ::testing::EndsWith("Zxid: 0x6\nMode: follower\nNode count: 9\n"));
  source.values.member.role = Role::kObserving;
  EXPECT_THAT(answer("srvr"), ::testing::EndsWith("Mode: observer\nNode count: 9\n"));
  source.values.member.role = Role::kLeading;
  EXPECT_THAT(answer("srvr"),
              ::testing::EndsWith("Mode: leader\nNode count: 9\nProposal sizes last/min/max: -1/-1/-1\n"));
  source.values.counters.proposal_size = {86, 48, 137};
  EXPECT_THAT(answer("stat"), ::testing::EndsWith("Proposal sizes last/min/max: 86/48/137\n"));
}

TEST_F(FourLetterWordsTest, conf_of_a_member_shows_its_ports_and_the_membership) {
  join_ensemble(Role::kFollowing, 4);
  source.server.kernel.ensemble.init_limit = 10;
  source.server.kernel.ensemble.sync_limit = 5;
  EXPECT_THAT(answer("conf"), ::testing::EndsWith("clientPortListenBacklog=-1\nserverId=4\ninitLimit=10\nsyncLimit=5\n"
                                                  "electionAlg=3\nelectionPort=3884\nquorumPort=2884\npeerType=1\n"
                                                  "membership: \nserver.1=...\nversion=0"));
}

TEST_F(FourLetterWordsTest, dump_of_a_learner_lists_every_session_without_deadlines) {
  join_ensemble(Role::kFollowing, 1);
  EXPECT_THAT(answer("dump"), StartsWith("SessionTracker dump:\nGlobal Sessions(1):\n0x100001583fa0000\t4000ms\n"
                                         "ephemeral nodes dump:\n"));
  source.values.member.role = Role::kLeading;
  EXPECT_THAT(answer("dump"), StartsWith("SessionTracker dump:\nSession Sets (1)/(1):\n"));
}

TEST_F(FourLetterWordsTest, mntr_of_a_leader_tells_of_its_learners_and_that_of_a_learner_does_not) {
  join_ensemble(Role::kLeading, 3);
  source.values.member.learners = 3;
  source.values.member.synced_followers = 2;
  source.values.member.synced_observers = 1;
  source.values.leader_uptime_ms = 3101;
  const std::string leader = answer("mntr");
  EXPECT_THAT(leader, HasSubstr("zk_server_state\tleader\nzk_peer_state\tleading - broadcast\n"));
  for (const char* line : {"zk_quorum_size\t3\n", "zk_learners\t3\n", "zk_synced_followers\t2\n",
                           "zk_synced_observers\t1\n", "zk_synced_non_voting_followers\t0\n", "zk_pending_syncs\t0\n",
                           "zk_leader_uptime\t3101\n", "zk_last_proposal_size\t-1\n"})
    EXPECT_THAT(leader, HasSubstr(line));
  source.values.member.role = Role::kFollowing;
  const std::string follower = answer("mntr");
  EXPECT_THAT(follower, HasSubstr("zk_server_state\tfollower\nzk_peer_state\tfollowing - broadcast\n"));
  EXPECT_THAT(follower, HasSubstr("zk_quorum_size\t3\n"));
  EXPECT_THAT(follower, Not(HasSubstr("zk_synced_followers")));
  EXPECT_THAT(follower, Not(HasSubstr("zk_last_proposal_size")));
}

TEST_F(FourLetterWordsTest, envi_names_the_version_as_clients_look_for_it) {
  EXPECT_THAT(answer("envi"), StartsWith(std::string("Environment:\nzookeeper.version=") + kServerVersion + "\n"));
  EXPECT_THAT(answer("envi"), HasSubstr("\nuser.dir="));
}

TEST(AverageText, has_at_least_one_and_at_most_four_decimals) {
  EXPECT_EQ(average_text({}), "0.0");
  EXPECT_EQ(average_text({2, 2, 1, 1}), "1.0");
  EXPECT_EQ(average_text({3, 2, 0, 1}), "0.6667");
  EXPECT_EQ(average_text({5, 6, 0, 2}), "1.2");
  EXPECT_EQ(average_text({1, 1000, 1000, 1000}), "1000.0");
}

}  // namespace
}  // namespace vivarium
