// Commands on quotas: setquota, listquota, delquota. A quota of /a is two nodes below /zookeeper/quota/a.
//
// Under a chroot Apache looks for quotas below the chroot, where no server does. Here /zookeeper/quota is the server's,
// and the quota that of the whole path.
#include "cmd/cli/commands.h"
#include "cmd/cli/text/quota_text.h"

namespace vivarium::cli {
namespace {

constexpr const char* kQuotaRoot = "/zookeeper/quota";
constexpr const char* kLimits = "zookeeper_limits";
constexpr const char* kStats = "zookeeper_stats";

/// One node's quota, by the paths of the server.
struct QuotaPlace {
  QuotaPlace(const CommandContext& context, const std::string& user_path)
      : nodes(context.nodes.session(), Chroot()),
        path(user_path),
        server_path(context.nodes.chroot().outgoing(user_path)),
        node(kQuotaRoot + server_path),
        limits(node + "/" + kLimits),
        stats(node + "/" + kStats) {}

  Znodes nodes;
  std::string path, server_path, node, limits, stats;
};

struct QuotaOption {
  const char* option;
  const char* key;
  bool counts_nodes;
};
constexpr QuotaOption kQuotaOptions[] = {{"n", QuotaText::kCount, true},
                                         {"b", QuotaText::kBytes, false},
                                         {"N", QuotaText::kCountHard, true},
                                         {"B", QuotaText::kBytesHard, false}};

constexpr const char* kNotANumber = "NumberFormatException happens when parsing the option value";

std::int64_t wanted_limit(const QuotaOption& option, const std::string& text) {
  if (!option.counts_nodes) {
    const std::int64_t bytes = parse_long(text, kNotANumber);
    if (bytes < 0) throw CommandFailed("the bytes quota must be greater than or equal to zero");
    return bytes;
  }
  const std::int32_t count = parse_int(text, kNotANumber);
  if (count <= 0) throw CommandFailed("the num quota must be greater than zero");
  return count;
}

bool has_limits(const Znodes& nodes, const std::string& quota_node) {
  for (const std::string& name : nodes.children(quota_node).names) {
    if (name == kLimits) return true;
  }
  return false;
}

[[noreturn]] void refuse_relative(const QuotaPlace& place, const char* relation, const std::string& quota_node) {
  throw CommandFailed(place.path + " has a " + relation + " " + quota_node.substr(std::string(kQuotaRoot).size()) +
                      " which has a quota");
}

/// Quotas do not nest.
void check_relatives(const QuotaPlace& place) {
  try {
    visit_subtree(place.nodes, place.node, false, [&place](const std::string& found) {
      if (found != place.node && found != place.limits && found != place.stats && has_limits(place.nodes, found)) {
        refuse_relative(place, "child", found);
      }
    });
  } catch (const Refused& refused) {
    if (refused.code() != ErrorCode::kNoNode) throw;
  }
  const std::size_t root = std::string(kQuotaRoot).size();
  for (std::size_t slash = place.node.find('/', root + 1); slash != std::string::npos;
       slash = place.node.find('/', slash + 1)) {
    const std::string ancestor = place.node.substr(0, slash);
    if (!place.nodes.exists(ancestor)) return;
    if (has_limits(place.nodes, ancestor)) refuse_relative(place, "parent", ancestor);
  }
}

void create_missing(const Znodes& nodes, const std::string& path, MaybeBytes data) {
  if (nodes.exists(path)) return;
  try {
    nodes.create(path, data, open_acl(), create_flags::kPersistent);
  } catch (const Refused& refused) {
    if (refused.code() != ErrorCode::kNodeExists) throw;
  }
}

void warn_of_excess(CommandContext& context, const QuotaText& limits, const QuotaText& used) {
  const auto exceeds = [&](const char* limit, const char* what) {
    return limits.get(limit) > -1 && limits.get(limit) < used.get(what);
  };
  if (exceeds(QuotaText::kCount, QuotaText::kCount) || exceeds(QuotaText::kCountHard, QuotaText::kCount)) {
    context.console.out("[Warning]: the count quota you create is less than the existing count:" +
                        std::to_string(used.get(QuotaText::kCount)) + "\n");
  }
  if (exceeds(QuotaText::kBytes, QuotaText::kBytes) || exceeds(QuotaText::kBytesHard, QuotaText::kBytes)) {
    context.console.out("[Warning]: the bytes quota you create is less than the existing bytes:" +
                        std::to_string(used.get(QuotaText::kBytes)) + "\n");
  }
}

QuotaText read_quota(const Znodes& nodes, const std::string& path) {
  return QuotaText(nodes.get(path).bytes.value_or(""));
}

/// The first limits of a node: the server begins to count when the stats node is there.
void create_quota(CommandContext& context, const QuotaPlace& place, const QuotaText& limits) {
  const std::size_t root = std::string(kQuotaRoot).size();
  create_missing(place.nodes, "/zookeeper", std::nullopt);
  create_missing(place.nodes, kQuotaRoot, std::nullopt);
  for (std::size_t slash = root; slash != std::string::npos;) {
    slash = place.node.find('/', slash + 1);
    create_missing(place.nodes, place.node.substr(0, slash), std::nullopt);
  }
  QuotaText used;
  used.set(QuotaText::kCount, 0);
  used.set(QuotaText::kBytes, 0);
  place.nodes.create(place.limits, limits.text(), open_acl(), create_flags::kPersistent);
  place.nodes.create(place.stats, used.text(), open_acl(), create_flags::kPersistent);
  warn_of_excess(context, read_quota(place.nodes, place.limits), read_quota(place.nodes, place.stats));
}

void setquota(CommandContext& context, const ParsedWords& words) {
  const QuotaOption* chosen = nullptr;
  for (const QuotaOption& option : kQuotaOptions) {
    if (words.has(option.option)) chosen = &option;
  }
  if (chosen == nullptr) {
    throw CommandFailed(
        "Missing required option: [-n num soft quota, -b bytes soft quota, -N num hard quota, -B bytes hard quota]");
  }
  const QuotaPlace place(context, argument(words, 0));
  if (place.server_path.rfind(kQuotaRoot, 0) == 0) {
    throw CommandFailed(std::string("cannot set a quota under the path: ") + kQuotaRoot);
  }
  const std::int64_t limit = wanted_limit(*chosen, words.value(chosen->option));
  if (!context.nodes.exists(place.path)) throw CommandFailed(place.path + " does not exist.");
  check_relatives(place);
  QuotaText limits;
  const bool is_new = !place.nodes.exists(place.limits);
  for (const QuotaOption& option : kQuotaOptions) limits.set(option.key, -1);
  if (!is_new) limits = read_quota(place.nodes, place.limits);
  limits.set(chosen->key, limit);
  if (is_new) return create_quota(context, place, limits);
  warn_of_excess(context, limits, read_quota(place.nodes, place.stats));
  place.nodes.set(place.limits, limits.text());
}

void listquota(CommandContext& context, const ParsedWords& words) {
  const QuotaPlace place(context, argument(words, 0));
  context.console.err_line("absolute path is " + place.limits);
  try {
    const QuotaText limits = read_quota(place.nodes, place.limits);
    const QuotaText used = read_quota(place.nodes, place.stats);
    context.console.out("Output quota for " + place.path + " " + limits.text() + "\n");
    context.console.out("Output stat for " + place.path + " " + used.text() + "\n");
  } catch (const Refused& refused) {
    if (refused.code() != ErrorCode::kNoNode) throw;
    context.console.err_line("quota for " + place.path + " does not exist.");
  }
}

/// Removes the nodes of a quota, and of its ancestors those that have no children left.
void delete_whole_quota(const QuotaPlace& place) {
  for (const std::string& name : place.nodes.children(place.node).names) {
    place.nodes.remove(join_path(place.node, name));
  }
  std::string node = place.node;
  while (node != kQuotaRoot && place.nodes.children(node).names.empty()) {
    place.nodes.remove(node);
    node.resize(node.rfind('/'));
  }
}

void delquota(CommandContext& context, const ParsedWords& words) {
  const QuotaPlace place(context, argument(words, 0));
  if (!place.nodes.exists(place.limits)) {
    context.console.out("Quota does not exist for " + place.path + "\n");
    return;
  }
  for (const QuotaOption& option : kQuotaOptions) {
    if (!words.has(option.option)) continue;
    QuotaText limits = read_quota(place.nodes, place.limits);
    limits.set(option.key, -1);
    place.nodes.set(place.limits, limits.text());
    return;
  }
  delete_whole_quota(place);
}

constexpr OptionSpec kSetOptions[] = {{"n", true, true}, {"b", true, true}, {"N", true, true}, {"B", true, true}};
constexpr OptionSpec kDeleteOptions[] = {
    {"n", false, true}, {"b", false, true}, {"N", false, true}, {"B", false, true}};

constexpr Command kCommands[] = {
    {"setquota", "-n|-b|-N|-B val path", "", kSetOptions, setquota},
    {"listquota", "path", "", {}, listquota},
    {"delquota", "[-n|-b|-N|-B] path", "", kDeleteOptions, delquota},
};

}  // namespace

std::span<const Command> quota_commands() { return kCommands; }

}  // namespace vivarium::cli
