// The recipes that one client follows beside its random operations: a lock, a queue and a counter that all clients
// share.
//
// The plan's `recipes` says how many of a hundred operations start one of them. The steps behind that are sent as
// answers come, beside the random operations and in their window.
#pragma once

#include <array>

#include "sim/client/counter_recipe.h"
#include "sim/client/lock_recipe.h"
#include "sim/client/queue_recipe.h"
#include "sim/plan/plan.h"

namespace vivarium::sim {

class Recipes {
 public:
  Recipes(const Plan& plan, std::uint32_t client, RecipeLedger& ledger);

  /// Random operation `index` is about to be sent.
  void turn(std::uint64_t index);
  /// The next request of any of them, its body appended, with the number to hand to sent().
  struct Request {
    std::size_t recipe;
    OpCode op;
  };
  std::optional<Request> next(Vector<char>& body);
  void sent(std::size_t recipe, std::uint32_t operation) { asked_[recipe] = operation; }
  void answered(std::uint32_t operation, const RecipeReply& reply);
  void connection_lost();
  void session_began(SessionId session);
  void heard(std::string_view path);

 private:
  static constexpr std::uint32_t kNothing = UINT32_MAX;

  const std::uint64_t share_;
  Stream turns_;
  LockRecipe lock_;
  QueueRecipe queue_;
  CounterRecipe counter_;
  std::array<Recipe*, 3> all_;
  std::array<std::uint32_t, 3> asked_;
};

}  // namespace vivarium::sim
