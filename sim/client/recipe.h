// One recipe as a client library writes it: a state machine that asks one thing at a time, and goes on with the answer.
//
// A turn of the workload starts it; from then on each answer or event leads to the next request at once, until it is
// idle again or waits. Must never: have two requests under way, or look further than the answers do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/op_code.h"
#include "sim/check/recipe_ledger.h"

namespace vivarium::sim {

struct RecipeReply {
  Zxid zxid;
  ErrorCode error = ErrorCode::kOk;
  std::string_view body;
  std::int64_t at = 0;
};

class Recipe {
 public:
  virtual ~Recipe() = default;
  /// The workload's word to begin, when it is idle.
  virtual void turn() = 0;
  /// Another operation of this client was sent: how a holder spends its time.
  virtual void age() {}
  /// The request to send now, its body appended; nothing: it is idle or waits.
  virtual std::optional<OpCode> next(Vector<char>& body) = 0;
  virtual void answered(const RecipeReply& reply) = 0;
  /// The connection broke while the request was under way: whether it was executed is unknown.
  virtual void lost() = 0;
  virtual void session_began(SessionId session) = 0;
  virtual void heard(std::string_view path) { static_cast<void>(path); }

 protected:
  static OpCode ask_create(Vector<char>& out, std::string_view path, std::string_view data, std::int32_t flags);
  static OpCode ask_delete(Vector<char>& out, std::string_view path);
  static OpCode ask(Vector<char>& out, OpCode op, std::string_view path, bool watch = false);
};

/// The names in an answer to getChildren, in the order of their sequence numbers; empty when it does not read as one.
std::vector<std::string> in_line(std::string_view children_reply);

}  // namespace vivarium::sim
