// The naive server: what ZooKeeper would answer, one request at a time, at one zxid. The oracle compares the real one
// with it.
//
// A write is executed at its place in the log and gives the txn and the reply that must have been; a read is evaluated
// against the present state. Replies and txns are built as bytes, so that comparing is comparing bytes. Must never:
// look at kernel/tree, kernel/session or kernel/request.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/txn.h"
#include "sim/model/model_identity.h"
#include "sim/model/model_tree.h"
#include "sim/model/model_watches.h"

namespace vivarium::sim {

struct ModelOptions {
  bool extended_types = false;
  bool digests = false;  // recompute the tree digest after every txn
};

struct ModelSession {
  std::int32_t timeout_ms = 0;
  std::set<std::string> ephemerals;
};

/// What one write must have led to.
struct ModelWrite {
  ErrorCode error = ErrorCode::kOk;  // of the txn; of the failing operation of a multi
  std::string txn_body;              // encoded; empty for a failed multi (its layout is not compared)
  OpCode txn_type = OpCode::kError;
  ErrorCode reply_error = ErrorCode::kOk;  // of the reply's header
  std::string reply;                       // encoded body
};

class ModelServer {
 public:
  explicit ModelServer(ModelOptions options) : options_(options), tree_(options.extended_types, options.digests) {}

  /// A client's write other than closeSession, executed at `zxid`. Events are in events() afterwards.
  const ModelWrite& write(OpCode op, std::string_view body, const ModelIdentity& who, Zxid zxid, WallTime time);
  void create_session(SessionId id, std::int32_t timeout_ms, Zxid zxid);
  /// Ephemerals go in the order of `paths`. False: these are not exactly the session's ephemerals.
  bool close_session(SessionId id, const std::vector<std::string>& paths, Zxid zxid);
  /// The container manager's deletion. False: the node is no container or TTL node that may be removed at `time`.
  bool delete_container(const std::string& path, Zxid zxid, WallTime time);
  /// An error txn that nobody asked for.
  void skip(Zxid zxid);

  /// The body and error that a read must be answered with now. `watches` are those of the asking connection, which the
  /// read may change; events that setWatches owes are appended to `owed`.
  ErrorCode read(OpCode op, std::string_view body, const ModelIdentity& who, ModelWatches& watches, std::string& reply,
                 std::vector<ModelEvent>& owed);

  const std::vector<ModelEvent>& events() const { return events_; }
  const ModelTree& tree() const { return tree_; }
  const std::map<std::int64_t, ModelSession>& sessions() const { return sessions_; }
  Zxid zxid() const { return zxid_; }

 private:
  struct Result {
    OpCode type = OpCode::kError;
    ErrorCode error = ErrorCode::kOk;
    std::string path;
    Stat stat;
  };
  struct Context {
    const ModelIdentity& who;
    Zxid zxid;
    WallTime time;
  };
  ErrorCode execute(OpCode op, ByteReader& in, const Context& context, TxnBody& txn, Result& result);
  ErrorCode create(OpCode op, const CreateRequest& request, const Context& context, TxnBody& txn, Result& result);
  ErrorCode choose_owner(OpCode op, const CreateRequest& request, const Context& context, std::int64_t& owner) const;
  ErrorCode remove(const PathVersionRequest& request, const Context& context, TxnBody& txn);
  ErrorCode set_data(const SetDataRequest& request, const Context& context, TxnBody& txn, Result& result);
  ErrorCode set_acl(const SetAclRequest& request, const Context& context, TxnBody& txn, Result& result);
  ErrorCode check(const PathVersionRequest& request, const Context& context, TxnBody& txn);
  void multi(ByteReader& in, const Context& context);
  void remove_node(const std::string& path, Zxid zxid);
  void encode_reply(const Result& result, ByteWriter& out) const;
  void finish(Zxid zxid);

  ErrorCode multi_read(ByteReader& in, const ModelIdentity& who, ByteWriter& out) const;
  ErrorCode read_node(OpCode op, std::string_view path, const ModelIdentity& who, ByteWriter& out) const;
  void set_watches(const SetWatchesRequest& request, ModelWatches& watches, std::vector<ModelEvent>& owed) const;

  ModelOptions options_;
  ModelTree tree_;
  std::map<std::int64_t, ModelSession> sessions_;
  Zxid zxid_;
  std::vector<ModelEvent> events_;
  ModelWrite last_;
  // Bytes that a TxnBody points into while it is being encoded.
  std::string txn_path_, txn_acl_;
};

}  // namespace vivarium::sim
