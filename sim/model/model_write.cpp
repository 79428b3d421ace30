// Writes of the naive server: the order of checks of features.md 1.2 and the effects of protocol.md 3.1.
#include <cstdio>

#include "kernel/base/limits.h"
#include "sim/model/model_server.h"

namespace vivarium::sim {
namespace {

bool is_create(OpCode op) {
  return op == OpCode::kCreate || op == OpCode::kCreate2 || op == OpCode::kCreateContainer || op == OpCode::kCreateTtl;
}
bool is_protected(std::string_view path) {
  return path == "/" || path == "/zookeeper" || path == "/zookeeper/quota" || path == "/zookeeper/config";
}
std::int32_t plus_one(std::int32_t version) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(version) + 1u);
}
std::string encode_body(const TxnBody& body) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode_txn_body(out, body);
  return std::string(view(bytes));
}

}  // namespace

void ModelServer::finish(Zxid zxid) {
  KASSERT(zxid > zxid_);
  zxid_ = zxid;
}

const ModelWrite& ModelServer::write(OpCode op, std::string_view body, const ModelIdentity& who, Zxid zxid,
                                     WallTime time) {
  events_.clear();
  last_ = ModelWrite{};
  const Context context{who, zxid, time};
  ByteReader in(body);
  tree_.begin();
  if (op == OpCode::kMulti) {
    multi(in, context);
    finish(zxid);
    return last_;
  }
  Result result;
  TxnBody txn;
  last_.error = execute(op, in, context, txn, result);
  if (last_.error != ErrorCode::kOk) {
    tree_.rollback();
    events_.clear();
    last_.reply_error = last_.error;
    txn = ErrorTxn{last_.error};
  } else {
    tree_.commit();
    last_.txn_type = op;
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode_reply(result, out);
    last_.reply = std::string(view(bytes));
  }
  last_.txn_body = encode_body(txn);
  finish(zxid);
  return last_;
}

void ModelServer::encode_reply(const Result& result, ByteWriter& out) const {
  switch (result.type) {
    case OpCode::kCreate:
      return out.ustring(result.path);
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      out.ustring(result.path);
      return encode(out, result.stat);
    case OpCode::kSetData:
    case OpCode::kSetAcl:
      return encode(out, result.stat);
    default:
      return;
  }
}

ErrorCode ModelServer::execute(OpCode op, ByteReader& in, const Context& context, TxnBody& txn, Result& result) {
  result.type = op;
  if (is_create(op)) {
    const auto request = decode_create_request(in, op);
    return request ? create(op, *request, context, txn, result) : ErrorCode::kMarshallingError;
  }
  if (op == OpCode::kDelete || op == OpCode::kCheck) {
    const auto request = decode_path_version_request(in);
    if (!request) return ErrorCode::kMarshallingError;
    return op == OpCode::kDelete ? remove(*request, context, txn) : check(*request, context, txn);
  }
  if (op == OpCode::kSetData) {
    const auto request = decode_set_data_request(in);
    return request ? set_data(*request, context, txn, result) : ErrorCode::kMarshallingError;
  }
  if (op == OpCode::kSetAcl) {
    const auto request = decode_set_acl_request(in);
    return request ? set_acl(*request, context, txn, result) : ErrorCode::kMarshallingError;
  }
  KUNREACHABLE();
}

ErrorCode ModelServer::choose_owner(OpCode op, const CreateRequest& request, const Context& context,
                                    std::int64_t& owner) const {
  using namespace create_flags;
  owner = 0;
  if (request.flags < 0 || request.flags > kPersistentSequentialWithTtl) return ErrorCode::kBadArguments;
  const bool ttl_flag = request.flags >= kPersistentWithTtl;
  if ((ttl_flag || op == OpCode::kCreateTtl) && !options_.extended_types) return ErrorCode::kUnimplemented;
  if (op == OpCode::kCreateTtl) {
    if (!ttl_flag || request.ttl_ms < 1 || request.ttl_ms > limits::kMaxTtl) return ErrorCode::kBadArguments;
    owner = static_cast<std::int64_t>((std::uint64_t{0xff} << 56) | static_cast<std::uint64_t>(request.ttl_ms));
  } else if (ttl_flag) {
    return ErrorCode::kBadArguments;
  }
  if (op == OpCode::kCreateContainer) owner = kModelContainer;
  if (request.flags == kEphemeral || request.flags == kEphemeralSequential) owner = context.who.session.value;
  return ErrorCode::kOk;
}

ErrorCode ModelServer::create(OpCode op, const CreateRequest& request, const Context& context, TxnBody& txn,
                              Result& result) {
  std::int64_t owner = 0;
  if (const ErrorCode error = choose_owner(op, request, context, owner); error != ErrorCode::kOk) return error;
  if (!sessions_.contains(context.who.session.value)) return ErrorCode::kSessionExpired;
  std::string path(request.path);
  if (path.find('/') == std::string::npos || path.find('\0') != std::string::npos) return ErrorCode::kBadArguments;
  const auto acl = model_fix_acl(request.acl, context.who);
  if (!acl) return ErrorCode::kInvalidAcl;
  const std::string parent_path = model_parent(path);
  const ModelNode* parent = tree_.find(parent_path);
  if (parent == nullptr) return ErrorCode::kNoNode;
  if (!model_permits(parent->acl, perms::kCreate, context.who)) return ErrorCode::kNoAuth;
  const bool sequential = request.flags == create_flags::kPersistentSequential ||
                          request.flags == create_flags::kEphemeralSequential ||
                          request.flags == create_flags::kPersistentSequentialWithTtl;
  if (sequential) {
    char suffix[16];
    std::snprintf(suffix, sizeof suffix, "%010d", parent->creations);
    path += suffix;
  }
  if (!model_legal_path(path)) return ErrorCode::kBadArguments;
  if (tree_.find(path) != nullptr) return ErrorCode::kNodeExists;
  if (tree_.is_ephemeral(*parent)) return ErrorCode::kNoChildrenForEphemerals;

  const std::int32_t creations = plus_one(parent->creations);
  ModelNode& changed = tree_.edit(parent_path);
  changed.creations = creations;
  changed.pzxid = context.zxid;
  const std::string parent_acl = changed.acl;
  ModelNode node;
  if (request.data) node.data = std::string(*request.data);
  node.acl = *acl;
  node.czxid = node.mzxid = node.pzxid = context.zxid;
  node.ctime = node.mtime = context.time;
  node.owner = owner;
  tree_.create(path, std::move(node));
  const bool ephemeral = tree_.is_ephemeral(*tree_.find(path));
  if (ephemeral) sessions_[owner].ephemerals.insert(path);
  events_.push_back({EventType::kNodeCreated, path, *acl});
  events_.push_back({EventType::kNodeChildrenChanged, parent_path, parent_acl});
  result.path = path;
  result.stat = tree_.stat(path);
  txn_path_ = path;
  txn_acl_ = *acl;
  txn = CreateTxn{
      op, txn_path_, request.data, txn_acl_, ephemeral, creations, op == OpCode::kCreateTtl ? request.ttl_ms : 0};
  return ErrorCode::kOk;
}

void ModelServer::remove_node(const std::string& path, Zxid zxid) {
  const ModelNode node = *tree_.find(path);
  const std::string parent_path = model_parent(path);
  if (tree_.is_ephemeral(node)) {
    const auto session = sessions_.find(node.owner);
    if (session != sessions_.end()) session->second.ephemerals.erase(path);
  }
  tree_.remove(path);
  ModelNode& parent = tree_.edit(parent_path);
  if (zxid > parent.pzxid) parent.pzxid = zxid;
  events_.push_back({EventType::kNodeDeleted, path, node.acl});
  events_.push_back({EventType::kNodeChildrenChanged, parent_path, parent.acl});
}

ErrorCode ModelServer::remove(const PathVersionRequest& request, const Context& context, TxnBody& txn) {
  if (!sessions_.contains(context.who.session.value)) return ErrorCode::kSessionExpired;
  const std::string path(request.path);
  if (is_protected(path) || path.find('/') == std::string::npos) return ErrorCode::kBadArguments;
  const ModelNode* parent = tree_.find(model_parent(path));
  if (parent == nullptr) return ErrorCode::kNoNode;
  if (!model_permits(parent->acl, perms::kDelete, context.who)) return ErrorCode::kNoAuth;
  const ModelNode* node = tree_.find(path);
  if (node == nullptr) return ErrorCode::kNoNode;
  if (request.version != -1 && request.version != node->version) return ErrorCode::kBadVersion;
  if (!tree_.children(path).empty()) return ErrorCode::kNotEmpty;
  remove_node(path, context.zxid);
  txn_path_ = path;
  txn = DeleteTxn{txn_path_};
  return ErrorCode::kOk;
}

ErrorCode ModelServer::set_data(const SetDataRequest& request, const Context& context, TxnBody& txn, Result& result) {
  if (!sessions_.contains(context.who.session.value)) return ErrorCode::kSessionExpired;
  const std::string path(request.path);
  if (!model_legal_path(path)) return ErrorCode::kBadArguments;
  const ModelNode* node = tree_.find(path);
  if (node == nullptr) return ErrorCode::kNoNode;
  if (!model_permits(node->acl, perms::kWrite, context.who)) return ErrorCode::kNoAuth;
  if (request.version != -1 && request.version != node->version) return ErrorCode::kBadVersion;
  ModelNode& changed = tree_.edit(path);
  changed.data.reset();
  if (request.data) changed.data = std::string(*request.data);
  changed.version = plus_one(changed.version);
  changed.mzxid = context.zxid;
  changed.mtime = context.time;
  events_.push_back({EventType::kNodeDataChanged, path, changed.acl});
  result.stat = tree_.stat(path);
  txn_path_ = path;
  txn = SetDataTxn{txn_path_, request.data, changed.version};
  return ErrorCode::kOk;
}

ErrorCode ModelServer::set_acl(const SetAclRequest& request, const Context& context, TxnBody& txn, Result& result) {
  if (!sessions_.contains(context.who.session.value)) return ErrorCode::kSessionExpired;
  const std::string path(request.path);
  if (!model_legal_path(path)) return ErrorCode::kBadArguments;
  const auto acl = model_fix_acl(request.acl, context.who);
  if (!acl) return ErrorCode::kInvalidAcl;
  const ModelNode* node = tree_.find(path);
  if (node == nullptr) return ErrorCode::kNoNode;
  if (!model_permits(node->acl, perms::kAdmin, context.who)) return ErrorCode::kNoAuth;
  if (request.version != -1 && request.version != node->aversion) return ErrorCode::kBadVersion;
  ModelNode& changed = tree_.edit(path);
  changed.acl = *acl;
  changed.aversion = plus_one(changed.aversion);
  result.stat = tree_.stat(path);
  txn_path_ = path;
  txn_acl_ = *acl;
  txn = SetAclTxn{txn_path_, txn_acl_, changed.aversion};
  return ErrorCode::kOk;
}

ErrorCode ModelServer::check(const PathVersionRequest& request, const Context& context, TxnBody& txn) {
  if (!sessions_.contains(context.who.session.value)) return ErrorCode::kSessionExpired;
  const std::string path(request.path);
  if (!model_legal_path(path)) return ErrorCode::kBadArguments;
  const ModelNode* node = tree_.find(path);
  if (node == nullptr) return ErrorCode::kNoNode;
  if (!model_permits(node->acl, perms::kRead, context.who)) return ErrorCode::kNoAuth;
  if (request.version != -1 && request.version != node->version) return ErrorCode::kBadVersion;
  txn_path_ = path;
  // What would be the next version is logged, though nothing changes.
  txn = CheckTxn{txn_path_, plus_one(node->version)};
  return ErrorCode::kOk;
}

void ModelServer::multi(ByteReader& in, const Context& context) {
  struct Part {
    Result result;
    std::string body;
  };
  std::vector<Part> parts;
  ErrorCode error = ErrorCode::kOk;
  std::size_t failed_at = 0;
  const auto sessions_before = sessions_;
  for (;;) {
    const MultiHeader header = decode_multi_header(in);
    KASSERT(in.ok());  // the simulated clients send well-formed multis
    if (header.done) break;
    const auto op = static_cast<OpCode>(header.type);
    Part part;
    TxnBody txn;
    if (error == ErrorCode::kOk) {
      error = execute(op, in, context, txn, part.result);
      if (error == ErrorCode::kOk) {
        part.body = encode_body(txn);
      } else {
        failed_at = parts.size();
      }
    } else if (is_create(op)) {
      static_cast<void>(decode_create_request(in, op));
    } else if (op == OpCode::kSetData) {
      static_cast<void>(decode_set_data_request(in));
    } else {
      static_cast<void>(decode_path_version_request(in));
    }
    parts.push_back(std::move(part));
  }
  Vector<char> reply, body;
  ByteWriter out(reply), log(body);
  log.i32(static_cast<std::int32_t>(parts.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (error != ErrorCode::kOk) {
      const ErrorCode shown = i < failed_at    ? ErrorCode::kOk
                              : i == failed_at ? error
                                               : ErrorCode::kRuntimeInconsistency;
      encode(out, MultiHeader{-1, false, shown});
      out.i32(static_cast<std::int32_t>(shown));
      continue;
    }
    const Result& result = parts[i].result;
    const bool with_stat = result.type == OpCode::kCreateContainer || result.type == OpCode::kCreateTtl;
    encode(out,
           MultiHeader{static_cast<std::int32_t>(with_stat ? OpCode::kCreate2 : result.type), false, ErrorCode::kOk});
    encode_reply(result, out);
    log.i32(static_cast<std::int32_t>(result.type));
    log.buffer(parts[i].body);
  }
  encode(out, MultiHeader{-1, true, static_cast<ErrorCode>(-1)});
  last_.error = error;
  last_.txn_type = OpCode::kMulti;
  last_.reply = std::string(view(reply));
  if (error == ErrorCode::kOk) {
    tree_.commit();
    last_.txn_body = std::string(view(body));
  } else {
    tree_.rollback();
    sessions_ = sessions_before;
    events_.clear();
  }
}

void ModelServer::create_session(SessionId id, std::int32_t timeout_ms, Zxid zxid) {
  events_.clear();
  sessions_[id.value] = ModelSession{timeout_ms, {}};
  finish(zxid);
}

bool ModelServer::close_session(SessionId id, const std::vector<std::string>& paths, Zxid zxid) {
  events_.clear();
  finish(zxid);
  const auto session = sessions_.find(id.value);
  if (session == sessions_.end()) return paths.empty();
  const std::set<std::string> listed(paths.begin(), paths.end());
  if (listed != session->second.ephemerals || listed.size() != paths.size()) return false;
  tree_.begin();
  for (const std::string& path : paths) remove_node(path, zxid);
  tree_.commit();
  sessions_.erase(id.value);
  return true;
}

bool ModelServer::delete_container(const std::string& path, Zxid zxid, WallTime time) {
  events_.clear();
  finish(zxid);
  const ModelNode* node = tree_.find(path);
  if (node == nullptr || !tree_.children(path).empty()) return false;
  const bool used_container = node->owner == kModelContainer && node->creations > 0;
  const std::int64_t ttl = node->owner & ((std::int64_t{1} << 40) - 1);
  const bool expired = tree_.is_ttl(*node) && time.millis - node->mtime.millis > ttl;
  if (!used_container && !expired) return false;
  tree_.begin();
  remove_node(path, zxid);
  tree_.commit();
  return true;
}

void ModelServer::skip(Zxid zxid) {
  events_.clear();
  finish(zxid);
}

}  // namespace vivarium::sim
