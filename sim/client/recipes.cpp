// Which recipe has its turn; see recipes.h.
#include "sim/client/recipes.h"

namespace vivarium::sim {

Recipes::Recipes(const Plan& plan, std::uint32_t client, RecipeLedger& ledger)
    : share_(static_cast<std::uint64_t>(plan.recipes)),
      turns_(Seed{plan.seed}, Choice::kRecipe, client),
      lock_(client, Stream(Seed{plan.seed}, Choice::kRecipeLock, client), ledger),
      queue_(client, Stream(Seed{plan.seed}, Choice::kRecipeQueue, client), ledger),
      counter_(client, ledger),
      all_{&lock_, &queue_, &counter_} {
  asked_.fill(kNothing);
}

void Recipes::turn(std::uint64_t index) {
  if (share_ == 0) return;
  for (Recipe* recipe : all_) recipe->age();
  const std::uint64_t drawn = turns_.at(index, 100 * all_.size());
  if (drawn < share_ * all_.size()) all_[drawn % all_.size()]->turn();
}

std::optional<Recipes::Request> Recipes::next(Vector<char>& body) {
  if (share_ == 0) return std::nullopt;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (const auto op = all_[i]->next(body)) return Request{i, *op};
  }
  return std::nullopt;
}

void Recipes::answered(std::uint32_t operation, const RecipeReply& reply) {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (asked_[i] != operation) continue;
    asked_[i] = kNothing;
    all_[i]->answered(reply);
  }
}

void Recipes::connection_lost() {
  asked_.fill(kNothing);
  for (Recipe* recipe : all_) recipe->lost();
}

void Recipes::session_began(SessionId session) {
  for (Recipe* recipe : all_) recipe->session_began(session);
}

void Recipes::heard(std::string_view path) {
  for (Recipe* recipe : all_) recipe->heard(path);
}

}  // namespace vivarium::sim
