// A counter: read it, and write one more under the version that was read; whoever comes too late reads again.
#pragma once

#include "sim/client/recipe.h"

namespace vivarium::sim {

class CounterRecipe final : public Recipe {
 public:
  CounterRecipe(std::uint32_t client, RecipeLedger& ledger) : client_(client), ledger_(ledger) {}

  void turn() override;
  std::optional<OpCode> next(Vector<char>& body) override;
  void answered(const RecipeReply& reply) override;
  void lost() override;
  void session_began(SessionId session) override;

 private:
  enum class Step : std::uint8_t { kIdle, kRoot, kRead, kWrite };

  void on_read(const RecipeReply& reply);

  const std::uint32_t client_;
  RecipeLedger& ledger_;
  Step step_ = Step::kIdle;
  bool asked_ = false;
  std::int64_t value_ = 0;
  std::int32_t version_ = 0;
};

}  // namespace vivarium::sim
