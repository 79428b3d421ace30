// A tree as one would write it on a whiteboard: a map from path to node, every answer computed from scratch.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernel/tree/data_tree.h"
#include "kernel/tree/path.h"

namespace vivarium {

struct NaiveNode {
  std::optional<std::string> data;
  std::string acl;
  StatPersisted stat;
};

class NaiveTree {
 public:
  std::map<std::string, NaiveNode> nodes;  // by snapshot path

  NaiveTree() {
    const std::string open(open_acl());
    for (const auto path : {"", "/zookeeper", "/zookeeper/quota"}) nodes[path] = NaiveNode{"", open, {}};
    nodes["/zookeeper/config"] = NaiveNode{"", std::string(read_only_acl()), {}};
    nodes["/zookeeper/config"].stat.aversion = -1;
  }

  static std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
  static bool is_below(const std::string& path, const std::string& top) { return path.rfind(top + "/", 0) == 0; }

  ErrorCode create(const std::string& path, std::optional<std::string> data, const std::string& acl, std::int64_t owner,
                   std::int32_t parent_cversion, std::int64_t zxid, std::int64_t time, bool raise) {
    const auto parent = nodes.find(parent_of(path));
    if (parent == nodes.end()) return ErrorCode::kNoNode;
    const bool present = nodes.count(path) != 0;
    if (present) {
      nodes[path].acl = acl;
    } else {
      NaiveNode& node = nodes[path];
      node.data = data;
      node.acl = acl;
      node.stat.czxid = node.stat.mzxid = node.stat.pzxid = Zxid{zxid};
      node.stat.ctime = node.stat.mtime = WallTime{time};
      node.stat.ephemeral_owner = owner;
    }
    StatPersisted& stat = parent->second.stat;
    if (!present && parent_cversion == -1) parent_cversion = stat.cversion + 1;
    if ((!present || raise) && parent_cversion > stat.cversion) {
      stat.cversion = parent_cversion;
      stat.pzxid.value = std::max(stat.pzxid.value, zxid);
    }
    return present ? ErrorCode::kNodeExists : ErrorCode::kOk;
  }

  ErrorCode remove(const std::string& path, std::int64_t zxid) {
    if (is_protected_from_delete(path)) return ErrorCode::kBadArguments;
    const auto parent = nodes.find(parent_of(path));
    if (parent == nodes.end()) return ErrorCode::kNoNode;
    parent->second.stat.pzxid.value = std::max(parent->second.stat.pzxid.value, zxid);
    if (nodes.erase(path) == 0) return ErrorCode::kNoNode;
    for (auto at = nodes.begin(); at != nodes.end();) at = is_below(at->first, path) ? nodes.erase(at) : std::next(at);
    return ErrorCode::kOk;
  }

  ErrorCode set_data(const std::string& path, std::optional<std::string> data, std::int32_t version, std::int64_t zxid,
                     std::int64_t time) {
    if (nodes.count(path) == 0) return ErrorCode::kNoNode;
    NaiveNode& node = nodes[path];
    node.data = data;
    node.stat.version = version;
    node.stat.mzxid = Zxid{zxid};
    node.stat.mtime = WallTime{time};
    return ErrorCode::kOk;
  }

  ErrorCode set_acl(const std::string& path, const std::string& acl, std::int32_t aversion) {
    if (nodes.count(path) == 0) return ErrorCode::kNoNode;
    nodes[path].acl = acl;
    nodes[path].stat.aversion = aversion;
    return ErrorCode::kOk;
  }

  std::vector<std::string> children(const std::string& path) const {
    std::vector<std::string> names;
    for (const auto& [at, node] : nodes) {
      if (is_below(at, path) && at.find('/', path.size() + 1) == std::string::npos) {
        names.push_back(at.substr(path.size() + 1));
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  std::uint64_t digest() const {
    std::uint64_t sum = 0;
    for (const auto& [path, node] : nodes) {
      if (path.rfind("/zookeeper/", 0) == 0) continue;
      sum += node_digest(path, node.data ? MaybeBytes(*node.data) : std::nullopt, node.stat);
    }
    return sum;
  }

  /// Count and bytes at or below `top`.
  QuotaUsage usage(const std::string& top) const {
    QuotaUsage usage;
    for (const auto& [path, node] : nodes) {
      if (path != top && !is_below(path, top)) continue;
      ++usage.count;
      if (node.data) usage.bytes += static_cast<std::int64_t>(node.data->size());
    }
    return usage;
  }

  /// Paths with a quota: those with a limits node, except "/" and ZooKeeper's own.
  std::set<std::string> quota_paths() const {
    std::set<std::string> paths;
    const std::string suffix = "/zookeeper_limits";
    for (const auto& [path, node] : nodes) {
      if (path.rfind("/zookeeper/quota/", 0) != 0 || path.size() < suffix.size()) continue;
      if (path.compare(path.size() - suffix.size(), suffix.size(), suffix) != 0) continue;
      const std::string parent = parent_of(path).substr(std::string("/zookeeper/quota").size());
      if (!parent.empty() && parent != "/zookeeper" && !is_below(parent, "/zookeeper")) paths.insert(parent);
    }
    return paths;
  }
};

}  // namespace vivarium
