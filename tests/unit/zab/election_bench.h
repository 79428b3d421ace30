// One member of an election for tests, with short words for what it hears and what it said.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "kernel/zab/election.h"

namespace vivarium::testing {

inline EnsembleConfig voters(int count, int observers = 0) {
  EnsembleConfig config;
  for (int id = 1; id <= count + observers; ++id) {
    MemberConfig member;
    member.id = ServerId{id};
    member.voter = id <= count;
    config.members.push_back(member);
  }
  return config;
}

inline Vote vote_for(int leader, std::int64_t zxid, std::int64_t round, std::int64_t epoch = 1) {
  return Vote{ServerId{leader}, Zxid{zxid}, Epoch{epoch}, Round{round}};
}

inline Election member_of(const EnsembleConfig& config, int me) {
  ElectionSettings settings;
  settings.me = ServerId{me};
  settings.min_notification = Duration::millis(200);
  settings.max_notification = Duration::seconds(60);
  settings.finalize_wait = Duration::millis(200);
  Vector<ServerId> others;
  for (const MemberConfig& member : config.members) {
    if (member.id != settings.me) others.push_back(member.id);
  }
  return Election(settings, Quorum(config), others);
}

class Member {
 public:
  Member(const EnsembleConfig& config, int me) : election(member_of(config, me)), me_(me) {}

  Member& looks(std::int64_t zxid = 0, std::int64_t epoch = 1, Standing standing = Standing::kVoter) {
    election.look(standing, Vote{ServerId{me_}, Zxid{zxid}, Epoch{epoch}, Round{}}, now);
    return *this;
  }
  void hears(int from, PeerState state, const Vote& vote) {
    election.receive(ServerId{from}, Notification{state, vote}, now);
  }
  void hears_looking(int from, const Vote& vote) { hears(from, PeerState::kLooking, vote); }
  void hears_following(int from, const Vote& vote) { hears(from, PeerState::kFollowing, vote); }
  void hears_leading(int from, const Vote& vote) { hears(from, PeerState::kLeading, vote); }
  void waits(std::int64_t millis) {
    const Instant until = now + Duration::millis(millis);
    while (election.next_deadline() <= until) {
      now = std::max(now, election.next_deadline());
      election.tick(now);
    }
    now = until;
    election.tick(now);
  }
  /// Whom it told what since the last call.
  std::map<int, Notification> said() {
    std::map<int, Notification> result;
    for (const OutgoingNotification& outgoing : election.outbox()) {
      const auto to = static_cast<int>(outgoing.to.value);
      EXPECT_EQ(result.count(to), 0U) << "one message to a member";
      result[to] = outgoing.notification;
    }
    election.outbox().clear();
    return result;
  }
  /// kLooking: it has not decided.
  PeerState role() {
    const auto decision = election.take_decision();
    return decision ? decision->role : PeerState::kLooking;
  }
  std::int64_t leader() const { return election.vote().leader.value; }

  Election election;
  Instant now{1'000'000'000};

 private:
  int me_;
};

}  // namespace vivarium::testing
