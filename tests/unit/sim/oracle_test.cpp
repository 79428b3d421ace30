// The oracle finds nothing in honest histories, and the right law in each of these dishonest ones.
#include <gtest/gtest.h>

#include "sim/check/laws.h"
#include "tests/unit/sim/oracle_bench.h"

namespace vivarium::sim {
namespace {

class OracleTest : public ::testing::Test {
 protected:
  OracleBench bench;
};

TEST_F(OracleTest, accepts_an_honest_history) {
  const std::uint32_t a = bench.connect(), b = bench.connect();
  bench.create(a, "/x");
  bench.create(b, "/x");  // NODEEXISTS
  bench.read(b, OpCode::kGetData, OracleBench::watch_body("/x", true));
  const std::uint32_t set = bench.ask(a, OpCode::kSetData, OracleBench::set_body("/x", "new"));
  const ModelWrite done = bench.execute(set);
  bench.event(b, EventType::kNodeDataChanged, "/x");
  bench.answer(set, done.reply_error, done.reply);
  bench.read(b, OpCode::kGetData, OracleBench::watch_body("/x", false));
  bench.create(a, "/x/e", create_flags::kEphemeralSequential);
  bench.close_session(a, {"/x/e0000000000"});
  EXPECT_EQ(bench.verdict(), "") << bench.detail;
}

TEST_F(OracleTest, an_unanswered_write_may_have_happened_or_not) {
  const std::uint32_t a = bench.connect();
  bench.execute(bench.ask(a, OpCode::kCreate, OracleBench::create_body("/x", 0)));
  bench.ask(a, OpCode::kCreate, OracleBench::create_body("/y", 0));
  const std::uint32_t again = bench.reconnect(a);
  bench.read(again, OpCode::kExists, OracleBench::watch_body("/x", false));
  EXPECT_EQ(bench.verdict(), "") << bench.detail;
}

TEST_F(OracleTest, a_reply_beyond_the_surviving_log_is_a_lost_acknowledgement) {
  const std::uint32_t a = bench.connect();
  bench.create(a, "/x");
  EXPECT_EQ(bench.verdict(Zxid{1}), laws::kDurability);
}

TEST_F(OracleTest, an_acknowledged_write_whose_zxid_is_another_txn_was_lost) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t lost = bench.ask(a, OpCode::kCreate, OracleBench::create_body("/x", 0));
  bench.create(a, "/y");
  bench.answer(lost, ErrorCode::kOk, "");
  EXPECT_NE(bench.verdict(), "");
}

TEST_F(OracleTest, a_read_must_show_the_state_at_its_zxid) {
  const std::uint32_t a = bench.connect();
  bench.create(a, "/x");
  const std::uint32_t stale = bench.ask(a, OpCode::kExists, OracleBench::watch_body("/x", false));
  bench.answer(stale, ErrorCode::kNoNode, "");
  EXPECT_EQ(bench.verdict(), laws::kReadReply);
}

TEST_F(OracleTest, a_write_reply_must_be_the_models) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t op = bench.ask(a, OpCode::kCreate, OracleBench::create_body("/x", 0));
  bench.execute(op);
  bench.answer(op, ErrorCode::kNodeExists, "");
  EXPECT_EQ(bench.verdict(), laws::kWriteReply);
}

TEST_F(OracleTest, a_txn_must_say_what_its_request_meant) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t op = bench.ask(a, OpCode::kCreate, OracleBench::create_body("/x", 0));
  bench.next_zxid();
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode_txn_body(out, CreateTxn{OpCode::kCreate, "/another", MaybeBytes("data"), open_acl(), false, 1, 0});
  bench.log_raw(bench.header(bench.history.operations[op], OpCode::kCreate) + std::string(view(bytes)));
  EXPECT_EQ(bench.verdict(), laws::kTxn);
}

TEST_F(OracleTest, a_txn_that_nobody_asked_for_is_a_phantom) {
  const std::uint32_t a = bench.connect();
  Operation phantom;
  phantom.connection = a;
  phantom.xid = Xid{7};
  bench.next_zxid();
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode_txn_body(out, DeleteTxn{"/x"});
  bench.log_raw(bench.header(phantom, OpCode::kDelete) + std::string(view(bytes)));
  EXPECT_EQ(bench.verdict(), laws::kPhantom);
}

TEST_F(OracleTest, a_request_takes_effect_once) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t op = bench.ask(a, OpCode::kSetData, OracleBench::set_body("/", "twice"));
  bench.execute(op);
  bench.execute(op);
  EXPECT_EQ(bench.verdict(), laws::kFifo);
}

TEST_F(OracleTest, writes_of_a_session_keep_their_order) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t first = bench.ask(a, OpCode::kCreate, OracleBench::create_body("/x", 0));
  const std::uint32_t second = bench.ask(a, OpCode::kCreate, OracleBench::create_body("/y", 0));
  bench.execute(second);
  bench.execute(first);
  EXPECT_EQ(bench.verdict(), laws::kFifo);
}

TEST_F(OracleTest, zxids_never_go_back_on_a_connection) {
  const std::uint32_t a = bench.connect(), b = bench.connect();
  const std::uint32_t early = bench.ask(b, OpCode::kExists, OracleBench::watch_body("/x", false));
  bench.create(a, "/x");
  bench.read(b, OpCode::kExists, OracleBench::watch_body("/x", false));
  bench.history.add_reply(early, Zxid{bench.zxid().value - 1}, ErrorCode::kNoNode, "", 0);
  EXPECT_EQ(bench.verdict(), laws::kZxidBack);
}

TEST_F(OracleTest, a_read_is_no_older_than_what_anyone_had_seen_before_it_was_asked) {
  const std::uint32_t a = bench.connect(), b = bench.connect();
  bench.create(a, "/x");
  const std::uint32_t late = bench.ask(b, OpCode::kExists, OracleBench::watch_body("/x", false));
  bench.history.add_reply(late, Zxid{bench.zxid().value - 1}, ErrorCode::kNoNode, "", 0);
  EXPECT_EQ(bench.verdict(), laws::kRealTime);
}

TEST_F(OracleTest, an_event_comes_before_any_reply_that_shows_its_change) {
  const std::uint32_t a = bench.connect(), b = bench.connect();
  bench.create(a, "/x");
  bench.read(b, OpCode::kGetData, OracleBench::watch_body("/x", true));
  bench.write(a, OpCode::kSetData, OracleBench::set_body("/x", "new"));
  bench.read(b, OpCode::kGetData, OracleBench::watch_body("/x", false));
  bench.event(b, EventType::kNodeDataChanged, "/x");
  EXPECT_EQ(bench.verdict(), laws::kWatchMissing);
}

TEST_F(OracleTest, an_event_fires_once_and_only_for_who_watches) {
  const std::uint32_t a = bench.connect(), b = bench.connect();
  bench.create(a, "/x");
  bench.event(b, EventType::kNodeCreated, "/x");
  EXPECT_EQ(bench.verdict(), laws::kWatchWrong);
}

TEST_F(OracleTest, an_event_is_of_the_right_kind) {
  const std::uint32_t a = bench.connect(), b = bench.connect();
  bench.read(b, OpCode::kExists, OracleBench::watch_body("/x", true));
  bench.create(a, "/x");
  bench.event(b, EventType::kNodeDataChanged, "/x");
  EXPECT_EQ(bench.verdict(), laws::kWatchWrong);
}

TEST_F(OracleTest, a_closed_session_takes_all_its_ephemerals_along) {
  const std::uint32_t a = bench.connect();
  bench.create(a, "/e", create_flags::kEphemeral);
  bench.next_zxid();
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode_txn(out,
             Txn{{bench.history.connections[a].session, Xid{0}, bench.zxid(), WallTime{1'003}, OpCode::kCloseSession},
                 CloseSessionTxn{std::string_view("\0\0\0\0", 4)},
                 std::nullopt});
  bench.log_raw(std::string(view(bytes)));
  EXPECT_EQ(bench.verdict(), laws::kEphemerals);
}

TEST_F(OracleTest, a_session_id_is_never_given_out_twice) {
  const std::uint32_t a = bench.connect();
  bench.next_zxid();
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode_txn(out,
             Txn{{bench.history.connections[a].session, Xid{0}, bench.zxid(), WallTime{1'002}, OpCode::kCreateSession},
                 CreateSessionTxn{4000},
                 std::nullopt});
  bench.log_raw(std::string(view(bytes)));
  EXPECT_EQ(bench.verdict(), laws::kSessionId);
}

TEST_F(OracleTest, a_digest_must_be_that_of_the_tree) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t op = bench.ask(a, OpCode::kSetData, OracleBench::set_body("/", "x"));
  const ModelWrite done = [&] {
    ModelServer other(ModelOptions{false, true});
    other.create_session(bench.history.connections[a].session, 4000, Zxid{1});
    return other.write(OpCode::kSetData, OracleBench::set_body("/", "x"),
                       {bench.history.connections[a].session, "", ""}, Zxid{2}, WallTime{1'002});
  }();
  bench.next_zxid();
  bench.log_raw(bench.header(bench.history.operations[op], OpCode::kSetData) + done.txn_body +
                std::string("\0\0\0\2", 4) + std::string(8, 'd'));
  EXPECT_EQ(bench.verdict(), laws::kDigest);
}

TEST_F(OracleTest, a_txn_is_stamped_with_the_wall_clock_that_the_kernel_was_told) {
  const std::uint32_t a = bench.connect();
  const std::uint32_t op = bench.ask(a, OpCode::kSetData, OracleBench::set_body("/", "x"));
  bench.next_zxid();
  const std::string bytes = bench.header(bench.history.operations[op], OpCode::kSetData);
  bench.log_raw(bytes + std::string("\0\0\0\1/\0\0\0\1x\0\0\0\1", 14), 999);
  EXPECT_EQ(bench.verdict(), laws::kTime);
}

TEST(TxnBook, zxids_of_an_epoch_have_no_gap) {
  TxnBook book;
  const TxnIndex first = book.add(Zxid{1}, kRoot, "a", 0, 0);
  EXPECT_THROW(book.add(Zxid{3}, first, "c", 0, 0), SeedFailure);
  const TxnIndex second = book.add(Zxid{2}, first, "b", 0, 0);
  EXPECT_EQ(book.bytes(second), "b");
  const TxnIndex later = book.add(Zxid::make(Epoch{4}, 1), first, "e", 0, 0);
  EXPECT_EQ(book.find(Zxid::make(Epoch{4}, 1)), later);
  EXPECT_EQ(book.find(Zxid{3}), kNoTxn);
  EXPECT_TRUE(book.reaches(later, first));
  EXPECT_FALSE(book.reaches(later, second));
}

TEST(TxnBook, what_a_lone_server_lost_may_mean_something_else) {
  TxnBook book;
  const TxnIndex first = book.add(Zxid{1}, kRoot, "a", 0, 0);
  book.add(Zxid{2}, first, "b", 0, 0);
  book.forget_after(Zxid{1});
  const TxnIndex another = book.add(Zxid{2}, first, "another b", 0, 0);
  EXPECT_EQ(book.bytes(another), "another b");
}

}  // namespace
}  // namespace vivarium::sim
