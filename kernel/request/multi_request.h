// Walks the operations of a multi or multiRead request (MultiOperationRecord; protocol.md 2.6).
//
// A multi is refused whole or run whole: ask is_well_formed_multi before walking it for effect.
#pragma once

#include <string_view>
#include <variant>

#include "kernel/base/bytes.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/op_code.h"

namespace vivarium {

struct MultiOperation {
  OpCode type = OpCode::kError;
  // create*: CreateRequest. delete, check: PathVersionRequest. getData, getChildren: PathWatchRequest.
  std::variant<std::monostate, CreateRequest, PathVersionRequest, SetDataRequest, PathWatchRequest> request;
};

enum class MultiKind { kWrite, kRead };

class MultiRequestReader {
 public:
  explicit MultiRequestReader(std::string_view body) : in_(body) {}

  /// The next operation; false at the end header and on malformed bytes.
  bool next(MultiOperation& operation);
  /// The end header was read.
  bool ended() const { return ended_; }

 private:
  bool decode(MultiOperation& operation);

  ByteReader in_;
  bool ended_ = false;
};

/// Every operation decodes, is of the kind, and has legal create flags; the end header is there. Else MARSHALLINGERROR.
bool is_well_formed_multi(std::string_view body, MultiKind kind);

}  // namespace vivarium
