// The naive tree; see model_tree.h.
#include "sim/model/model_tree.h"

#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/base/bytes.h"
#include "kernel/base/hash.h"

namespace vivarium::sim {

std::string model_parent(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return "";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

bool model_legal_path(std::string_view path) {
  if (path == "/") return true;
  if (path.empty() || path.front() != '/' || path.back() == '/') return false;
  std::size_t start = 1;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view name = path.substr(start, end - start);
    if (name.empty() || name == "." || name == "..") return false;
    for (const char c : name) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    }
    start = end + 1;
  }
  return true;
}

ModelTree::ModelTree(bool extended_types, bool digests) : extended_types_(extended_types), digests_(digests) {
  ModelNode plain;
  plain.acl = std::string(open_acl());
  plain.data = "";
  nodes_["/"] = plain;
  children_["/"];
  begin();
  for (const char* path : {"/zookeeper", "/zookeeper/quota", "/zookeeper/config"}) create(path, plain);
  nodes_["/zookeeper/config"].acl = std::string(read_only_acl());
  nodes_["/zookeeper/config"].aversion = -1;
  commit();
  if (digests_) digest_ += node_digest("/", nodes_["/"]);
}

const ModelNode* ModelTree::find(std::string_view path) const {
  const auto found = nodes_.find(path);
  return found == nodes_.end() ? nullptr : &found->second;
}

const std::set<std::string>& ModelTree::children(std::string_view path) const {
  const auto found = children_.find(path);
  KASSERT(found != children_.end());
  return found->second;
}

std::int32_t ModelTree::count_descendants(std::string_view path) const {
  std::int32_t count = 0;
  for (const std::string& name : children(path)) {
    count += 1 + count_descendants(std::string(path == "/" ? "" : path) + "/" + name);
  }
  return count;
}

bool ModelTree::is_ttl(const ModelNode& node) const {
  return extended_types_ && node.owner != kModelContainer && (static_cast<std::uint64_t>(node.owner) >> 56) == 0xff;
}

std::int64_t ModelTree::ephemeral_owner(const ModelNode& node) const {
  return node.owner == kModelContainer || is_ttl(node) ? 0 : node.owner;
}

Stat ModelTree::stat(std::string_view path) const {
  const ModelNode& node = nodes_.find(path)->second;
  const auto count = static_cast<std::int32_t>(children(path).size());
  Stat stat;
  stat.czxid = node.czxid;
  stat.mzxid = node.mzxid;
  stat.pzxid = node.pzxid;
  stat.ctime = node.ctime;
  stat.mtime = node.mtime;
  stat.version = node.version;
  stat.cversion = node.creations * 2 - count;
  stat.aversion = node.aversion;
  stat.ephemeral_owner = ephemeral_owner(node);
  stat.data_length = node.data ? static_cast<std::int32_t>(node.data->size()) : 0;
  stat.num_children = count;
  return stat;
}

void ModelTree::begin() { KASSERT(journal_.empty()); }

void ModelTree::commit() {
  for (std::size_t i = 0; digests_ && i < journal_.size(); ++i) {
    const Before& before = journal_[i];
    bool seen = false;
    for (std::size_t j = 0; j < i && !seen; ++j) seen = journal_[j].path == before.path;
    if (seen) continue;
    if (before.node) digest_ -= node_digest(before.path, *before.node);
    if (const ModelNode* after = find(before.path)) digest_ += node_digest(before.path, *after);
  }
  journal_.clear();
}

void ModelTree::rollback() {
  for (auto before = journal_.rbegin(); before != journal_.rend(); ++before) {
    const std::string name = before->path.substr(before->path.rfind('/') + 1);
    const std::string parent = model_parent(before->path);
    if (!before->node) {
      nodes_.erase(before->path);
      children_.erase(before->path);
      children_.find(parent)->second.erase(name);
      continue;
    }
    if (nodes_.find(before->path) == nodes_.end()) {
      children_[before->path];
      children_.find(parent)->second.insert(name);
    }
    nodes_[before->path] = std::move(*before->node);
  }
  journal_.clear();
}

void ModelTree::remember(const std::string& path) {
  const ModelNode* node = find(path);
  journal_.push_back({path, node == nullptr ? std::nullopt : std::optional<ModelNode>(*node)});
}

void ModelTree::create(const std::string& path, ModelNode node) {
  KASSERT(find(path) == nullptr);
  remember(path);
  nodes_[path] = std::move(node);
  children_[path];
  children_.find(model_parent(path))->second.insert(path.substr(path.rfind('/') + 1));
}

void ModelTree::remove(const std::string& path) {
  KASSERT(find(path) != nullptr);
  KASSERT(children(path).empty());
  remember(path);
  nodes_.erase(path);
  children_.erase(path);
  children_.find(model_parent(path))->second.erase(path.substr(path.rfind('/') + 1));
}

ModelNode& ModelTree::edit(const std::string& path) {
  remember(path);
  return nodes_.find(path)->second;
}

std::uint64_t ModelTree::node_digest(std::string_view path, const ModelNode& node) const {
  if (path.starts_with("/zookeeper/")) return 0;
  std::uint32_t crc = crc32(path == "/" ? std::string_view{} : path);
  if (node.data) crc = crc32(*node.data, crc);
  Vector<char> bytes;
  ByteWriter out(bytes);
  for (const Zxid zxid : {node.czxid, node.mzxid, node.pzxid}) out.i64(zxid.value);
  out.i64(node.ctime.millis);
  out.i64(node.mtime.millis);
  out.i32(node.version);
  out.i32(node.creations);
  out.i32(node.aversion);
  out.i64(node.owner);
  return crc32(view(bytes), crc);
}

}  // namespace vivarium::sim
