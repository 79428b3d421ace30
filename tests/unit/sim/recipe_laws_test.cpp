// The laws of recipes: one bad history for each, and the good one beside it.
#include "sim/check/recipe_laws.h"

#include <gtest/gtest.h>

#include "kernel/wire/txn.h"
#include "sim/check/laws.h"
#include "tests/unit/sim/ghost_bench.h"

namespace vivarium::sim {
namespace {

constexpr SessionId kAnna{0xa}, kBert{0xb};

class RecipeLawsTest : public ::testing::Test {
 protected:
  void commit(std::int64_t zxid, SessionId session, OpCode type, const TxnBody& body) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode_txn(out, Txn{{session, Xid{1}, Zxid{zxid}, WallTime{1}, type}, body, std::nullopt});
    book_.commit(book_.add(Zxid{zxid}, book_.last_committed(), view(bytes), 0, 1), Epoch{});
  }
  void remove(std::int64_t zxid, SessionId session, const char* path) {
    commit(zxid, session, OpCode::kDelete, DeleteTxn{path});
  }
  void close(std::int64_t zxid, SessionId session) { commit(zxid, session, OpCode::kCloseSession, CloseSessionTxn{}); }
  /// Something that touches no lock.
  void pass(std::int64_t zxid) { remove(zxid, SessionId{0xc}, "/elsewhere"); }
  void hold(SessionId session, const char* path, std::int64_t zxid, bool given_back = false) {
    const std::uint32_t client = session == kAnna ? 0 : 1;
    ledger_.grants.push_back({client, session, path, Zxid{zxid}, 0, given_back});
  }
  std::string locks() {
    return broken_by([this] { judge_locks(ledger_, book_); });
  }
  std::string queue(const std::vector<std::string>& left) {
    return broken_by([&] { judge_queue(ledger_, left); });
  }
  std::string counter(std::int64_t value) {
    return broken_by([&] { judge_counter(ledger_, value); });
  }

  RecipeLedger ledger_;
  TxnBook book_;
};

TEST_F(RecipeLawsTest, a_lock_is_handed_on) {
  hold(kAnna, "/lock/a", 1, true);
  pass(1);
  remove(2, kAnna, "/lock/a");
  hold(kBert, "/lock/b", 2);
  EXPECT_EQ(locks(), "");
}

TEST_F(RecipeLawsTest, two_do_not_hold_a_lock) {
  hold(kAnna, "/lock/a", 1, true);
  pass(1);
  pass(2);
  hold(kBert, "/lock/b", 2);
  remove(3, kAnna, "/lock/a");
  EXPECT_EQ(locks(), laws::kLock);
}

TEST_F(RecipeLawsTest, a_session_that_expired_unknown_to_its_client_holds_nothing) {
  hold(kAnna, "/lock/a", 1);
  pass(1);
  close(2, kAnna);
  hold(kBert, "/lock/b", 2);
  EXPECT_EQ(locks(), "");
}

TEST_F(RecipeLawsTest, two_sessions_are_first_in_line_at_one_zxid_only_when_one_of_them_is_over) {
  pass(1);
  close(2, kAnna);
  pass(3);
  hold(kBert, "/lock/b", 3);
  hold(kAnna, "/lock/a", 3);
  EXPECT_EQ(locks(), "");
  hold(kBert, "/lock/c", 3);
  EXPECT_EQ(locks(), laws::kLock);
}

TEST_F(RecipeLawsTest, a_node_that_its_owner_did_not_give_back_still_holds) {
  hold(kAnna, "/lock/a", 1);
  pass(1);
  remove(2, kBert, "/lock/a");
  hold(kBert, "/lock/b", 2);
  EXPECT_EQ(locks(), laws::kLock);
}

TEST_F(RecipeLawsTest, an_item_is_taken_or_there) {
  ledger_.puts = {{0, "/queue/1", 0}, {0, "/queue/2", 0}};
  ledger_.takes = {{1, "/queue/1", true, 0}};
  EXPECT_EQ(queue({"/queue/2"}), "");
}

TEST_F(RecipeLawsTest, an_item_is_not_lost) {
  ledger_.puts = {{0, "/queue/1", 0}};
  EXPECT_EQ(queue({}), laws::kQueue);
}

TEST_F(RecipeLawsTest, an_item_is_not_taken_twice) {
  ledger_.puts = {{0, "/queue/1", 0}};
  ledger_.takes = {{0, "/queue/1", true, 0}, {1, "/queue/1", true, 0}};
  EXPECT_EQ(queue({}), laws::kQueue);
}

TEST_F(RecipeLawsTest, an_item_does_not_come_back) {
  ledger_.puts = {{0, "/queue/1", 0}};
  ledger_.takes = {{1, "/queue/1", true, 0}};
  EXPECT_EQ(queue({"/queue/1"}), laws::kQueue);
}

TEST_F(RecipeLawsTest, two_producers_do_not_share_an_item) {
  ledger_.puts = {{0, "/queue/1", 0}, {1, "/queue/1", 0}};
  EXPECT_EQ(queue({"/queue/1"}), laws::kQueue);
}

TEST_F(RecipeLawsTest, an_unanswered_take_may_have_happened) {
  ledger_.puts = {{0, "/queue/1", 0}};
  ledger_.takes = {{1, "/queue/1", false, 0}};
  EXPECT_EQ(queue({}), "");
  EXPECT_EQ(queue({"/queue/1"}), "");
}

TEST_F(RecipeLawsTest, an_item_that_nobody_put_is_not_there) {
  EXPECT_EQ(queue({"/queue/1"}), laws::kQueue);
  ledger_.doubtful_puts = 1;
  EXPECT_EQ(queue({"/queue/1"}), "");
}

TEST_F(RecipeLawsTest, a_counter_shows_every_acknowledged_increment_and_some_of_the_doubtful) {
  ledger_.increments = {{0, 1, 0}, {1, 2, 0}};
  ledger_.doubtful_increments = 1;
  EXPECT_EQ(counter(1), laws::kCounter);
  EXPECT_EQ(counter(2), "");
  EXPECT_EQ(counter(3), "");
  EXPECT_EQ(counter(4), laws::kCounter);
}

TEST_F(RecipeLawsTest, no_two_clients_make_a_counter_the_same) {
  ledger_.increments = {{0, 1, 0}, {1, 1, 0}};
  EXPECT_EQ(counter(2), laws::kCounter);
}

}  // namespace
}  // namespace vivarium::sim
