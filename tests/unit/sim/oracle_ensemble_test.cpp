// The oracle's laws of ensembles: what clients of several servers may see. One bad history for each, beside a good one.
#include <gtest/gtest.h>

#include "sim/check/laws.h"
#include "tests/unit/sim/oracle_bench.h"

namespace vivarium::sim {
namespace {

class OracleOfAnEnsemble : public ::testing::Test {
 protected:
  OracleOfAnEnsemble() { bench.ensemble = true; }
  std::uint32_t exists(std::uint32_t connection, Zxid seen_at) {
    const std::uint32_t asked = bench.ask(connection, OpCode::kExists, OracleBench::watch_body("/nowhere", false));
    bench.history.add_reply(asked, seen_at, ErrorCode::kNoNode, "", 0);
    return asked;
  }
  static std::string path_body(const std::string& path) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode(out, PathRequest{path});
    return std::string(view(bytes));
  }

  OracleBench bench;
};

TEST_F(OracleOfAnEnsemble, who_hops_to_another_server_sees_nothing_older) {
  const std::uint32_t a = bench.connect();
  const Zxid before = bench.zxid();
  bench.create(a, "/x");
  exists(bench.reconnect(a, 1), before);
  EXPECT_EQ(bench.verdict(), laws::kZxidBack);
}

TEST_F(OracleOfAnEnsemble, another_client_may_see_something_older) {
  const std::uint32_t a = bench.connect(), b = bench.connect();
  const Zxid before = bench.zxid();
  bench.create(a, "/x");
  exists(b, before);
  EXPECT_EQ(bench.verdict(), "") << bench.detail;
}

TEST_F(OracleOfAnEnsemble, a_request_through_the_server_that_was_left_is_refused_for_ever) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t left_behind = bench.ask(a, OpCode::kCreate, OracleBench::create_body("/x", 0));
  const std::uint32_t moved = bench.reconnect(a, 1);
  bench.refuse(left_behind, ErrorCode::kSessionMoved);
  bench.create(moved, "/y");
  EXPECT_EQ(bench.verdict(), "") << bench.detail;
}

TEST_F(OracleOfAnEnsemble, a_session_that_never_moved_is_not_refused) {
  const std::uint32_t a = bench.connect();
  bench.refuse(bench.ask(a, OpCode::kCreate, OracleBench::create_body("/x", 0)), ErrorCode::kSessionMoved);
  EXPECT_EQ(bench.verdict(), laws::kTxn);
}

TEST_F(OracleOfAnEnsemble, who_only_came_back_to_the_same_server_has_not_moved) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t asked = bench.ask(a, OpCode::kCreate, OracleBench::create_body("/x", 0));
  bench.reconnect(a, 0);
  bench.refuse(asked, ErrorCode::kSessionMoved);
  EXPECT_EQ(bench.verdict(), laws::kTxn);
}

TEST_F(OracleOfAnEnsemble, what_was_executed_is_not_refused_afterwards) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t asked = bench.ask(a, OpCode::kCreate, OracleBench::create_body("/x", 0));
  bench.reconnect(a, 1);
  bench.execute(asked);
  bench.refuse(asked, ErrorCode::kSessionMoved);
  EXPECT_EQ(bench.verdict(), laws::kTxn);
}

TEST_F(OracleOfAnEnsemble, a_sync_is_as_new_as_was_promised_when_it_was_sent) {
  const std::uint32_t a = bench.connect(), b = bench.connect();
  const Zxid before = bench.zxid();
  bench.create(a, "/x");
  bench.history.sync_promise = [this] { return bench.zxid(); };
  const std::uint32_t sync = bench.ask(b, OpCode::kSync, path_body("/x"));
  bench.history.add_reply(sync, before, ErrorCode::kOk, path_body("/x"), 0);
  EXPECT_EQ(bench.verdict(), laws::kRealTime);
}

TEST_F(OracleOfAnEnsemble, a_sync_need_not_know_what_came_after_it_was_sent) {
  const std::uint32_t a = bench.connect(), b = bench.connect();
  bench.history.sync_promise = [this] { return bench.zxid(); };
  const Zxid before = bench.zxid();
  const std::uint32_t sync = bench.ask(b, OpCode::kSync, path_body("/x"));
  bench.create(a, "/x");
  bench.history.add_reply(sync, before, ErrorCode::kOk, path_body("/x"), 0);
  EXPECT_EQ(bench.verdict(), "") << bench.detail;
}

TEST_F(OracleOfAnEnsemble, a_session_id_names_the_server_that_gave_it_out) {
  const std::uint32_t a = bench.connect();
  bench.history.connections[a].fresh = true;  // its id begins with 0, which is no server's
  EXPECT_EQ(bench.verdict(), laws::kSessionId);
}

}  // namespace
}  // namespace vivarium::sim
