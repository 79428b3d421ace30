// When a session may be expired, as the leader can know it.
#include "sim/check/session_laws.h"

#include <gtest/gtest.h>

#include "kernel/wire/txn.h"
#include "sim/check/laws.h"
#include "tests/unit/sim/ghost_bench.h"

namespace vivarium::sim {
namespace {

constexpr std::int64_t kMs = 1'000'000;

class SessionLawsTest : public ::testing::Test {
 protected:
  SessionLawsTest() : laws_(three()) { laws_.leads(0, 1, 0); }

  static const Plan& three() {
    static const Plan plan = [] {
      Plan p;
      p.servers = 3;
      p.session_timeout = 1000 * kMs;
      p.tick = 200 * kMs;
      return p;
    }();
    return plan;
  }
  static std::string txn(OpCode type) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode_txn_header(out, {SessionId{7}, Xid{0}, Zxid{9}, WallTime{1}, type});
    return std::string(view(bytes));
  }
  void create(std::int64_t at) { laws_.appended(0, Zxid{1}, txn(OpCode::kCreateSession), at * kMs); }
  std::string expire(std::uint32_t leader, std::int64_t at) {
    return broken_by([&] { laws_.appended(leader, Zxid{9}, txn(OpCode::kCloseSession), at * kMs); });
  }
  void contact(std::uint32_t server, std::int64_t at) { laws_.contact(server, SessionId{7}, at * kMs); }

  SessionLaws laws_;
};

TEST_F(SessionLawsTest, a_session_lives_a_whole_timeout) {
  create(100);
  EXPECT_EQ(expire(0, 1099), laws::kEarlyExpiry);
}

TEST_F(SessionLawsTest, a_silent_session_is_expired) {
  create(100);
  EXPECT_EQ(expire(0, 1100), "");
}

TEST_F(SessionLawsTest, what_the_leader_heard_counts_at_once) {
  create(100);
  contact(0, 2000);
  EXPECT_EQ(expire(0, 2999), laws::kEarlyExpiry);
  EXPECT_EQ(expire(0, 3000), "");
}

TEST_F(SessionLawsTest, what_a_learner_heard_counts_when_nothing_is_disturbed) {
  create(100);
  contact(1, 5000);
  EXPECT_EQ(expire(0, 5500), laws::kEarlyExpiry);
}

TEST_F(SessionLawsTest, what_a_learner_heard_just_now_cannot_be_known) {
  create(100);
  contact(1, 5000);
  EXPECT_EQ(expire(0, 5050), "");
}

TEST_F(SessionLawsTest, reports_of_learners_may_be_lost_in_a_storm) {
  create(100);
  contact(1, 5000);
  laws_.disturbed(5100 * kMs);
  EXPECT_EQ(expire(0, 5500), "");
}

TEST_F(SessionLawsTest, a_new_leader_gives_everybody_a_fresh_timeout) {
  create(100);
  laws_.leads(2, 2, 5000 * kMs);
  EXPECT_EQ(expire(2, 5999), laws::kEarlyExpiry);
  EXPECT_EQ(expire(2, 6000), "");
}

TEST_F(SessionLawsTest, nobody_is_told_that_a_session_is_gone_which_nobody_closed) {
  create(100);
  EXPECT_EQ(broken_by([&] { laws_.refused(SessionId{7}); }), laws::kEarlyExpiry);
  EXPECT_EQ(expire(0, 5000), "");
  EXPECT_EQ(broken_by([&] { laws_.refused(SessionId{7}); }), "");
}

}  // namespace
}  // namespace vivarium::sim
