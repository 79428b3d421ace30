// Hard quotas at preparation (features.md section 6).
#include "tests/support/request_world.h"

namespace vivarium::testing {
namespace {

struct QuotaWorld : RequestWorld {
  explicit QuotaWorld(bool enforce, std::string_view limits) : RequestWorld(options_with(enforce)) {
    EXPECT_EQ(create("/q", "1234"), ErrorCode::kOk);
    EXPECT_EQ(create("/zookeeper/quota/q"), ErrorCode::kOk);
    EXPECT_EQ(create("/zookeeper/quota/q/zookeeper_limits", limits), ErrorCode::kOk);
    EXPECT_EQ(create("/zookeeper/quota/q/zookeeper_stats", "count=0,bytes=0"), ErrorCode::kOk);
  }
  static RequestOptions options_with(bool enforce) {
    RequestOptions options;
    options.enforce_quota = enforce;
    return options;
  }
};

TEST(QuotaCheck, nothing_is_checked_unless_quotas_are_enforced) {
  QuotaWorld w(false, "count=1,bytes=1=;byteHardLimit=1;countHardLimit=1");
  EXPECT_EQ(w.create("/q/a", "data"), ErrorCode::kOk);
  EXPECT_EQ(w.set_data("/q", "12345678"), ErrorCode::kOk);
}

TEST(QuotaCheck, soft_limits_refuse_nothing) {
  QuotaWorld w(true, "count=1,bytes=1");
  EXPECT_EQ(w.create("/q/a", "data"), ErrorCode::kOk);
}

TEST(QuotaCheck, the_count_includes_the_node_with_the_quota) {
  QuotaWorld w(true, "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=2");
  EXPECT_EQ(w.create("/q/a"), ErrorCode::kOk);
  EXPECT_EQ(w.create("/q/b"), ErrorCode::kQuotaExceeded);
  EXPECT_EQ(w.remove("/q/a"), ErrorCode::kOk);
  EXPECT_EQ(w.create("/q/b"), ErrorCode::kOk);
}

TEST(QuotaCheck, bytes_are_those_of_the_whole_subtree) {
  QuotaWorld w(true, "count=-1,bytes=-1=;byteHardLimit=10;countHardLimit=-1");
  EXPECT_EQ(w.create("/q/a", "123456"), ErrorCode::kOk);
  EXPECT_EQ(w.create("/q/b", "1"), ErrorCode::kQuotaExceeded);
  EXPECT_EQ(w.create("/q/b", ""), ErrorCode::kOk) << "no bytes, no check";
  EXPECT_EQ(w.set_data("/q/a", "12345"), ErrorCode::kOk);
  EXPECT_EQ(w.set_data("/q/b", "12"), ErrorCode::kQuotaExceeded);
}

TEST(QuotaCheck, data_that_shrinks_but_stays_over_the_limit_is_refused) {
  QuotaWorld w(false, "count=-1,bytes=-1=;byteHardLimit=3");
  QuotaWorld enforced(true, "count=-1,bytes=-1=;byteHardLimit=2");
  EXPECT_EQ(enforced.set_data("/q", "123"), ErrorCode::kQuotaExceeded) << "4 bytes to 3, limit 2";
  EXPECT_EQ(enforced.set_data("/q", "12"), ErrorCode::kOk);
}

TEST(QuotaCheck, the_check_is_against_what_is_applied_so_a_burst_can_overshoot) {
  QuotaWorld w(true, "count=-1,bytes=-1=;countHardLimit=2");
  EXPECT_EQ(w.prepare(OpCode::kCreate, create_body(OpCode::kCreate, "/q/a")).error, ErrorCode::kOk);
  EXPECT_EQ(w.prepare(OpCode::kCreate, create_body(OpCode::kCreate, "/q/b")).error, ErrorCode::kOk);
  w.commit_all();
  EXPECT_EQ(w.create("/q/c"), ErrorCode::kQuotaExceeded);
}

}  // namespace
}  // namespace vivarium::testing
