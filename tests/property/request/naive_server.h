// A naive ZooKeeper, written from features.md and protocol.md section 3: a map of paths, one request at a time, no lag.
#pragma once

#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/request_world.h"

namespace vivarium::testing {

enum class AclChoice { kOpen, kReadOnly, kBobOnly, kAuth, kEmpty, kUnknownScheme, kDoubled, kCount };
enum class Who { kStranger, kBob, kSuper, kCount };

struct NaiveNode {
  std::optional<std::string> data;
  std::string acl;
  std::int64_t owner = 0;
  std::int64_t czxid = 0, mzxid = 0, pzxid = 0, ctime = 0, mtime = 0;
  std::int32_t version = 0, cversion = 0, aversion = 0;
  friend bool operator==(const NaiveNode&, const NaiveNode&) = default;
};

/// One write, with everything that decides about it.
struct NaiveRequest {
  OpCode op = OpCode::kCreate;
  std::string path;
  std::optional<std::string> data;
  std::int32_t flags = 0;
  std::int64_t ttl = 0;
  std::int32_t version = -1;
  AclChoice acl = AclChoice::kOpen;
  std::vector<NaiveRequest> operations;  // of a multi

  std::string body() const {
    const MaybeBytes bytes = data ? MaybeBytes(*data) : std::nullopt;
    switch (op) {
      case OpCode::kDelete:
      case OpCode::kCheck:
        return path_version_body(path, version);
      case OpCode::kSetData:
        return set_data_body(path, bytes, version);
      case OpCode::kSetAcl:
        return set_acl_body(path, requested_acl(acl), version);
      case OpCode::kMulti: {
        MultiOps list;
        for (const NaiveRequest& operation : operations) list.emplace_back(operation.op, operation.body());
        return multi_body(list);
      }
      case OpCode::kCloseSession:
        return {};
      default:
        return create_body(op, path, bytes, flags, AclBytes(requested_acl(acl)), ttl);
    }
  }
  static const std::string& requested_acl(AclChoice choice) {
    static const std::vector<std::string> lists = {
        acl_of({{31, "world", "anyone"}}),
        acl_of({{1, "world", "anyone"}}),
        acl_of({{31, "digest", "bob:h"}}),
        acl_of({{31, "auth", ""}}),
        acl_of({}),
        acl_of({{31, "martian", "x"}}),
        acl_of({{1, "world", "anyone"}, {31, "digest", "bob:h"}, {1, "world", "anyone"}})};
    return lists.at(static_cast<std::size_t>(choice));
  }
};

class NaiveServer {
 public:
  using Nodes = std::map<std::string, NaiveNode>;

  explicit NaiveServer(bool extended_types) : extended_types_(extended_types) {}

  Nodes nodes;
  std::set<std::int64_t> sessions;
  std::vector<std::string> created;  // paths, of the last request

  ErrorCode run(const NaiveRequest& r, std::int64_t session, Who who, std::int64_t zxid, std::int64_t time) {
    session_ = session;
    who_ = who;
    zxid_ = zxid;
    time_ = time;
    created.clear();
    if (r.op != OpCode::kMulti) return one(r);
    const Nodes before = nodes;
    for (const NaiveRequest& operation : r.operations) {
      const ErrorCode error = one(operation);
      if (error == ErrorCode::kOk) continue;
      nodes = before;
      return error;
    }
    return ErrorCode::kOk;
  }

  std::uint64_t digest() const {
    std::uint64_t sum = 0;
    for (const auto& [path, n] : nodes) {
      if (path.rfind("/zookeeper/", 0) == 0) continue;
      const StatPersisted stat{Zxid{n.czxid}, Zxid{n.mzxid}, WallTime{n.ctime}, WallTime{n.mtime}, n.version,
                               n.cversion,    n.aversion,    n.owner,           Zxid{n.pzxid}};
      sum += node_digest(path == "/" ? "" : path, n.data ? MaybeBytes(*n.data) : std::nullopt, stat);
    }
    return sum;
  }

 private:
  ErrorCode one(const NaiveRequest& r) {
    switch (r.op) {
      case OpCode::kDelete:
        return remove(r);
      case OpCode::kSetData:
        return set_data(r);
      case OpCode::kSetAcl:
        return set_acl(r);
      case OpCode::kCheck:
        return check(r);
      case OpCode::kCloseSession:
        return close();
      default:
        return create(r);
    }
  }

  bool live() const { return sessions.count(session_) != 0; }

  static bool legal(const std::string& path) {
    if (path.empty() || path[0] != '/') return false;
    if (path == "/") return true;
    std::string component;
    for (std::size_t i = 1; i <= path.size(); ++i) {
      if (i < path.size() && path[i] != '/') {
        if (path[i] < ' ') return false;
        component += path[i];
        continue;
      }
      if (component.empty() || component == "." || component == "..") return false;
      component.clear();
    }
    return true;
  }
  static std::string parent(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    return slash == 0 ? "/" : path.substr(0, slash);
  }
  int children(const std::string& path) const {
    int count = 0;
    for (const auto& [other, node] : nodes) count += other != "/" && parent(other) == path;
    return count;
  }
  NaiveNode* node(const std::string& path) {
    const auto it = nodes.find(path);
    return it == nodes.end() ? nullptr : &it->second;
  }

  bool may(const NaiveNode& n, std::int32_t bit) const {
    if (who_ == Who::kSuper) return true;
    if (n.acl == acl_of({{31, "world", "anyone"}})) return true;
    if (n.acl == acl_of({{1, "world", "anyone"}})) return bit == 1;
    if (n.acl == acl_of({{31, "digest", "bob:h"}})) return who_ == Who::kBob;
    return bit == 1 || who_ == Who::kBob;  // the doubled list
  }
  std::optional<std::string> fixed(AclChoice choice) const {
    switch (choice) {
      case AclChoice::kEmpty:
      case AclChoice::kUnknownScheme:
        return std::nullopt;
      case AclChoice::kAuth:
        if (who_ != Who::kBob) return std::nullopt;
        return acl_of({{31, "digest", "bob:h"}});
      case AclChoice::kDoubled:
        return acl_of({{1, "world", "anyone"}, {31, "digest", "bob:h"}});
      default:
        return NaiveRequest::requested_acl(choice);
    }
  }
  bool is_session_owner(std::int64_t owner) const {
    if (owner == 0 || owner == INT64_MIN) return false;
    return !(extended_types_ && (owner >> 56) == -1);
  }

  ErrorCode create(const NaiveRequest& r) {
    if (r.flags < 0 || r.flags > 6) return ErrorCode::kBadArguments;
    const bool ttl_mode = r.flags == 5 || r.flags == 6;
    if (ttl_mode && !extended_types_) return ErrorCode::kUnimplemented;
    if (ttl_mode != (r.op == OpCode::kCreateTtl)) return ErrorCode::kBadArguments;
    if (ttl_mode && (r.ttl < 1 || r.ttl > 0xffffffffff)) return ErrorCode::kBadArguments;
    if (!live()) return ErrorCode::kSessionExpired;
    if (r.path.find('/') == std::string::npos) return ErrorCode::kBadArguments;
    const auto acl = fixed(r.acl);
    if (!acl) return ErrorCode::kInvalidAcl;
    const std::string above = parent(r.path);
    NaiveNode* p = node(above);
    if (p == nullptr) return ErrorCode::kNoNode;
    if (!may(*p, 4)) return ErrorCode::kNoAuth;
    std::string path = r.path;
    if (r.flags == 2 || r.flags == 3 || r.flags == 6) {
      char number[16];
      std::snprintf(number, sizeof number, "%010d", p->cversion);
      path += number;
    }
    if (!legal(path)) return ErrorCode::kBadArguments;
    if (node(path) != nullptr) return ErrorCode::kNodeExists;
    if (is_session_owner(p->owner)) return ErrorCode::kNoChildrenForEphemerals;
    p->cversion += 1;
    p->pzxid = zxid_;
    NaiveNode n;
    n.data = r.data;
    n.acl = *acl;
    n.czxid = n.mzxid = n.pzxid = zxid_;
    n.ctime = n.mtime = time_;
    if (r.op == OpCode::kCreateContainer) {
      n.owner = INT64_MIN;
    } else if (r.op == OpCode::kCreateTtl) {
      n.owner = static_cast<std::int64_t>(0xff00000000000000ULL | static_cast<std::uint64_t>(r.ttl));
    } else if (r.flags == 1 || r.flags == 3) {
      n.owner = session_;
    }
    nodes[path] = n;
    created.push_back(path);
    return ErrorCode::kOk;
  }

  ErrorCode remove(const NaiveRequest& r) {
    if (!live()) return ErrorCode::kSessionExpired;
    if (r.path.find('/') == std::string::npos) return ErrorCode::kBadArguments;
    for (const char* special : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"}) {
      if (r.path == special) return ErrorCode::kBadArguments;
    }
    NaiveNode* p = node(parent(r.path));
    if (p == nullptr) return ErrorCode::kNoNode;
    if (!may(*p, 8)) return ErrorCode::kNoAuth;
    NaiveNode* n = node(r.path);
    if (n == nullptr) return ErrorCode::kNoNode;
    if (r.version != -1 && r.version != n->version) return ErrorCode::kBadVersion;
    if (children(r.path) > 0) return ErrorCode::kNotEmpty;
    p->pzxid = zxid_;
    nodes.erase(r.path);
    return ErrorCode::kOk;
  }

  ErrorCode set_data(const NaiveRequest& r) {
    if (!live()) return ErrorCode::kSessionExpired;
    if (!legal(r.path)) return ErrorCode::kBadArguments;
    NaiveNode* n = node(r.path);
    if (n == nullptr) return ErrorCode::kNoNode;
    if (!may(*n, 2)) return ErrorCode::kNoAuth;
    if (r.version != -1 && r.version != n->version) return ErrorCode::kBadVersion;
    n->version += 1;
    n->data = r.data;
    n->mzxid = zxid_;
    n->mtime = time_;
    return ErrorCode::kOk;
  }

  ErrorCode set_acl(const NaiveRequest& r) {
    if (!live()) return ErrorCode::kSessionExpired;
    if (!legal(r.path)) return ErrorCode::kBadArguments;
    const auto acl = fixed(r.acl);
    if (!acl) return ErrorCode::kInvalidAcl;
    NaiveNode* n = node(r.path);
    if (n == nullptr) return ErrorCode::kNoNode;
    if (!may(*n, 16)) return ErrorCode::kNoAuth;
    if (r.version != -1 && r.version != n->aversion) return ErrorCode::kBadVersion;
    n->aversion += 1;
    n->acl = *acl;
    return ErrorCode::kOk;
  }

  ErrorCode check(const NaiveRequest& r) {
    if (!live()) return ErrorCode::kSessionExpired;
    if (!legal(r.path)) return ErrorCode::kBadArguments;
    NaiveNode* n = node(r.path);
    if (n == nullptr) return ErrorCode::kNoNode;
    if (!may(*n, 1)) return ErrorCode::kNoAuth;
    return r.version != -1 && r.version != n->version ? ErrorCode::kBadVersion : ErrorCode::kOk;
  }

  ErrorCode close() {
    std::vector<std::string> owned;
    for (const auto& [path, n] : nodes) {
      if (n.owner == session_) owned.push_back(path);
    }
    for (const std::string& path : owned) {
      node(parent(path))->pzxid = zxid_;
      nodes.erase(path);
    }
    sessions.erase(session_);
    return ErrorCode::kOk;
  }

  bool extended_types_;
  std::int64_t session_ = 0, zxid_ = 0, time_ = 0;
  Who who_ = Who::kStranger;
};

}  // namespace vivarium::testing
