// Decoding of multi requests, one operation at a time.
#include "kernel/request/multi_request.h"

#include <optional>
#include <utility>

#include "kernel/base/assert.h"
#include "kernel/base/limits.h"

namespace vivarium {
namespace {

template <class Request>
bool store(MultiOperation& operation, const std::optional<Request>& request) {
  if (!request) return false;
  operation.request = *request;
  return true;
}

bool is_read_operation(OpCode type) { return type == OpCode::kGetData || type == OpCode::kGetChildren; }

}  // namespace

bool MultiRequestReader::next(MultiOperation& operation) {
  KASSERT(!ended_);
  const MultiHeader header = decode_multi_header(in_);
  if (!in_.ok()) return false;
  if (header.done) {
    ended_ = true;
    return false;
  }
  operation.type = static_cast<OpCode>(header.type);
  return decode(operation) && in_.ok();
}

bool MultiRequestReader::decode(MultiOperation& operation) {
  switch (operation.type) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      return store(operation, decode_create_request(in_, operation.type));
    case OpCode::kDelete:
    case OpCode::kCheck:
      return store(operation, decode_path_version_request(in_));
    case OpCode::kSetData:
      return store(operation, decode_set_data_request(in_));
    case OpCode::kGetData:
    case OpCode::kGetChildren:
      return store(operation, decode_path_watch_request(in_));
    default:
      return false;
  }
}

bool is_well_formed_multi(std::string_view body, MultiKind kind) {
  MultiRequestReader reader(body);
  MultiOperation operation;
  std::int32_t count = 0;
  while (reader.next(operation)) {
    if (is_read_operation(operation.type) != (kind == MultiKind::kRead)) return false;
    if (++count > limits::kMaxMultiOps) return false;
  }
  return reader.ended();
}

}  // namespace vivarium
