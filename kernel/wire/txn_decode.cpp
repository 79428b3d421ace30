// Bytes to txns. Follows Apache's SerializeUtils.deserializeTxn, its fallbacks for old logs included.
//
// Must never: copy; every view points into the given bytes. Where Apache would throw, a TxnError is returned.
#include "kernel/base/limits.h"
#include "kernel/base/slice.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/txn.h"

namespace vivarium {
namespace {

constexpr std::size_t kDigestSize = 12;
constexpr std::size_t kSmallestOperation = 4 + 4;

TxnError error_of(const ByteReader& in) {
  KASSERT(!in.ok());
  return in.overrun() ? TxnError::kTruncated : TxnError::kBadLength;
}

/// An ACL list of a txn. Apache applies a null one as the open list, so nobody behind us has to know null lists.
AclBytes take_txn_acl(ByteReader& in) {
  const std::optional<AclBytes> acl = take_acl(in);
  if (acl) return *acl;
  return in.ok() ? open_acl() : AclBytes{};
}

void decode_create(ByteReader& in, OpCode kind, CreateTxn& txn) {
  txn.kind = kind;
  txn.path = in.ustring();
  txn.data = in.buffer();
  txn.acl = take_txn_acl(in);
  if (kind == OpCode::kCreate || kind == OpCode::kCreate2) txn.ephemeral = in.boolean();
  txn.parent_cversion = in.i32();
  if (kind == OpCode::kCreateTtl) txn.ttl_ms = in.i64();
}

/// The create of logs before ZooKeeper 3.4 ends after `ephemeral`; Apache tries it when the newer form runs out.
void decode_top_level_create(ByteReader& in, OpCode kind, CreateTxn& txn) {
  ByteReader old_form = in;
  decode_create(in, kind, txn);
  if (!in.overrun() || kind != OpCode::kCreate) return;
  txn.path = old_form.ustring();
  txn.data = old_form.buffer();
  txn.acl = take_txn_acl(old_form);
  txn.ephemeral = old_form.boolean();
  txn.parent_cversion = -1;
  in = old_form;
}

/// 3.5 and older (or closeSessionTxn.enabled=false) write no body. A digest may still follow: 12 bytes that begin
/// with its version 2, which no list of paths can look like.
CloseSessionTxn decode_close_session(ByteReader& in) {
  CloseSessionTxn txn;
  if (in.remaining() == 0) return txn;
  ByteReader peek = in;
  if (in.remaining() == kDigestSize && peek.i32() == 2) return txn;
  const std::string_view before = in.rest();
  txn.paths = take_string_vector(in);
  if (in.ok() && txn.paths->empty()) txn.paths = slice(before, 0, 4);
  return txn;
}

SetDataTxn decode_set_data(ByteReader& in) {
  SetDataTxn txn;
  txn.path = in.ustring();
  txn.data = in.buffer();
  txn.version = in.i32();
  return txn;
}

SetAclTxn decode_set_acl(ByteReader& in) {
  SetAclTxn txn;
  txn.path = in.ustring();
  txn.acl = take_txn_acl(in);
  txn.version = in.i32();
  return txn;
}

CheckTxn decode_check(ByteReader& in) {
  CheckTxn txn;
  txn.path = in.ustring();
  txn.version = in.i32();
  return txn;
}

/// Takes the operations of a multi off `in` and checks each of them.
std::optional<TxnError> decode_multi(ByteReader& in, MultiTxn& multi) {
  multi.count = in.i32();
  if (!in.ok()) return error_of(in);
  if (multi.count < 0 || multi.count > limits::kMaxMultiOps) return TxnError::kBadLength;
  if (static_cast<std::size_t>(multi.count) > in.remaining() / kSmallestOperation) return TxnError::kTruncated;
  const std::string_view before = in.rest();
  for (std::int32_t i = 0; i < multi.count; ++i) {
    const auto type = static_cast<OpCode>(in.i32());
    const MaybeBytes body = in.buffer();
    if (!in.ok()) return error_of(in);
    if (!body) return TxnError::kBadLength;
    const auto checked = decode_sub_txn(type, *body);
    if (!checked) return checked.error();
  }
  multi.operations = slice(before, 0, before.size() - in.remaining());
  return std::nullopt;
}

std::optional<TxnError> decode_body(ByteReader& in, OpCode type, TxnBody& body) {
  switch (type) {
    case OpCode::kError:
      body = ErrorTxn{static_cast<ErrorCode>(in.i32())};
      break;
    case OpCode::kCreateSession:
      body = CreateSessionTxn{in.i32()};
      break;
    case OpCode::kCloseSession:
      body = decode_close_session(in);
      break;
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      decode_top_level_create(in, type, body.emplace<CreateTxn>());
      break;
    case OpCode::kDelete:
    case OpCode::kDeleteContainer:
      body = DeleteTxn{in.ustring()};
      break;
    case OpCode::kSetData:
    case OpCode::kReconfig:
      body = decode_set_data(in);
      break;
    case OpCode::kSetAcl:
      body = decode_set_acl(in);
      break;
    case OpCode::kMulti:
      return decode_multi(in, body.emplace<MultiTxn>());
    default:
      return TxnError::kUnknownType;
  }
  if (!in.ok()) return error_of(in);
  return std::nullopt;
}

TxnHeader decode_header(ByteReader& in) {
  TxnHeader header;
  header.client_id.value = in.i64();
  header.cxid.value = in.i32();
  header.zxid.value = in.i64();
  header.time.millis = in.i64();
  header.type = static_cast<OpCode>(in.i32());
  return header;
}

std::optional<TxnError> decode_into(std::string_view bytes, Txn& txn) {
  ByteReader in(bytes);
  txn.header = decode_header(in);
  if (!in.ok()) return TxnError::kTruncated;
  if (const auto error = decode_body(in, txn.header.type, txn.body)) return error;
  if (in.remaining() == 0) return std::nullopt;
  if (in.remaining() > kDigestSize) return TxnError::kTrailingBytes;
  TxnDigest& digest = txn.digest.emplace();
  digest.version = in.i32();
  digest.tree_digest = static_cast<std::uint64_t>(in.i64());
  if (!in.ok()) return TxnError::kTruncated;
  KASSERT(in.finished());
  return std::nullopt;
}

}  // namespace

const char* txn_error_name(TxnError error) {
  switch (error) {
    case TxnError::kTruncated:
      return "the bytes end inside the txn";
    case TxnError::kUnknownType:
      return "unknown txn type";
    case TxnError::kBadLength:
      return "a length or count is negative or too large";
    case TxnError::kTrailingBytes:
      return "bytes follow the txn";
  }
  KUNREACHABLE();
}

Result<Txn, TxnError> decode_txn(std::string_view bytes) {
  Result<Txn, TxnError> result(Txn{});  // filled in place: a txn is too large to be moved around per write
  if (const auto error = decode_into(bytes, *result)) result = Failure{*error};
  return result;
}

Result<TxnBody, TxnError> decode_sub_txn(OpCode type, std::string_view bytes) {
  ByteReader in(bytes);
  TxnBody body;
  switch (type) {
    case OpCode::kError:
      body = ErrorTxn{static_cast<ErrorCode>(in.i32())};
      if (!in.ok()) return Failure{error_of(in)};
      return body;  // what follows belonged to the operation that the error replaced
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      decode_create(in, type, body.emplace<CreateTxn>());
      break;
    case OpCode::kDelete:
    case OpCode::kDeleteContainer:
      body = DeleteTxn{in.ustring()};
      break;
    case OpCode::kSetData:
      body = decode_set_data(in);
      break;
    case OpCode::kCheck:
      body = decode_check(in);
      break;
    default:
      return Failure{TxnError::kUnknownType};
  }
  if (!in.ok()) return Failure{error_of(in)};
  if (!in.finished()) return Failure{TxnError::kTrailingBytes};
  return body;
}

std::optional<MultiTxnReader::Operation> MultiTxnReader::next() {
  KASSERT(left_ > 0);
  --left_;
  Operation operation;
  operation.type = static_cast<OpCode>(reader_.i32());
  const MaybeBytes body = reader_.buffer();
  if (!reader_.ok() || !body) return std::nullopt;
  operation.body = *body;
  return operation;
}

}  // namespace vivarium
