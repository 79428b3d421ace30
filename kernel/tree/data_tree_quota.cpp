// The part of DataTree that keeps quotas: which nodes under /zookeeper/quota mean something, and their counts.
//
// Counts are changed by every create, delete and setData below a quota, of each quota above the node. The stats node is
// rewritten in place: no version, zxid or digest follows from it, so servers that do not keep quotas still agree.
#include "kernel/base/assert.h"
#include "kernel/base/slice.h"
#include "kernel/tree/data_tree.h"
#include "kernel/tree/path.h"

namespace vivarium {
namespace {

/// The path that `node_path` is a quota node of, when it is called `name`: "/zookeeper/quota<path>/<name>". Empty when
/// it is none. There are no quotas on "/" nor on ZooKeeper's own nodes.
std::string_view quota_subject(std::string_view node_path, std::string_view name) {
  if (!is_at_or_below(node_path, kQuotaRoot)) return {};
  if (last_component(node_path) != name) return {};
  const std::string_view subject = slice(parent_path(node_path), kQuotaRoot.size());
  return is_at_or_below(subject, kSystemRoot) ? std::string_view{} : subject;
}

String stats_path(std::string_view subject) {
  String path = to_string(kQuotaRoot);
  path.append(subject.data(), subject.size());
  path.push_back('/');
  path.append(kQuotaStatsName.data(), kQuotaStatsName.size());
  return path;
}

}  // namespace

void DataTree::account(std::string_view path, std::int64_t count_delta, std::int64_t bytes_delta) {
  if (quotas_.empty()) return;
  quotas_.for_each_above(path, [&](Quota& quota) {
    quota.usage.count += count_delta;
    quota.usage.bytes += bytes_delta;
    show_usage(quota);
  });
}

void DataTree::show_usage(const Quota& quota) {
  KASSERT(quota.usage.count >= 0);
  KASSERT(quota.usage.bytes >= 0);
  if (quota.stats_node == kNoNode) return;
  const String text = format_quota_usage(quota.usage);
  replace_data(quota.stats_node, view(text));
}

QuotaUsage DataTree::measure(std::string_view path) const {
  QuotaUsage usage;
  const NodeId top = nodes_.find(path);
  if (top == kNoNode) return usage;
  nodes_.for_each_in_subtree(top, [&](NodeId id) {
    ++usage.count;
    usage.bytes += static_cast<std::int64_t>(nodes_[id].data_or_empty().size());
  });
  return usage;
}

/// A node was created, loaded or given other data.
void DataTree::on_quota_node_changed(NodeId id, std::string_view path) {
  if (!path.starts_with(kQuotaRoot)) return;
  if (const std::string_view subject = quota_subject(path, kQuotaLimitsName); !subject.empty()) {
    Quota quota;
    if (const Quota* known = quotas_.find(subject)) {
      quota = *known;
    } else {
      quota.usage = measure(subject);
      quota.stats_node = nodes_.find(view(stats_path(subject)));
    }
    quota.limits = parse_quota_limits(nodes_[id].data_or_empty());
    quotas_.put(subject, quota);
    show_usage(quota);
  }
  if (const std::string_view subject = quota_subject(path, kQuotaStatsName); !subject.empty()) {
    Quota* quota = quotas_.find(subject);
    if (quota == nullptr) return;
    quota->stats_node = id;
    show_usage(*quota);
  }
}

void DataTree::on_quota_node_removed(std::string_view path) {
  if (!path.starts_with(kQuotaRoot)) return;
  if (const std::string_view subject = quota_subject(path, kQuotaLimitsName); !subject.empty()) quotas_.erase(subject);
  if (const std::string_view subject = quota_subject(path, kQuotaStatsName); !subject.empty()) {
    if (Quota* quota = quotas_.find(subject)) quota->stats_node = kNoNode;
  }
}

void DataTree::load_quotas() {
  Vector<NodeId> limits;
  nodes_.for_each_in_subtree(nodes_.find(kQuotaRoot), [&](NodeId id) {
    if (nodes_[id].name() == kQuotaLimitsName) limits.push_back(id);
  });
  for (const NodeId id : limits) on_quota_node_changed(id, view(nodes_.path_of(id)));
}

}  // namespace vivarium
