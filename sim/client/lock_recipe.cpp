// The lock; see lock_recipe.h.
#include "sim/client/lock_recipe.h"

#include "sim/report/text.h"

namespace vivarium::sim {
namespace {
constexpr std::string_view kRoot = "/lock";
}

std::string LockRecipe::word() const { return text("c", client_ + 1, ".", attempt_, "-"); }

void LockRecipe::turn() {
  if (step_ != Step::kIdle) return;
  ++attempt_;
  step_ = Step::kCreate;
}

void LockRecipe::age() {
  if (step_ == Step::kHolding && patience_-- == 0) step_ = Step::kGiveBack;
}

std::optional<OpCode> LockRecipe::next(Vector<char>& body) {
  if (asked_ || step_ == Step::kIdle || step_ == Step::kWaiting || step_ == Step::kHolding) return std::nullopt;
  asked_ = true;
  switch (step_) {
    case Step::kRoot:
      return ask_create(body, kRoot, "", create_flags::kPersistent);
    case Step::kCreate:
      return ask_create(body, text(kRoot, "/", word()), "", create_flags::kEphemeralSequential);
    case Step::kSync:
      return ask(body, OpCode::kSync, kRoot);
    case Step::kWatch:
      return ask(body, OpCode::kExists, before_, true);
    case Step::kGiveBack:
      ledger_.grants[grant_].given_back = true;
      return ask_delete(body, path_);
    default:
      return ask(body, OpCode::kGetChildren, kRoot);
  }
}

void LockRecipe::answered(const RecipeReply& reply) {
  asked_ = false;
  const bool ok = reply.error == ErrorCode::kOk;
  switch (step_) {
    case Step::kRoot:
      step_ = ok || reply.error == ErrorCode::kNodeExists ? Step::kCreate : Step::kIdle;
      return;
    case Step::kCreate:
      return on_created(reply);
    case Step::kSync:
      step_ = ok ? Step::kSearch : Step::kIdle;
      return;
    case Step::kSearch:
    case Step::kLook:
      return on_line(reply);
    case Step::kWatch:
      step_ = ok ? Step::kWaiting : Step::kLook;
      return;
    default:
      step_ = Step::kIdle;
  }
}

void LockRecipe::on_created(const RecipeReply& reply) {
  ByteReader in(reply.body);
  path_ = std::string(in.ustring());
  const bool named = path_.starts_with(text(kRoot, "/", word()));
  step_ = reply.error == ErrorCode::kNoNode        ? Step::kRoot
          : reply.error == ErrorCode::kOk && named ? Step::kLook
                                                   : Step::kIdle;
}

void LockRecipe::on_line(const RecipeReply& reply) {
  const std::vector<std::string> line = in_line(reply.body);
  std::size_t place = 0;
  while (place < line.size() && !line[place].starts_with(word())) ++place;
  if (reply.error != ErrorCode::kOk || place == line.size()) {
    step_ = Step::kIdle;  // after a lost connection: it was never created
    return;
  }
  path_ = text(kRoot, "/", line[place]);
  if (place > 0) {
    before_ = text(kRoot, "/", line[place - 1]);
    step_ = Step::kWatch;
    return;
  }
  grant_ = ledger_.grants.size();
  ledger_.grants.push_back({client_, session_, path_, reply.zxid, reply.at, false});
  patience_ = draws_.below(4);
  step_ = Step::kHolding;
}

void LockRecipe::lost() {
  asked_ = false;
  if (step_ == Step::kCreate) step_ = Step::kSync;  // everything else can be asked again
}

void LockRecipe::session_began(SessionId session) {
  session_ = session;
  step_ = Step::kIdle;
  asked_ = false;
}

void LockRecipe::heard(std::string_view path) {
  if (step_ == Step::kWaiting && path == before_) step_ = Step::kLook;
}

}  // namespace vivarium::sim
