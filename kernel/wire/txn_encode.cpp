// Txns to bytes: the form that Apache 3.6 and later write.
//
// Must never: write a txn that decode_txn would refuse.
#include "kernel/base/limits.h"
#include "kernel/wire/txn.h"

namespace vivarium {
namespace {

void encode_acl_bytes(ByteWriter& out, AclBytes acl) {
  KASSERT(acl.size() >= 4);  // the count is part of it, even of an empty list
  out.bytes(acl);
}

void encode_body(ByteWriter& out, const ErrorTxn& txn) { out.i32(static_cast<std::int32_t>(txn.error)); }

void encode_body(ByteWriter& out, const CreateSessionTxn& txn) { out.i32(txn.timeout_ms); }

void encode_body(ByteWriter& out, const CloseSessionTxn& txn) {
  if (!txn.paths) return;
  KASSERT(txn.paths->size() >= 4);
  out.bytes(*txn.paths);
}

void encode_body(ByteWriter& out, const CreateTxn& txn) {
  out.ustring(txn.path);
  out.buffer(txn.data);
  encode_acl_bytes(out, txn.acl);
  if (txn.kind == OpCode::kCreate || txn.kind == OpCode::kCreate2) out.boolean(txn.ephemeral);
  out.i32(txn.parent_cversion);
  if (txn.kind == OpCode::kCreateTtl) out.i64(txn.ttl_ms);
}

void encode_body(ByteWriter& out, const DeleteTxn& txn) { out.ustring(txn.path); }

void encode_body(ByteWriter& out, const SetDataTxn& txn) {
  out.ustring(txn.path);
  out.buffer(txn.data);
  out.i32(txn.version);
}

void encode_body(ByteWriter& out, const SetAclTxn& txn) {
  out.ustring(txn.path);
  encode_acl_bytes(out, txn.acl);
  out.i32(txn.version);
}

void encode_body(ByteWriter& out, const CheckTxn& txn) {
  out.ustring(txn.path);
  out.i32(txn.version);
}

void encode_body(ByteWriter& out, const MultiTxn& txn) {
  KASSERT(txn.count >= 0);
  KASSERT(txn.count <= limits::kMaxMultiOps);
  out.i32(txn.count);
  out.bytes(txn.operations);
}

bool fits(OpCode type, const TxnBody& body) {
  switch (type) {
    case OpCode::kError:
      return std::holds_alternative<ErrorTxn>(body);
    case OpCode::kCreateSession:
      return std::holds_alternative<CreateSessionTxn>(body);
    case OpCode::kCloseSession:
      return std::holds_alternative<CloseSessionTxn>(body);
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl: {
      const auto* create = std::get_if<CreateTxn>(&body);
      return create != nullptr && create->kind == type;
    }
    case OpCode::kDelete:
    case OpCode::kDeleteContainer:
      return std::holds_alternative<DeleteTxn>(body);
    case OpCode::kSetData:
    case OpCode::kReconfig:
      return std::holds_alternative<SetDataTxn>(body);
    case OpCode::kSetAcl:
      return std::holds_alternative<SetAclTxn>(body);
    case OpCode::kCheck:
      return std::holds_alternative<CheckTxn>(body);
    case OpCode::kMulti:
      return std::holds_alternative<MultiTxn>(body);
    default:
      return false;
  }
}

}  // namespace

void encode_txn_header(ByteWriter& out, const TxnHeader& header) {
  char* to = out.extend(32);
  store_big_endian(to, static_cast<std::uint64_t>(header.client_id.value));
  store_big_endian(to + 8, static_cast<std::uint32_t>(header.cxid.value));
  store_big_endian(to + 12, static_cast<std::uint64_t>(header.zxid.value));
  store_big_endian(to + 20, static_cast<std::uint64_t>(header.time.millis));
  store_big_endian(to + 28, static_cast<std::uint32_t>(header.type));
}

void encode_txn_body(ByteWriter& out, const TxnBody& body) {
  std::visit([&out](const auto& txn) { encode_body(out, txn); }, body);
}

void encode_txn(ByteWriter& out, const Txn& txn) {
  KASSERT(fits(txn.header.type, txn.body));
  KASSERT(txn.header.type != OpCode::kCheck);  // at top level it would make Apache's log unloadable
  encode_txn_header(out, txn.header);
  encode_txn_body(out, txn.body);
  if (!txn.digest) return;
  out.i32(txn.digest->version);
  out.i64(static_cast<std::int64_t>(txn.digest->tree_digest));
}

void encode_sub_txn(ByteWriter& out, OpCode type, const TxnBody& body) {
  KASSERT(fits(type, body));
  KASSERT(type != OpCode::kMulti);
  out.i32(static_cast<std::int32_t>(type));
  const std::size_t length_at = out.reserve_i32();
  encode_txn_body(out, body);
  out.patch_i32(length_at, static_cast<std::int32_t>(out.size() - length_at - 4));
}

}  // namespace vivarium
