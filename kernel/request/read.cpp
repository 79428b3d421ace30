// The reads, one function each: decode, look up, check READ, register the watch, write the body.
#include "kernel/request/read.h"

#include "kernel/base/alternative.h"
#include "kernel/base/assert.h"
#include "kernel/request/multi_request.h"
#include "kernel/request/reply.h"
#include "kernel/session/watch_table.h"
#include "kernel/tree/data_tree.h"

namespace vivarium {
namespace {

/// Runs one read. A body is written only when the operation succeeds, so the header can be completed afterwards.
class Reading {
 public:
  Reading(const DataTree& tree, WatchTable& watches, const ReadContext& context, ByteWriter& out)
      : tree_(tree), watches_(watches), context_(context), out_(out) {}

  ErrorCode run(OpCode op, std::string_view body);
  void set_watches(const SetWatchesRequest& request);

 private:
  ErrorCode exists(const PathWatchRequest& request);
  ErrorCode get_data(const PathWatchRequest& request);
  ErrorCode get_children(const PathWatchRequest& request, bool with_stat);
  ErrorCode get_acl(std::string_view path);
  ErrorCode count_descendants(std::string_view path);
  ErrorCode get_ephemerals(std::string_view prefix);
  ErrorCode multi_read(std::string_view body);
  ErrorCode read_operation(const MultiOperation& operation);
  ErrorCode check_watches(const PathIntRequest& request);
  ErrorCode remove_watches(const PathIntRequest& request);
  ErrorCode add_watch(const PathIntRequest& request);
  ErrorCode who_am_i();

  /// The node when it is there and may be read; else null with `error` set.
  const Znode* readable(std::string_view path, std::int32_t permission, ErrorCode& error) const;
  bool permits(const Znode& node, std::int32_t permission) const {
    return context_.skip_acl || allowed(tree_.acl(node), permission, *context_.identities);
  }
  void notify(EventType type, std::string_view path) { encode_notification(out_, Zxid{-1}, type, path); }

  const DataTree& tree_;
  WatchTable& watches_;
  const ReadContext& context_;
  ByteWriter& out_;
};

const Znode* Reading::readable(std::string_view path, std::int32_t permission, ErrorCode& error) const {
  const Znode* node = tree_.find(path);
  if (node == nullptr) {
    error = ErrorCode::kNoNode;
    return nullptr;
  }
  if (!permits(*node, permission)) {
    error = ErrorCode::kNoAuth;
    return nullptr;
  }
  return node;
}

// ---- nodes ---------------------------------------------------------------------------------------------------------

ErrorCode Reading::exists(const PathWatchRequest& request) {
  if (request.path.find('\0') != std::string_view::npos) return ErrorCode::kBadArguments;
  const Znode* node = tree_.find(request.path);
  if (node != nullptr && !permits(*node, perms::kRead)) return ErrorCode::kNoAuth;
  // Also on a missing node: that is how a client waits for its creation.
  if (request.watch) watches_.add_data(request.path, context_.channel);
  if (node == nullptr) return ErrorCode::kNoNode;
  encode(out_, tree_.stat(*node));
  return ErrorCode::kOk;
}

ErrorCode Reading::get_data(const PathWatchRequest& request) {
  ErrorCode error = ErrorCode::kOk;
  const Znode* node = readable(request.path, perms::kRead, error);
  if (node == nullptr) return error;
  if (request.watch) watches_.add_data(request.path, context_.channel);
  out_.buffer(tree_.data(*node));
  encode(out_, tree_.stat(*node));
  return ErrorCode::kOk;
}

ErrorCode Reading::get_children(const PathWatchRequest& request, bool with_stat) {
  ErrorCode error = ErrorCode::kOk;
  const Znode* node = readable(request.path, perms::kRead, error);
  if (node == nullptr) return error;
  if (request.watch) watches_.add_child(request.path, context_.channel);
  out_.i32(static_cast<std::int32_t>(tree_.child_count(*node)));
  tree_.for_each_child(*node, [this](std::string_view name) { out_.ustring(name); });
  if (with_stat) encode(out_, tree_.stat(*node));
  return ErrorCode::kOk;
}

ErrorCode Reading::get_acl(std::string_view path) {
  ErrorCode error = ErrorCode::kOk;
  const Znode* node = readable(path, perms::kRead | perms::kAdmin, error);
  if (node == nullptr) return error;
  const AclBytes acl = tree_.acl(*node);
  if (permits(*node, perms::kAdmin)) {
    out_.bytes(acl);
  } else {
    encode_masked_acl(out_, acl);
  }
  encode(out_, tree_.stat(*node));
  return ErrorCode::kOk;
}

ErrorCode Reading::count_descendants(std::string_view path) {
  ErrorCode error = ErrorCode::kOk;
  if (readable(path, perms::kRead, error) == nullptr) return error;
  out_.i32(tree_.count_descendants(path));
  return ErrorCode::kOk;
}

/// What Java's trim() leaves is nothing, or just the root.
bool means_everything(std::string_view prefix) {
  auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!prefix.empty() && is_blank(prefix.front())) prefix.remove_prefix(1);
  while (!prefix.empty() && is_blank(prefix.back())) prefix.remove_suffix(1);
  return prefix.empty() || prefix == "/";
}

ErrorCode Reading::get_ephemerals(std::string_view prefix) {
  if (means_everything(prefix)) prefix = {};
  const std::size_t count_at = out_.reserve_i32();
  std::int32_t count = 0;
  tree_.ephemerals().for_each_with_prefix(context_.session, prefix, [this, &count](std::string_view path) {
    out_.ustring(path);
    ++count;
  });
  out_.patch_i32(count_at, count);
  return ErrorCode::kOk;
}

// ---- multiRead -----------------------------------------------------------------------------------------------------

ErrorCode Reading::read_operation(const MultiOperation& operation) {
  PathWatchRequest request = alternative<PathWatchRequest>(operation.request);
  request.watch = false;  // the flag is ignored
  if (operation.type == OpCode::kGetData) return get_data(request);
  KASSERT(operation.type == OpCode::kGetChildren);
  return get_children(request, false);
}

ErrorCode Reading::multi_read(std::string_view body) {
  if (!is_well_formed_multi(body, MultiKind::kRead)) return ErrorCode::kMarshallingError;
  MultiRequestReader reader(body);
  MultiOperation operation;
  while (reader.next(operation)) {
    const std::size_t type_at = out_.size();
    encode(out_, MultiHeader{static_cast<std::int32_t>(operation.type), false, ErrorCode::kOk});
    const ErrorCode error = read_operation(operation);
    if (error == ErrorCode::kOk) continue;
    // A failed operation wrote nothing; its header becomes that of an error. The others still run.
    out_.patch_i32(type_at, static_cast<std::int32_t>(OpCode::kError));
    out_.patch_i32(type_at + 5, static_cast<std::int32_t>(error));
    out_.i32(static_cast<std::int32_t>(error));
  }
  encode(out_, MultiHeader{-1, true, static_cast<ErrorCode>(-1)});
  return ErrorCode::kOk;
}

// ---- watches and identities ----------------------------------------------------------------------------------------

ErrorCode Reading::check_watches(const PathIntRequest& request) {
  if (!is_watcher_type(request.value)) return ErrorCode::kMarshallingError;
  const auto type = static_cast<WatcherType>(request.value);
  return watches_.contains(request.path, context_.channel, type) ? ErrorCode::kOk : ErrorCode::kNoWatcher;
}

ErrorCode Reading::remove_watches(const PathIntRequest& request) {
  if (!is_watcher_type(request.value)) return ErrorCode::kMarshallingError;
  const auto type = static_cast<WatcherType>(request.value);
  return watches_.remove(request.path, context_.channel, type) ? ErrorCode::kOk : ErrorCode::kNoWatcher;
}

ErrorCode Reading::add_watch(const PathIntRequest& request) {
  if (!is_add_watch_mode(request.value)) return ErrorCode::kMarshallingError;
  if (static_cast<AddWatchMode>(request.value) == AddWatchMode::kPersistentRecursive) {
    watches_.add_recursive(request.path, context_.channel);
  } else {
    watches_.add_persistent(request.path, context_.channel);
  }
  out_.i32(0);  // ErrorResponse
  return ErrorCode::kOk;
}

ErrorCode Reading::who_am_i() {
  out_.i32(static_cast<std::int32_t>(context_.identities->size()));
  for (const Identity& identity : *context_.identities) {
    out_.ustring(view(identity.scheme));
    out_.ustring(user_name(identity));
  }
  return ErrorCode::kOk;
}

void Reading::set_watches(const SetWatchesRequest& request) {
  for (StringVectorReader paths(request.data); !paths.done();) {
    const std::string_view path = paths.next();
    const Znode* node = tree_.find(path);
    if (node == nullptr) {
      notify(EventType::kNodeDeleted, path);
    } else if ((KMUTANT(context_.mutant, kCatchUpByCzxid) ? node->czxid : node->mzxid) > request.relative_zxid) {
      notify(EventType::kNodeDataChanged, path);
    } else {
      watches_.add_data(path, context_.channel);
    }
  }
  for (StringVectorReader paths(request.exist); !paths.done();) {
    const std::string_view path = paths.next();
    if (tree_.contains(path)) {
      notify(EventType::kNodeCreated, path);
    } else {
      watches_.add_data(path, context_.channel);
    }
  }
  for (StringVectorReader paths(request.child); !paths.done();) {
    const std::string_view path = paths.next();
    const Znode* node = tree_.find(path);
    if (node == nullptr) {
      notify(EventType::kNodeDeleted, path);
    } else if (node->pzxid > request.relative_zxid) {
      notify(EventType::kNodeChildrenChanged, path);
    } else {
      watches_.add_child(path, context_.channel);
    }
  }
  for (StringVectorReader paths(request.persistent); !paths.done();) {
    watches_.add_persistent(paths.next(), context_.channel);
  }
  for (StringVectorReader paths(request.persistent_recursive); !paths.done();) {
    watches_.add_recursive(paths.next(), context_.channel);
  }
}

// ---- dispatch ------------------------------------------------------------------------------------------------------

template <class Request, class Operation>
ErrorCode with(const std::optional<Request>& request, Operation&& operation) {
  return request ? operation(*request) : ErrorCode::kMarshallingError;
}

ErrorCode Reading::run(OpCode op, std::string_view body) {
  ByteReader in(body);
  switch (op) {
    case OpCode::kExists:
      return with(decode_path_watch_request(in), [this](const PathWatchRequest& r) { return exists(r); });
    case OpCode::kGetData:
      return with(decode_path_watch_request(in), [this](const PathWatchRequest& r) { return get_data(r); });
    case OpCode::kGetChildren:
      return with(decode_path_watch_request(in), [this](const PathWatchRequest& r) { return get_children(r, false); });
    case OpCode::kGetChildren2:
      return with(decode_path_watch_request(in), [this](const PathWatchRequest& r) { return get_children(r, true); });
    case OpCode::kGetAcl:
      return with(decode_path_request(in), [this](const PathRequest& r) { return get_acl(r.path); });
    case OpCode::kGetAllChildrenNumber:
      return with(decode_path_request(in), [this](const PathRequest& r) { return count_descendants(r.path); });
    case OpCode::kGetEphemerals:
      return with(decode_path_request(in), [this](const PathRequest& r) { return get_ephemerals(r.path); });
    case OpCode::kSync:
      return with(decode_path_request(in), [this](const PathRequest& r) {
        out_.ustring(r.path);
        return ErrorCode::kOk;
      });
    case OpCode::kCheckWatches:
      return with(decode_path_int_request(in), [this](const PathIntRequest& r) { return check_watches(r); });
    case OpCode::kRemoveWatches:
      return with(decode_path_int_request(in), [this](const PathIntRequest& r) { return remove_watches(r); });
    case OpCode::kAddWatch:
      return with(decode_path_int_request(in), [this](const PathIntRequest& r) { return add_watch(r); });
    case OpCode::kMultiRead:
      return multi_read(body);
    case OpCode::kWhoAmI:
      return who_am_i();
    default:
      KASSERT(op == OpCode::kPing);
      return ErrorCode::kOk;
  }
}

/// The events go out before the reply, so they are written in front of its frame.
ErrorCode execute_set_watches(Reading& reading, OpCode op, std::string_view body) {
  ByteReader in(body);
  return with(decode_set_watches_request(in, op), [&reading](const SetWatchesRequest& request) {
    reading.set_watches(request);
    return ErrorCode::kOk;
  });
}

}  // namespace

bool is_read(OpCode op) {
  switch (op) {
    case OpCode::kExists:
    case OpCode::kGetData:
    case OpCode::kGetAcl:
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2:
    case OpCode::kGetEphemerals:
    case OpCode::kGetAllChildrenNumber:
    case OpCode::kMultiRead:
    case OpCode::kCheckWatches:
    case OpCode::kRemoveWatches:
    case OpCode::kAddWatch:
    case OpCode::kSetWatches:
    case OpCode::kSetWatches2:
    case OpCode::kWhoAmI:
    case OpCode::kSync:
    case OpCode::kPing:
      return true;
    default:
      return false;
  }
}

ErrorCode execute_read(const DataTree& tree, WatchTable& watches, const ReadContext& context, OpCode op,
                       std::string_view body, ByteWriter& out) {
  KASSERT(is_read(op));
  KASSERT(context.identities != nullptr);
  Reading reading(tree, watches, context, out);
  if (op == OpCode::kSetWatches || op == OpCode::kSetWatches2) {
    const ErrorCode error = execute_set_watches(reading, op, body);
    encode_bare_reply(out, context.xid, tree.last_processed_zxid(), error);
    return error;
  }
  const std::size_t frame = begin_frame(out);
  encode(out, ReplyHeader{context.xid, tree.last_processed_zxid(), ErrorCode::kOk});
  const std::size_t body_at = out.size();
  const ErrorCode error = reading.run(op, body);
  if (error != ErrorCode::kOk) {
    KASSERT(out.size() == body_at);
    out.patch_i32(body_at - 4, static_cast<std::int32_t>(error));
  }
  end_frame(out, frame);
  return error;
}

}  // namespace vivarium
