// Transactions: the only thing that is replicated, logged and applied (protocol.md section 3).
//
// A decoded txn is a set of views into the bytes that it was decoded from; it owns nothing and is valid as long
// as they are. The same bytes go to the log, to learners (PROPOSAL, INFORM) and back here to be applied.
// Must never: decode differently from Apache's SerializeUtils.deserializeTxn, except where it throws and we
// report an error.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/wire/error_code.h"
#include "kernel/wire/op_code.h"

namespace vivarium {

/// 32 bytes on the wire. `client_id` is the session; 0 for container and TTL removal.
struct TxnHeader {
  SessionId client_id;
  Xid cxid;
  Zxid zxid;
  WallTime time;
  OpCode type = OpCode::kError;
};

/// Tree digest after applying everything up to and including the txn (DigestCalculator version 2).
struct TxnDigest {
  std::int32_t version = 2;
  std::uint64_t tree_digest = 0;
  friend bool operator==(const TxnDigest&, const TxnDigest&) = default;
};

struct CreateSessionTxn {
  std::int32_t timeout_ms = 0;
};
/// `paths` holds the encoded vector<ustring>; absent in logs of 3.5 and older (then: all ephemerals held).
struct CloseSessionTxn {
  std::optional<std::string_view> paths;
};
struct ErrorTxn {
  ErrorCode error = ErrorCode::kOk;
};
/// create, create2, createContainer and createTTL: `kind` is the op code and decides which fields are encoded.
/// `path` is final (sequence suffix appended), `acl` is final (`auth` expanded). A null list is
/// decoded as the open one, which is what Apache makes of it.
struct CreateTxn {
  OpCode kind = OpCode::kCreate;
  std::string_view path;
  MaybeBytes data;
  AclBytes acl;
  bool ephemeral = false;             // create, create2
  std::int32_t parent_cversion = -1;  // -1: stored value + 1 (ancient logs)
  std::int64_t ttl_ms = 0;            // createTTL
};
/// delete and deleteContainer.
struct DeleteTxn {
  std::string_view path;
};
/// setData and reconfig; `version` is the new one.
struct SetDataTxn {
  std::string_view path;
  MaybeBytes data;
  std::int32_t version = 0;
};
struct SetAclTxn {
  std::string_view path;
  AclBytes acl;
  std::int32_t version = 0;  // the new aversion
};
/// Only inside a multi.
struct CheckTxn {
  std::string_view path;
  std::int32_t version = 0;
};
/// `operations` holds the encoded sub-txns after the count: {int type, buffer body} each. Walk with MultiTxnReader.
struct MultiTxn {
  std::int32_t count = 0;
  std::string_view operations;
};

using TxnBody = std::variant<ErrorTxn, CreateSessionTxn, CloseSessionTxn, CreateTxn, DeleteTxn, SetDataTxn, SetAclTxn,
                             CheckTxn, MultiTxn>;

struct Txn {
  TxnHeader header;
  TxnBody body;
  std::optional<TxnDigest> digest;
};

enum class TxnError { kTruncated, kUnknownType, kBadLength, kTrailingBytes };
const char* txn_error_name(TxnError error);

/// Decodes header + body [+ digest] and insists that no byte is left over. The operations of a multi are checked
/// too: on them MultiTxnReader and decode_sub_txn cannot fail afterwards.
Result<Txn, TxnError> decode_txn(std::string_view bytes);

/// Decodes the body of one sub-txn of a multi; the types are create*, delete*, setData, check and error. Type -1 bodies
/// are read as an ErrorTxn from their first int (protocol.md section 3: a failed multi served by DIFF keeps the old
/// bodies).
Result<TxnBody, TxnError> decode_sub_txn(OpCode type, std::string_view body);

/// Walks the sub-txns of a multi.
class MultiTxnReader {
 public:
  explicit MultiTxnReader(const MultiTxn& multi) : reader_(multi.operations), left_(multi.count) {}
  bool done() const { return left_ == 0; }
  struct Operation {
    OpCode type;
    std::string_view body;
  };
  /// Precondition: !done(). nullopt when the bytes are malformed.
  std::optional<Operation> next();

 private:
  ByteReader reader_;
  std::int32_t left_;
};

void encode_txn_header(ByteWriter& out, const TxnHeader& header);
/// Encodes only the body, without header and digest.
void encode_txn_body(ByteWriter& out, const TxnBody& body);
/// Precondition: the header's type fits the body.
void encode_txn(ByteWriter& out, const Txn& txn);
/// One operation of a multi, to be collected in MultiTxn::operations.
void encode_sub_txn(ByteWriter& out, OpCode type, const TxnBody& body);

}  // namespace vivarium
