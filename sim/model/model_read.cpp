// Reads of the naive server, as bytes (features.md 1.2, 1.3; protocol.md 2.6, 2.7).
#include "sim/model/model_server.h"

namespace vivarium::sim {
namespace {

void encode_names(ByteWriter& out, const std::set<std::string>& names) {
  out.i32(static_cast<std::int32_t>(names.size()));
  for (const std::string& name : names) out.ustring(name);
}

}  // namespace

ErrorCode ModelServer::read_node(OpCode op, std::string_view path, const ModelIdentity& who, ByteWriter& out) const {
  const ModelNode* node = tree_.find(path);
  if (node == nullptr) return ErrorCode::kNoNode;
  if (op == OpCode::kGetAcl) {
    const bool admin = model_permits(node->acl, perms::kAdmin, who);
    if (!admin && !model_permits(node->acl, perms::kRead, who)) return ErrorCode::kNoAuth;
    out.bytes(admin ? node->acl : model_mask_acl(node->acl));
    encode(out, tree_.stat(path));
    return ErrorCode::kOk;
  }
  if (!model_permits(node->acl, perms::kRead, who)) return ErrorCode::kNoAuth;
  switch (op) {
    case OpCode::kExists:
      encode(out, tree_.stat(path));
      break;
    case OpCode::kGetData:
      out.buffer(node->data ? MaybeBytes(*node->data) : std::nullopt);
      encode(out, tree_.stat(path));
      break;
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2:
      encode_names(out, tree_.children(path));
      if (op == OpCode::kGetChildren2) encode(out, tree_.stat(path));
      break;
    case OpCode::kGetAllChildrenNumber:
      out.i32(tree_.count_descendants(path));
      break;
    default:
      KUNREACHABLE();
  }
  return ErrorCode::kOk;
}

ErrorCode ModelServer::multi_read(ByteReader& in, const ModelIdentity& who, ByteWriter& out) const {
  for (;;) {
    const MultiHeader header = decode_multi_header(in);
    KASSERT(in.ok());
    if (header.done) break;
    const auto request = decode_path_watch_request(in);
    KASSERT(request.has_value());
    Vector<char> body;
    ByteWriter part(body);
    const ErrorCode error = read_node(static_cast<OpCode>(header.type), request->path, who, part);
    encode(out, MultiHeader{error == ErrorCode::kOk ? header.type : -1, false, error});
    if (error != ErrorCode::kOk) out.i32(static_cast<std::int32_t>(error));
    if (error == ErrorCode::kOk) out.bytes(view(body));
  }
  encode(out, MultiHeader{-1, true, static_cast<ErrorCode>(-1)});
  return ErrorCode::kOk;
}

void ModelServer::set_watches(const SetWatchesRequest& request, ModelWatches& watches,
                              std::vector<ModelEvent>& owed) const {
  const auto owe = [&](EventType type, std::string_view path) { owed.push_back({type, std::string(path), {}}); };
  for (StringVectorReader paths(request.data); !paths.done();) {
    const std::string path(paths.next());
    const ModelNode* node = tree_.find(path);
    if (node == nullptr) {
      owe(EventType::kNodeDeleted, path);
    } else if (node->mzxid > request.relative_zxid) {
      owe(EventType::kNodeDataChanged, path);
    } else {
      watches.data.insert(path);
    }
  }
  for (StringVectorReader paths(request.exist); !paths.done();) {
    const std::string path(paths.next());
    if (tree_.find(path) != nullptr) {
      owe(EventType::kNodeCreated, path);
    } else {
      watches.data.insert(path);
    }
  }
  for (StringVectorReader paths(request.child); !paths.done();) {
    const std::string path(paths.next());
    const ModelNode* node = tree_.find(path);
    if (node == nullptr) {
      owe(EventType::kNodeDeleted, path);
    } else if (node->pzxid > request.relative_zxid) {
      owe(EventType::kNodeChildrenChanged, path);
    } else {
      watches.child.insert(path);
    }
  }
  if (!request.persistent.empty()) {
    for (StringVectorReader paths(request.persistent); !paths.done();) watches.persistent.emplace(paths.next());
  }
  if (!request.persistent_recursive.empty()) {
    for (StringVectorReader paths(request.persistent_recursive); !paths.done();)
      watches.recursive.emplace(paths.next());
  }
}

ErrorCode ModelServer::read(OpCode op, std::string_view body, const ModelIdentity& who, ModelWatches& watches,
                            std::string& reply, std::vector<ModelEvent>& owed) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  ByteReader in(body);
  ErrorCode error = ErrorCode::kOk;
  switch (op) {
    case OpCode::kExists:
    case OpCode::kGetData:
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2: {
      const auto request = decode_path_watch_request(in);
      KASSERT(request.has_value());
      error = read_node(op, request->path, who, out);
      if (!request->watch) break;
      // Only what could be read is watched; exists also waits for what is not there.
      if (op == OpCode::kExists && error == ErrorCode::kNoNode) watches.data.emplace(request->path);
      if (error != ErrorCode::kOk) break;
      (op == OpCode::kExists || op == OpCode::kGetData ? watches.data : watches.child).emplace(request->path);
      break;
    }
    case OpCode::kGetAcl:
    case OpCode::kGetAllChildrenNumber: {
      const auto request = decode_path_request(in);
      KASSERT(request.has_value());
      error = read_node(op, request->path, who, out);
      break;
    }
    case OpCode::kMultiRead:
      error = multi_read(in, who, out);
      break;
    case OpCode::kSync:
      out.ustring(decode_path_request(in)->path);
      break;
    case OpCode::kGetEphemerals: {
      const auto request = decode_path_request(in);
      std::set<std::string> paths;
      const auto session = sessions_.find(who.session.value);
      if (session != sessions_.end()) {
        for (const std::string& path : session->second.ephemerals) {
          if (request->path == "/" || path.starts_with(request->path)) paths.insert(path);
        }
      }
      encode_names(out, paths);
      break;
    }
    case OpCode::kWhoAmI:
      out.i32(who.user.empty() ? 1 : 2);
      out.ustring("ip");
      out.ustring(who.ip);
      if (!who.user.empty()) {
        out.ustring("digest");
        out.ustring(who.user);
      }
      break;
    case OpCode::kAddWatch: {
      const auto request = decode_path_int_request(in);
      if (request->value != 0 && request->value != 1) {
        error = ErrorCode::kMarshallingError;
        break;
      }
      (request->value == 0 ? watches.persistent : watches.recursive).emplace(request->path);
      out.i32(0);
      break;
    }
    case OpCode::kCheckWatches:
    case OpCode::kRemoveWatches: {
      const auto request = decode_path_int_request(in);
      const std::int32_t type = request->value;
      const bool there =
          op == OpCode::kCheckWatches ? watches.contains(request->path, type) : watches.remove(request->path, type);
      if (!there) error = ErrorCode::kNoWatcher;
      break;
    }
    case OpCode::kSetWatches:
    case OpCode::kSetWatches2: {
      const auto request = decode_set_watches_request(in, op);
      KASSERT(request.has_value());
      set_watches(*request, watches, owed);
      break;
    }
    case OpCode::kPing:
      break;
    default:
      KUNREACHABLE();
  }
  reply = error == ErrorCode::kOk ? std::string(view(bytes)) : std::string();
  return error;
}

}  // namespace vivarium::sim
