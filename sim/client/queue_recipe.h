// A queue: producers create sequential nodes, consumers take the first in line by deleting it. Whoever's delete
// succeeds has it.
#pragma once

#include "sim/choice/stream.h"
#include "sim/client/recipe.h"

namespace vivarium::sim {

class QueueRecipe final : public Recipe {
 public:
  QueueRecipe(std::uint32_t client, Stream draws, RecipeLedger& ledger)
      : client_(client), draws_(draws), ledger_(ledger) {}

  void turn() override;
  std::optional<OpCode> next(Vector<char>& body) override;
  void answered(const RecipeReply& reply) override;
  void lost() override;
  void session_began(SessionId session) override;

 private:
  enum class Step : std::uint8_t { kIdle, kRoot, kPut, kLook, kTake };

  void on_put(const RecipeReply& reply);
  void on_take(const RecipeReply& reply);

  const std::uint32_t client_;
  Stream draws_;
  RecipeLedger& ledger_;
  Step step_ = Step::kIdle;
  bool asked_ = false;
  std::string first_;
};

}  // namespace vivarium::sim
