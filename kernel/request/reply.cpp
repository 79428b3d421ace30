// Encoding of replies to writes, and of the frames that carry no operation.
#include "kernel/request/reply.h"

#include "kernel/base/assert.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {
namespace {

void encode_multi_body(ByteWriter& out, const ApplyOutcome& outcome) {
  for (const OpResult& result : outcome.results) {
    switch (result.type) {
      case OpCode::kCreate:
        encode(out, MultiHeader{static_cast<std::int32_t>(OpCode::kCreate), false, ErrorCode::kOk});
        out.ustring(result.path);
        break;
      case OpCode::kCreate2:
      case OpCode::kCreateContainer:
      case OpCode::kCreateTtl:
        encode(out, MultiHeader{static_cast<std::int32_t>(OpCode::kCreate2), false, ErrorCode::kOk});
        out.ustring(result.path);
        encode(out, result.stat);
        break;
      case OpCode::kSetData:
        encode(out, MultiHeader{static_cast<std::int32_t>(OpCode::kSetData), false, ErrorCode::kOk});
        encode(out, result.stat);
        break;
      case OpCode::kDelete:
      case OpCode::kDeleteContainer:
        encode(out, MultiHeader{static_cast<std::int32_t>(OpCode::kDelete), false, ErrorCode::kOk});
        break;
      case OpCode::kCheck:
        encode(out, MultiHeader{static_cast<std::int32_t>(OpCode::kCheck), false, ErrorCode::kOk});
        break;
      default:
        KASSERT(result.type == OpCode::kError);
        encode(out, MultiHeader{static_cast<std::int32_t>(OpCode::kError), false, result.error});
        out.i32(static_cast<std::int32_t>(result.error));
    }
  }
  encode(out, MultiHeader{-1, true, static_cast<ErrorCode>(-1)});
}

void encode_single_body(ByteWriter& out, const OpResult& result) {
  switch (result.type) {
    case OpCode::kCreate:
      out.ustring(result.path);
      break;
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      out.ustring(result.path);
      encode(out, result.stat);
      break;
    case OpCode::kSetData:
    case OpCode::kSetAcl:
      encode(out, result.stat);
      break;
    default:  // delete, deleteContainer, closeSession: nothing
      break;
  }
}

}  // namespace

void encode_write_reply(ByteWriter& out, Xid xid, const Txn& txn, const ApplyOutcome& outcome) {
  const bool is_multi = txn.header.type == OpCode::kMulti;
  const ErrorCode error = is_multi ? ErrorCode::kOk : outcome.error;
  const std::size_t frame = begin_frame(out);
  encode(out, ReplyHeader{xid, txn.header.zxid, error});
  if (is_multi) {
    encode_multi_body(out, outcome);
  } else if (error == ErrorCode::kOk) {
    KASSERT(outcome.results.size() == 1);
    encode_single_body(out, outcome.results.front());
  }
  end_frame(out, frame);
}

void encode_bare_reply(ByteWriter& out, Xid xid, Zxid zxid, ErrorCode error) {
  const std::size_t frame = begin_frame(out);
  encode(out, ReplyHeader{xid, zxid, error});
  end_frame(out, frame);
}

void encode_notification(ByteWriter& out, Zxid zxid, EventType type, std::string_view path) {
  const std::size_t frame = begin_frame(out);
  encode(out, ReplyHeader{xids::kNotification, zxid, ErrorCode::kOk});
  encode(out, WatcherEvent{type, kStateSyncConnected, path});
  end_frame(out, frame);
}

}  // namespace vivarium
