// What the lines of an ensemble mean: through the whole reader, as an operator meets it.
#include "adapters/config/membership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "adapters/config/zoo_cfg.h"

namespace vivarium {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// dataDir, clientPort, initLimit and syncLimit are on lines 1 to 4.
ConfigReport parse(const std::string& text, const std::string& myid = "1", const std::string& dynamic_file = "") {
  const std::map<std::string, std::string> files{{"/d/myid", myid}, {"dyn", dynamic_file}};
  const auto read = [&files](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    return found == files.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
  };
  return parse_zoo_cfg("dataDir=/d\nclientPort=2181\ninitLimit=10\nsyncLimit=5\n" + text, "zoo.cfg", read);
}

constexpr const char* kThree = "server.1=a:2888:3888\nserver.2=b:2889:3889\nserver.3=c:2890:3890\n";

TEST(Membership, three_server_lines_are_an_ensemble_and_each_kernel_knows_who_it_is) {
  const ConfigReport report = parse(kThree, "2\n");
  ASSERT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.warnings, IsEmpty());
  const ServerConfig& config = report.config;
  EXPECT_EQ(config.kernel.my_id, ServerId{2});
  EXPECT_EQ(config.store.my_id, ServerId{2});
  EXPECT_TRUE(config.store.member);
  const EnsembleConfig& ensemble = config.kernel.ensemble;
  ASSERT_EQ(ensemble.members.size(), 3u);
  EXPECT_EQ(ensemble.members[2].id, ServerId{3});
  EXPECT_TRUE(ensemble.members[2].voter);
  EXPECT_FALSE(ensemble.hierarchical);
  EXPECT_EQ(ensemble.init_limit, 10);
  EXPECT_EQ(ensemble.sync_limit, 5);
  EXPECT_EQ(view(ensemble.election_address), "b:3889");
  EXPECT_EQ(view(ensemble.text),
            "server.1=a:2888:3888:participant\nserver.2=b:2889:3889:participant\nserver.3=c:2890:3890:participant\n"
            "version=0");
  ASSERT_EQ(config.peers.members.size(), 3u);
  EXPECT_EQ(config.peers.find(ServerId{3})->addresses[0].quorum_port, 2890);
  EXPECT_EQ(config.peers.find(ServerId{3})->addresses[0].election_port, 3890);
}

TEST(Membership, a_server_line_may_have_several_addresses_an_ipv6_address_a_role_and_a_client_part) {
  const ConfigReport report = parse(
      "server.3=c:1:2:observer\nserver.1=[::1]:2888:3888|b:2889:3889:participant;2181\nserver.2=d:1:2;h:2182\n"
      "server.4=e:1:2\n");
  ASSERT_THAT(report.errors, IsEmpty());
  const EnsembleConfig& ensemble = report.config.kernel.ensemble;
  EXPECT_EQ(view(ensemble.election_address), "[::1]:3888");
  EXPECT_FALSE(ensemble.members[2].voter);
  EXPECT_EQ(view(ensemble.text),
            "server.1=[::1]:2888:3888|b:2889:3889:participant;0.0.0.0:2181\nserver.2=d:1:2:participant;h:2182\n"
            "server.3=c:1:2:observer\nserver.4=e:1:2:participant\nversion=0");
  const auto& addresses = report.config.peers.find(ServerId{1})->addresses;
  ASSERT_EQ(addresses.size(), 2u);
  EXPECT_EQ(addresses[0].host, "::1");
  EXPECT_EQ(addresses[1].host, "b");
  EXPECT_EQ(addresses[1].election_port, 3889);
}

TEST(Membership, groups_and_weights_make_a_hierarchical_ensemble) {
  const ConfigReport report =
      parse(std::string(kThree) + "server.4=d:1:2:observer\ngroup.1=1:2\ngroup.2=3\nweight.2=0\n");
  ASSERT_THAT(report.errors, IsEmpty());
  const EnsembleConfig& ensemble = report.config.kernel.ensemble;
  EXPECT_TRUE(ensemble.hierarchical);
  EXPECT_EQ(ensemble.members[1].group, 1);
  EXPECT_EQ(ensemble.members[1].weight, 0);
  EXPECT_EQ(ensemble.members[2].group, 2);
  EXPECT_EQ(ensemble.members[2].weight, 1);
  EXPECT_THAT(std::string(view(ensemble.text)),
              ::testing::EndsWith("group.1=1:2\ngroup.2=3\nweight.1=1\nweight.2=0\nweight.3=1\nversion=0"));
}

struct Wrong {
  std::string text, error;
};

TEST(Membership, lines_that_do_not_fit_together_are_refused_where_they_stand) {
  const std::string three = kThree;
  const Wrong cases[] = {
      {three + "group.1=1:2:3\ngroup.2=3", "zoo.cfg:9: server 3 is in two groups, or twice in one"},
      {three + "group.1=1:2:3:4", "zoo.cfg:8: server 4 of this group has no server line"},
      {three + "group.1=1:2", "zoo.cfg:7: server.3 is in no group; every participant must be in one"},
      {three + "group.1=1:x",
       "zoo.cfg:8: group.1: expected server ids with colons between them, such as 1:2:3, got '1:x'"},
      {three + "group.1=1:2:3\nweight.1=-1",
       "zoo.cfg:9: weight.1: expected a number from 0 to 1099511627776, got '-1'"},
      {three + "group.1=1:2:3\nweight.1=0\nweight.2=0\nweight.3=0",
       "zoo.cfg:5: no participant has any weight, so none could lead"},
      {"server.1099511627776=a:1:2",
       "zoo.cfg:5: server.1099511627776: expected a server id after 'server.', got 'a:1:2'"},
  };
  for (const Wrong& c : cases) EXPECT_THAT(parse(c.text).errors, ElementsAre(c.error)) << c.text;
}

TEST(Membership, more_voters_than_a_quorum_can_count_are_refused) {
  std::string lines;
  for (int id = 0; id < 257; ++id) lines += "server." + std::to_string(id) + "=a:1:2\n";
  EXPECT_THAT(parse(lines).errors, ElementsAre("zoo.cfg:5: 257 participants; expected 256 at most"));
}

TEST(Membership, a_member_must_know_its_id_and_be_in_the_list) {
  EXPECT_THAT(parse(kThree, "").errors,
              ElementsAre("/d/myid: missing; expected a file with the id of this server, one of 1, 2, 3"));
  EXPECT_EQ(parse(kThree, "").exit_code, 2);
  const ConfigReport stranger = parse(kThree, "7");
  EXPECT_THAT(stranger.errors, ElementsAre("/d/myid:1: 7 is not in the server list; expected one of 1, 2, 3"));
  EXPECT_EQ(stranger.exit_code, 1);
  EXPECT_THAT(parse(kThree, "2b").errors, ElementsAre("/d/myid:1: expected a server id, got '2b'"));
}

TEST(Membership, an_ensemble_needs_its_limits) {
  const auto read = [](const std::string&) { return std::optional<std::string>("1"); };
  EXPECT_THAT(parse_zoo_cfg(std::string("dataDir=/d\nclientPort=1\nsyncLimit=5\n") + kThree, "zoo.cfg", read).errors,
              ElementsAre("zoo.cfg: initLimit is not set; an ensemble needs it"));
  EXPECT_THAT(parse_zoo_cfg(std::string("dataDir=/d\nclientPort=1\ninitLimit=5\n") + kThree, "zoo.cfg", read).errors,
              ElementsAre("zoo.cfg: syncLimit is not set; an ensemble needs it"));
}

TEST(Membership, sizes_that_tolerate_little_are_remarked_on) {
  EXPECT_THAT(
      parse("server.1=a:1:2\nserver.2=b:1:2").warnings,
      ElementsAre("zoo.cfg:5: no server failure will be tolerated with 2 participant(s); at least 3 are needed"));
  EXPECT_THAT(parse(std::string(kThree) + "server.4=d:1:2").warnings,
              ElementsAre("zoo.cfg:5: 4 participants tolerate no more failures than 3; consider an odd number"));
}

TEST(Membership, one_participant_is_an_ensemble_when_the_operator_says_so) {
  const ConfigReport report = parse("server.1=a:1:2\nserver.2=b:1:2:observer\nstandaloneEnabled=false");
  ASSERT_THAT(report.errors, IsEmpty());
  EXPECT_TRUE(report.config.store.member);
  EXPECT_EQ(report.config.kernel.ensemble.members.size(), 2u);
}

TEST(Membership, the_server_list_decides_who_observes) {
  const std::string lines = std::string(kThree) + "server.4=d:1:2:observer\n";
  EXPECT_THAT(parse(lines + "peerType=observer").warnings,
              ElementsAre("zoo.cfg:9: peerType contradicts the server list; running as participant"));
  EXPECT_THAT(parse(lines + "peerType=observer", "4").warnings, IsEmpty());
  EXPECT_THAT(parse(lines, "4").warnings, IsEmpty());
}

TEST(Membership, a_line_that_is_given_twice_counts_once) {
  const ConfigReport report = parse(std::string(kThree) + "server.2=z:1:2\n");
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_EQ(report.config.peers.find(ServerId{2})->addresses[0].host, "z");
  EXPECT_EQ(report.config.peers.members.size(), 3u);
}

TEST(Membership, a_dynamic_file_holds_the_members_of_an_ensemble) {
  const ConfigReport report = parse("dynamicConfigFile=dyn", "3", kThree);
  ASSERT_THAT(report.errors, IsEmpty());
  EXPECT_EQ(report.config.kernel.my_id, ServerId{3});
  EXPECT_THAT(parse("dynamicConfigFile=dyn", "3", "server.3=c:1:2\nserver.4=d").errors,
              ElementsAre("dyn:2: server.4: expected host:quorumPort:electionPort[:participant|observer][;[clientHost:]"
                          "clientPort], got 'd'"));
}

TEST(Membership, the_settings_of_the_links_between_members_are_taken) {
  const ConfigReport report =
      parse(std::string(kThree) +
            "cnxTimeout=700\nquorumListenOnAllIPs=true\nelectionPortBindRetry=0\nleaderServes=no\n"
            "fastleader.minNotificationInterval=20\nfastleader.maxNotificationInterval=400\n"
            "connectToLearnerMasterLimit=1\ntickTime=100\n");
  ASSERT_THAT(report.errors, IsEmpty());
  const ServerConfig& config = report.config;
  EXPECT_EQ(config.peers.election_timeout.to_millis(), 700);
  EXPECT_EQ(config.peers.leader_timeout.to_millis(), 100);
  EXPECT_TRUE(config.peers.listen_on_all);
  EXPECT_EQ(config.peers.bind_retries, 0);
  EXPECT_FALSE(config.kernel.ensemble.leader_serves);
  EXPECT_EQ(config.kernel.ensemble.min_notification.to_millis(), 20);
  EXPECT_EQ(config.kernel.ensemble.max_notification.to_millis(), 400);
}

}  // namespace
}  // namespace vivarium
