// The queue; see queue_recipe.h.
#include "sim/client/queue_recipe.h"

#include "sim/report/text.h"

namespace vivarium::sim {
namespace {
constexpr std::string_view kRoot = "/queue";
}

void QueueRecipe::turn() {
  if (step_ == Step::kIdle) step_ = draws_.chance(550) ? Step::kPut : Step::kLook;
}

std::optional<OpCode> QueueRecipe::next(Vector<char>& body) {
  if (asked_ || step_ == Step::kIdle) return std::nullopt;
  asked_ = true;
  switch (step_) {
    case Step::kRoot:
      return ask_create(body, kRoot, "", create_flags::kPersistent);
    case Step::kPut:
      return ask_create(body, text(kRoot, "/q-"), text("c", client_ + 1), create_flags::kPersistentSequential);
    case Step::kLook:
      return ask(body, OpCode::kGetChildren, kRoot);
    default:
      return ask_delete(body, first_);
  }
}

void QueueRecipe::answered(const RecipeReply& reply) {
  asked_ = false;
  switch (step_) {
    case Step::kPut:
      return on_put(reply);
    case Step::kLook: {
      const std::vector<std::string> line = in_line(reply.body);
      const bool any = reply.error == ErrorCode::kOk && !line.empty();
      if (any) first_ = text(kRoot, "/", line.front());
      step_ = any ? Step::kTake : Step::kIdle;
      return;
    }
    case Step::kTake:
      return on_take(reply);
    default:
      step_ = Step::kIdle;
  }
}

void QueueRecipe::on_put(const RecipeReply& reply) {
  step_ = reply.error == ErrorCode::kNoNode ? Step::kRoot : Step::kIdle;
  if (reply.error != ErrorCode::kOk) return;
  ByteReader in(reply.body);
  ledger_.puts.push_back({client_, std::string(in.ustring()), reply.at});
}

void QueueRecipe::on_take(const RecipeReply& reply) {
  // Somebody else was faster: the next in line.
  step_ = reply.error == ErrorCode::kNoNode ? Step::kLook : Step::kIdle;
  if (reply.error == ErrorCode::kOk) ledger_.takes.push_back({client_, first_, true, reply.at});
}

void QueueRecipe::lost() {
  if (!asked_) return;
  asked_ = false;
  if (step_ == Step::kPut) ++ledger_.doubtful_puts;
  if (step_ == Step::kTake) ledger_.takes.push_back({client_, first_, false, 0});
  step_ = Step::kIdle;
}

void QueueRecipe::session_began(SessionId) {
  step_ = Step::kIdle;
  asked_ = false;
}

}  // namespace vivarium::sim
