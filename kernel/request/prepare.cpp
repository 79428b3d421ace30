// The frame around every write: header, body, digest; and multi.
#include "kernel/request/prepare.h"

#include "kernel/base/alternative.h"
#include "kernel/base/assert.h"
#include "kernel/request/prepare_step.h"
#include "kernel/session/session_table.h"

namespace vivarium {
namespace {

constexpr std::size_t kDigestSize = 12;

/// Decodes a whole request and runs `operation` on it.
template <class Request, class Operation>
ErrorCode with(const std::optional<Request>& request, Operation&& operation) {
  return request ? operation(*request) : ErrorCode::kMarshallingError;
}

}  // namespace

Prepared Preparer::prepare(const DataTree& tree, const SessionTable& sessions, const RequestContext& context, OpCode op,
                           std::string_view body, Vector<char>& out) {
  KASSERT(is_write(op));
  KASSERT(context.identities != nullptr);
  KASSERT(context.zxid > tree.last_processed_zxid());
  return Step(*this, tree, sessions, context, out).run(op, body);
}

bool Preparer::session_is_live(const SessionTable& sessions, SessionId id) const {
  if (KMUTANT(options_.mutant, kClosingCreates) && sessions.contains(id)) return true;
  if (outstanding_.session_closing(id)) return false;
  if (outstanding_.session_opening(id)) return true;
  return sessions.contains(id) && !sessions.is_closing(id);
}

Prepared Preparer::Step::run(OpCode op, std::string_view body) {
  if (context_.refusal != ErrorCode::kOk) return refuse(context_.refusal);
  if (op == OpCode::kMulti) return run_multi(body);
  begin_txn(op);
  const ErrorCode error = run_single(op, body);
  if (error != ErrorCode::kOk) return refuse(error);
  finish_with_digest();
  return Prepared{op, ErrorCode::kOk};
}

ErrorCode Preparer::Step::run_single(OpCode op, std::string_view body) {
  ByteReader in(body);
  switch (op) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      return with(decode_create_request(in, op), [&](const CreateRequest& r) { return create(op, r); });
    case OpCode::kDelete:
      return with(decode_path_version_request(in), [&](const PathVersionRequest& r) { return remove(r); });
    case OpCode::kDeleteContainer:
      return with(decode_path_request(in), [&](const PathRequest& r) { return remove_container(r); });
    case OpCode::kSetData:
      return with(decode_set_data_request(in), [&](const SetDataRequest& r) { return set_data(r); });
    case OpCode::kSetAcl:
      return with(decode_set_acl_request(in), [&](const SetAclRequest& r) { return set_acl(r); });
    case OpCode::kCreateSession:
      return create_session(body);
    case OpCode::kCloseSession:
      return close_session();
    case OpCode::kReconfig:
      return with(decode_reconfig_request(in), [&](const ReconfigRequest&) { return reconfig(); });
    default:
      KUNREACHABLE();
  }
}

// ---- multi ---------------------------------------------------------------------------------------------------------

Prepared Preparer::Step::run_multi(std::string_view body) {
  begin_txn(OpCode::kMulti);
  if (!is_well_formed_multi(body, MultiKind::kWrite)) return refuse(ErrorCode::kMarshallingError);

  ByteWriter out(out_);
  const std::size_t count_at = out.reserve_i32();
  std::int32_t count = 0;
  ErrorCode failure = ErrorCode::kOk;
  pending_.begin_undoable();
  MultiRequestReader reader(body);
  MultiOperation operation;
  for (; reader.next(operation); ++count) {
    const std::size_t at = out.size();
    out.i32(static_cast<std::int32_t>(operation.type));
    const std::size_t size_at = out.reserve_i32();
    const bool failed_before = failure != ErrorCode::kOk;
    const ErrorCode error = failed_before ? ErrorCode::kRuntimeInconsistency : run_sub_operation(operation);
    if (error != ErrorCode::kOk) {
      // Operations that had succeeded stay in the txn as they are; this one and all later ones are errors.
      out_.resize(size_at);
      out.patch_i32(at, static_cast<std::int32_t>(OpCode::kError));
      out.reserve_i32();
      encode_txn_body(out, ErrorTxn{error});
      if (!failed_before) failure = error;
    }
    out.patch_i32(size_at, static_cast<std::int32_t>(out.size() - size_at - 4));
  }
  KASSERT(reader.ended());
  out.patch_i32(count_at, count);
  if (failure == ErrorCode::kOk) {
    pending_.keep();
  } else {
    pending_.undo();
  }
  // Only a failed multi can be too large here, by the errors behind its last success.
  if (is_too_large()) return refuse(ErrorCode::kMarshallingError);
  finish_with_digest();
  return Prepared{OpCode::kMulti, failure};
}

ErrorCode Preparer::Step::run_sub_operation(const MultiOperation& operation) {
  switch (operation.type) {
    case OpCode::kDelete:
      return remove(alternative<PathVersionRequest>(operation.request));
    case OpCode::kCheck:
      return check(alternative<PathVersionRequest>(operation.request));
    case OpCode::kSetData:
      return set_data(alternative<SetDataRequest>(operation.request));
    default:
      return create(operation.type, alternative<CreateRequest>(operation.request));
  }
}

// ---- the frame -----------------------------------------------------------------------------------------------------

void Preparer::Step::begin_txn(OpCode type) {
  KASSERT(out_.size() == start_);
  ByteWriter out(out_);
  encode_txn_header(out, TxnHeader{context_.session, context_.cxid, context_.zxid, context_.now, type});
}

Prepared Preparer::Step::refuse(ErrorCode error) {
  KASSERT(error != ErrorCode::kOk);
  out_.resize(start_);
  begin_txn(OpCode::kError);
  ByteWriter out(out_);
  encode_txn_body(out, ErrorTxn{error});
  return Prepared{OpCode::kError, error};
}

void Preparer::Step::finish_with_digest() {
  if (!tree_.options().digest || without_digest_) return;
  ByteWriter out(out_);
  out.i32(TxnDigest{}.version);
  out.i64(static_cast<std::int64_t>(pending_.digest(tree_)));
}

ErrorCode Preparer::Step::encode_body(const TxnBody& body) {
  ByteWriter out(out_);
  encode_txn_body(out, body);
  return is_too_large() ? ErrorCode::kMarshallingError : ErrorCode::kOk;
}

bool Preparer::Step::is_too_large() const { return out_.size() - start_ + kDigestSize > self_.options_.max_txn; }

}  // namespace vivarium
