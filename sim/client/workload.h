// What a simulated client asks for: the n-th operation of client c is a function of (seed, c, n) alone.
//
// Operations cover the whole client API, collide on a small set of names on purpose, and carry contents that name their
// author, so that a wrong value can be recognised. Must never: depend on what the server answered.
#pragma once

#include <cstdint>

#include "kernel/base/bytes.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/op_code.h"
#include "sim/choice/stream.h"
#include "sim/plan/plan.h"

namespace vivarium::sim {

class Workload {
 public:
  Workload(const Plan& plan, std::uint32_t client, std::uint8_t user);

  OpKind kind(std::uint64_t index) const;
  /// Appends the body of operation `index` of this kind to `out`, and says under which op code it travels.
  OpCode encode_body(OpKind kind, std::uint64_t index, Vector<char>& out) const;

 private:
  class Request;  // one request being drawn

  const Plan& plan_;
  std::uint32_t client_;
  std::uint8_t user_;
  Stream kinds_;
  std::uint64_t total_weight_ = 0;
};

}  // namespace vivarium::sim
