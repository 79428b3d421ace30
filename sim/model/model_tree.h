// The naive tree: nodes by path in a std::map, children by name in sets. Written from features.md and protocol.md only.
//
// It shares no idea with kernel/tree, so that a mistake there is not repeated here; it may be slow. Every change goes
// through begin/commit or begin/rollback, which is how a multi is undone. Must never: include anything of kernel/tree
// or kernel/request.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium::sim {

struct ModelNode {
  std::optional<std::string> data;
  std::string acl;  // encoded
  Zxid czxid, mzxid, pzxid;
  WallTime ctime, mtime;
  std::int32_t version = 0;
  std::int32_t creations = 0;  // the stored cversion: counts creates of children, names sequential ones
  std::int32_t aversion = 0;
  std::int64_t owner = 0;  // as stored
};

inline constexpr std::int64_t kModelContainer = INT64_MIN;

class ModelTree {
 public:
  ModelTree(bool extended_types, bool digests);

  const ModelNode* find(std::string_view path) const;
  const std::set<std::string>& children(std::string_view path) const;
  std::int32_t count_descendants(std::string_view path) const;
  Stat stat(std::string_view path) const;
  bool is_ephemeral(const ModelNode& node) const { return ephemeral_owner(node) != 0; }
  bool is_ttl(const ModelNode& node) const;
  /// The owner that clients see: 0 unless a session.
  std::int64_t ephemeral_owner(const ModelNode& node) const;

  void begin();
  void commit();
  void rollback();
  /// Preconditions: a change has begun, the parent exists, the node does not.
  void create(const std::string& path, ModelNode node);
  /// Preconditions: the node exists and has no children.
  void remove(const std::string& path);
  /// The node, to be changed in place.
  ModelNode& edit(const std::string& path);

  bool keeps_digests() const { return digests_; }
  std::uint64_t digest() const { return digest_; }
  const std::map<std::string, ModelNode, std::less<>>& nodes() const { return nodes_; }

 private:
  struct Before {
    std::string path;
    std::optional<ModelNode> node;
  };
  void remember(const std::string& path);
  std::uint64_t node_digest(std::string_view path, const ModelNode& node) const;

  bool extended_types_, digests_;
  std::map<std::string, ModelNode, std::less<>> nodes_;
  std::map<std::string, std::set<std::string>, std::less<>> children_;
  std::vector<Before> journal_;
  std::uint64_t digest_ = 0;
};

std::string model_parent(std::string_view path);
/// The path rules of features.md 1.2, for ASCII.
bool model_legal_path(std::string_view path);

}  // namespace vivarium::sim
