// A server without a network for tests of the request room: prepares writes, commits them when told, executes reads.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "kernel/request/apply.h"
#include "kernel/request/prepare.h"
#include "kernel/request/read.h"
#include "kernel/request/reply.h"
#include "kernel/session/session_table.h"
#include "kernel/session/watch_table.h"
#include "kernel/tree/data_tree.h"

namespace vivarium::testing {

inline std::string bytes_of(const Vector<char>& v) { return std::string(v.data(), v.size()); }

/// The encoding of `request` as a body.
template <class... Request>
std::string encoded(const Request&... request) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode(out, request...);
  return bytes_of(bytes);
}

struct AclEntry {
  std::int32_t permissions;
  std::string scheme, id;
};
inline std::string acl_of(const std::vector<AclEntry>& entries) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  out.i32(static_cast<std::int32_t>(entries.size()));
  for (const AclEntry& e : entries) encode(out, Acl{e.permissions, e.scheme, e.id});
  return bytes_of(bytes);
}

inline Identity identity(std::string_view scheme, std::string_view id) {
  return Identity{to_string(scheme), to_string(id)};
}

// ---- request bodies ------------------------------------------------------------------------------------------------

inline std::string create_body(OpCode op, std::string_view path, MaybeBytes data = "", std::int32_t flags = 0,
                               std::optional<AclBytes> acl = open_acl(), std::int64_t ttl_ms = 0) {
  CreateRequest request;
  request.path = path;
  request.data = data;
  request.flags = flags;
  request.acl = acl;
  request.ttl_ms = ttl_ms;
  return encoded(request, op);
}
inline std::string path_version_body(std::string_view path, std::int32_t version = -1) {
  return encoded(PathVersionRequest{path, version});
}
inline std::string set_data_body(std::string_view path, MaybeBytes data, std::int32_t version = -1) {
  return encoded(SetDataRequest{path, data, version});
}
inline std::string set_acl_body(std::string_view path, std::string_view acl, std::int32_t version = -1) {
  return encoded(SetAclRequest{path, acl, version});
}

using MultiOps = std::vector<std::pair<OpCode, std::string>>;
inline std::string multi_body(const MultiOps& operations) {
  std::string body;
  for (const auto& [op, request] : operations) {
    body += encoded(MultiHeader{static_cast<std::int32_t>(op), false, static_cast<ErrorCode>(-1)}) + request;
  }
  return body + encoded(MultiHeader{-1, true, static_cast<ErrorCode>(-1)});
}

// ---- the world -----------------------------------------------------------------------------------------------------

struct RequestWorld {
  explicit RequestWorld(const RequestOptions& options = {}, TreeOptions tree_options = {})
      : tree(tree_options), preparer(options) {
    identities.push_back(identity("ip", "127.0.0.1"));
    open_session(session);
  }

  /// Prepares one write; its txn waits in `pending`.
  Prepared prepare(OpCode op, const std::string& body, bool internal = false) {
    RequestContext context;
    context.session = internal ? SessionId{0} : session;
    context.cxid = Xid{internal ? 0 : ++cxid};
    context.zxid = Zxid{++zxid};
    context.now = WallTime{++now};
    context.identities = &identities;
    context.internal = internal;
    Vector<char> out;
    const Prepared prepared = preparer.prepare(tree, sessions, context, op, body, out);
    pending.push_back(bytes_of(out));
    return prepared;
  }

  /// Applies the oldest prepared txn.
  ErrorCode commit() {
    last_txn_bytes = pending.front();
    pending.pop_front();
    const auto txn = decode_txn(last_txn_bytes);
    EXPECT_TRUE(txn.ok());
    last_txn = *txn;
    apply(tree, sessions, last_txn, outcome);
    preparer.applied(last_txn.header.zxid);
    EXPECT_TRUE(outcome.digest_matches) << "type " << static_cast<int>(last_txn.header.type);
    return outcome.error;
  }
  void commit_all() {
    while (!pending.empty()) commit();
  }

  /// Prepares one write and commits everything.
  ErrorCode write(OpCode op, const std::string& body, bool internal = false) {
    prepare(op, body, internal);
    commit_all();
    return outcome.error;
  }

  ErrorCode create(std::string_view path, MaybeBytes data = "", std::int32_t flags = 0,
                   std::optional<AclBytes> acl = open_acl()) {
    return write(OpCode::kCreate, create_body(OpCode::kCreate, path, data, flags, acl));
  }
  ErrorCode remove(std::string_view path, std::int32_t version = -1) {
    return write(OpCode::kDelete, path_version_body(path, version));
  }
  ErrorCode set_data(std::string_view path, MaybeBytes data, std::int32_t version = -1) {
    return write(OpCode::kSetData, set_data_body(path, data, version));
  }
  ErrorCode set_acl(std::string_view path, std::string_view acl, std::int32_t version = -1) {
    return write(OpCode::kSetAcl, set_acl_body(path, acl, version));
  }
  ErrorCode multi(const MultiOps& operations) { return write(OpCode::kMulti, multi_body(operations)); }
  void open_session(SessionId id) {
    const SessionId before = std::exchange(session, id);
    Vector<char> timeout;
    ByteWriter(timeout).i32(30000);
    EXPECT_EQ(write(OpCode::kCreateSession, bytes_of(timeout)), ErrorCode::kOk);
    session = before;
  }

  /// Path of the node that the last committed create made.
  std::string created_path() const { return std::string(outcome.results.front().path); }
  Stat stat(std::string_view path) const {
    const Znode* node = tree.find(path);
    EXPECT_NE(node, nullptr) << path;
    return node == nullptr ? Stat{} : tree.stat(*node);
  }
  bool exists(std::string_view path) const { return tree.contains(path); }
  std::vector<std::pair<EventType, std::string>> events() const {
    std::vector<std::pair<EventType, std::string>> list;
    for (std::size_t i = 0; i < outcome.event_count(); ++i) {
      list.emplace_back(outcome.event(i).type, std::string(outcome.event(i).path));
    }
    return list;
  }

  /// Executes a read; the frames that it sends are left in `sent`.
  ErrorCode read(OpCode op, const std::string& body) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    const ReadContext context{session, channel, Xid{++cxid}, &identities, false};
    const ErrorCode error = execute_read(tree, watches, context, op, body, out);
    sent = bytes_of(bytes);
    return error;
  }
  /// The frames in `sent`, without their lengths.
  std::vector<std::string> frames() const {
    std::vector<std::string> list;
    ByteReader in(sent);
    while (in.remaining() > 0) list.emplace_back(in.buffer().value_or(""));
    EXPECT_TRUE(in.finished());
    return list;
  }
  /// The body of the reply in `sent`: the last frame behind its header.
  std::string reply_body() const {
    const std::string frame = frames().back();
    return frame.substr(16);
  }

  DataTree tree;
  SessionTable sessions;
  WatchTable watches;
  Preparer preparer;
  ApplyOutcome outcome;
  Identities identities;
  SessionId session{0x100000000000001};
  ChannelId channel{3, 1};
  std::int32_t cxid = 0;
  std::int64_t zxid = 0;
  std::int64_t now = 1'000'000;
  std::deque<std::string> pending;
  std::string last_txn_bytes, sent;
  Txn last_txn;
};

}  // namespace vivarium::testing
