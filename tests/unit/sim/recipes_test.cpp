// The recipes' state machines, answered by hand.
#include <gtest/gtest.h>

#include "sim/client/counter_recipe.h"
#include "sim/client/lock_recipe.h"
#include "sim/client/queue_recipe.h"

namespace vivarium::sim {
namespace {

std::string names(std::initializer_list<const char*> list) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  out.i32(static_cast<std::int32_t>(list.size()));
  for (const char* name : list) out.ustring(name);
  return std::string(view(bytes));
}

std::string one(const char* value) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  out.ustring(value);
  return std::string(view(bytes));
}

std::string counter_node(const char* value, std::int32_t version) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  out.ustring(value);
  Stat stat;
  stat.version = version;
  encode(out, stat);
  return std::string(view(bytes));
}

/// One recipe and what it asked last.
template <class R>
struct Bench {
  RecipeLedger ledger;
  R recipe;
  Vector<char> body;

  template <class... Args>
  explicit Bench(Args&&... args) : recipe(0, std::forward<Args>(args)..., ledger) {
    recipe.session_began(SessionId{7});
    recipe.turn();
  }
  std::optional<OpCode> asks() {
    body.clear();
    return recipe.next(body);
  }
  std::string path() const {
    ByteReader in(view(body));
    return std::string(in.ustring());
  }
  void hears(const std::string& reply, std::int64_t zxid = 1) {
    recipe.answered({Zxid{zxid}, ErrorCode::kOk, reply, 0});
  }
  void hears(ErrorCode error) { recipe.answered({Zxid{1}, error, "", 0}); }
};

struct LockBench : Bench<LockRecipe> {
  LockBench() : Bench(Stream(Seed{1}, Choice::kRecipeLock, 0)) {}
  void create() {
    EXPECT_EQ(asks(), OpCode::kCreate);
    hears(one("/lock/c1.1-0000000005"));
    EXPECT_EQ(asks(), OpCode::kGetChildren);
  }
};

TEST(LockRecipe, who_is_first_in_line_holds_the_lock_and_gives_it_back) {
  LockBench lock;
  lock.create();
  lock.hears(names({"c2.1-0000000006", "c1.1-0000000005"}), 42);
  ASSERT_EQ(lock.ledger.grants.size(), 1u);
  EXPECT_EQ(lock.ledger.grants[0].zxid, Zxid{42});
  EXPECT_EQ(lock.ledger.grants[0].session, SessionId{7});
  EXPECT_EQ(lock.asks(), std::nullopt);
  for (int i = 0; i < 4; ++i) lock.recipe.age();
  EXPECT_EQ(lock.asks(), OpCode::kDelete);
  EXPECT_EQ(lock.path(), "/lock/c1.1-0000000005");
  EXPECT_TRUE(lock.ledger.grants[0].given_back);
}

TEST(LockRecipe, who_is_not_watches_the_one_before) {
  LockBench lock;
  lock.create();
  lock.hears(names({"c1.1-0000000005", "c3.1-0000000003", "c2.1-0000000004"}));
  EXPECT_EQ(lock.asks(), OpCode::kExists);
  EXPECT_EQ(lock.path(), "/lock/c2.1-0000000004");
  lock.hears("");
  EXPECT_EQ(lock.asks(), std::nullopt);
  lock.recipe.heard("/lock/c3.1-0000000003");
  EXPECT_EQ(lock.asks(), std::nullopt);
  lock.recipe.heard("/lock/c2.1-0000000004");
  EXPECT_EQ(lock.asks(), OpCode::kGetChildren);
}

TEST(LockRecipe, after_a_lost_creation_it_looks_for_its_node_behind_a_sync) {
  LockBench lock;
  EXPECT_EQ(lock.asks(), OpCode::kCreate);
  lock.recipe.lost();
  EXPECT_EQ(lock.asks(), OpCode::kSync);
  lock.hears("");
  EXPECT_EQ(lock.asks(), OpCode::kGetChildren);
  lock.hears(names({"c1.1-0000000005"}));
  ASSERT_EQ(lock.ledger.grants.size(), 1u);
  EXPECT_EQ(lock.ledger.grants[0].path, "/lock/c1.1-0000000005");
}

TEST(LockRecipe, a_new_session_begins_anew) {
  LockBench lock;
  lock.create();
  lock.recipe.session_began(SessionId{8});
  EXPECT_EQ(lock.asks(), std::nullopt);
}

TEST(QueueRecipe, the_next_in_line_is_taken_when_somebody_was_faster) {
  // A stream whose first turn is a consumer's.
  std::uint64_t entity = 0;
  while (Stream(Seed{1}, Choice::kRecipeQueue, entity).chance(550)) ++entity;
  Bench<QueueRecipe> queue(Stream(Seed{1}, Choice::kRecipeQueue, entity));
  EXPECT_EQ(queue.asks(), OpCode::kGetChildren);
  queue.hears(names({"q-0000000002", "q-0000000001"}));
  EXPECT_EQ(queue.asks(), OpCode::kDelete);
  EXPECT_EQ(queue.path(), "/queue/q-0000000001");
  queue.hears(ErrorCode::kNoNode);
  EXPECT_EQ(queue.asks(), OpCode::kGetChildren);
  queue.hears(names({"q-0000000002"}));
  EXPECT_EQ(queue.asks(), OpCode::kDelete);
  queue.recipe.lost();
  ASSERT_EQ(queue.ledger.takes.size(), 1u);
  EXPECT_FALSE(queue.ledger.takes[0].certain);
}

TEST(CounterRecipe, it_writes_one_more_under_the_version_that_it_read) {
  Bench<CounterRecipe> counter;
  EXPECT_EQ(counter.asks(), OpCode::kGetData);
  counter.hears(counter_node("41", 9));
  EXPECT_EQ(counter.asks(), OpCode::kSetData);
  ByteReader in(view(counter.body));
  const auto request = decode_set_data_request(in);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->data, "42");
  EXPECT_EQ(request->version, 9);
  counter.hears(ErrorCode::kBadVersion);
  EXPECT_EQ(counter.asks(), OpCode::kGetData);
  counter.hears(counter_node("42", 10));
  EXPECT_EQ(counter.asks(), OpCode::kSetData);
  counter.hears("");
  ASSERT_EQ(counter.ledger.increments.size(), 1u);
  EXPECT_EQ(counter.ledger.increments[0].value, 43);
}

TEST(CounterRecipe, a_lost_write_is_doubtful) {
  Bench<CounterRecipe> counter;
  EXPECT_EQ(counter.asks(), OpCode::kGetData);
  counter.hears(counter_node("0", 0));
  EXPECT_EQ(counter.asks(), OpCode::kSetData);
  counter.recipe.lost();
  EXPECT_EQ(counter.ledger.doubtful_increments, 1u);
}

}  // namespace
}  // namespace vivarium::sim
