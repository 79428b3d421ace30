// The lock of ZooKeeper's recipes, as kazoo and Curator write it: an ephemeral sequential node, and a watch on the one
// before.
//
// The node's name begins with a word of its owner's, so that after a lost connection it can be told whether it was
// created. Who is first in line holds the lock, until it deletes its node or its session ends.
#pragma once

#include "sim/choice/stream.h"
#include "sim/client/recipe.h"

namespace vivarium::sim {

class LockRecipe final : public Recipe {
 public:
  LockRecipe(std::uint32_t client, Stream draws, RecipeLedger& ledger)
      : client_(client), draws_(draws), ledger_(ledger) {}

  void turn() override;
  void age() override;
  std::optional<OpCode> next(Vector<char>& body) override;
  void answered(const RecipeReply& reply) override;
  void lost() override;
  void session_began(SessionId session) override;
  void heard(std::string_view path) override;

 private:
  // What is to be asked next; kIdle, kWaiting and kHolding ask nothing.
  enum class Step : std::uint8_t {
    kIdle,
    kRoot,
    kCreate,
    kSync,
    kSearch,
    kLook,
    kWatch,
    kWaiting,
    kHolding,
    kGiveBack
  };

  std::string word() const;
  void on_created(const RecipeReply& reply);
  void on_line(const RecipeReply& reply);

  const std::uint32_t client_;
  Stream draws_;
  RecipeLedger& ledger_;
  SessionId session_;
  Step step_ = Step::kIdle;
  bool asked_ = false;
  std::uint64_t attempt_ = 0;
  std::string path_, before_;
  std::uint64_t patience_ = 0;  // operations for which the lock is kept
  std::size_t grant_ = 0;
};

}  // namespace vivarium::sim
