// The counter; see counter_recipe.h.
#include "sim/client/counter_recipe.h"

#include "sim/report/text.h"

namespace vivarium::sim {
namespace {
constexpr std::string_view kPath = "/counter";
}

void CounterRecipe::turn() {
  if (step_ == Step::kIdle) step_ = Step::kRead;
}

std::optional<OpCode> CounterRecipe::next(Vector<char>& body) {
  if (asked_ || step_ == Step::kIdle) return std::nullopt;
  asked_ = true;
  if (step_ == Step::kRoot) return ask_create(body, kPath, "0", create_flags::kPersistent);
  if (step_ == Step::kRead) return ask(body, OpCode::kGetData, kPath);
  ByteWriter out(body);
  const std::string next = text(value_ + 1);
  encode(out, SetDataRequest{kPath, MaybeBytes(next), version_});
  return OpCode::kSetData;
}

void CounterRecipe::answered(const RecipeReply& reply) {
  asked_ = false;
  if (step_ == Step::kRead) return on_read(reply);
  if (step_ == Step::kWrite && reply.error == ErrorCode::kOk) {
    ledger_.increments.push_back({client_, value_ + 1, reply.at});
  }
  step_ = step_ == Step::kWrite && reply.error == ErrorCode::kBadVersion ? Step::kRead : Step::kIdle;
}

void CounterRecipe::on_read(const RecipeReply& reply) {
  step_ = reply.error == ErrorCode::kNoNode ? Step::kRoot : Step::kIdle;
  if (reply.error != ErrorCode::kOk) return;
  ByteReader in(reply.body);
  const auto value = counter_value(in.ustring());
  const Stat stat = decode_stat(in);
  if (!value || !in.finished()) return;
  value_ = *value;
  version_ = stat.version;
  step_ = Step::kWrite;
}

void CounterRecipe::lost() {
  if (!asked_) return;
  asked_ = false;
  if (step_ == Step::kWrite) ++ledger_.doubtful_increments;
  step_ = Step::kIdle;
}

void CounterRecipe::session_began(SessionId) {
  step_ = Step::kIdle;
  asked_ = false;
}

}  // namespace vivarium::sim
