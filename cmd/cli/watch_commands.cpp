// Commands on watches: addWatch, removewatches.
#include <algorithm>
#include <cctype>

#include "cmd/cli/commands.h"
#include "cmd/cli/text/format.h"

namespace vivarium::cli {
namespace {

AddWatchMode parse_mode(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  if (text == "PERSISTENT") return AddWatchMode::kPersistent;
  if (text == "PERSISTENT_RECURSIVE") return AddWatchMode::kPersistentRecursive;
  throw UsageError();
}

void add_watch(CommandContext& context, const ParsedWords& words) {
  if (words.arguments().size() != 1) throw UsageError();
  const AddWatchMode mode = words.has("m") ? parse_mode(words.value("m")) : AddWatchMode::kPersistentRecursive;
  context.nodes.add_watch(words.arguments()[0], mode);
}

WatcherType wanted_type(const ParsedWords& words) {
  if (words.has("c")) return WatcherType::kChildren;
  if (words.has("d")) return WatcherType::kData;
  if (words.has("p")) return WatcherType::kPersistent;
  if (words.has("r")) return WatcherType::kPersistentRecursive;
  return WatcherType::kAny;
}

/// The events that tell of the removal of what this client watches there.
std::vector<EventType> removal_events(const WatchRegistry& watches, std::string_view path, WatcherType type) {
  const auto has = [&](WatcherType asked, WatchKind kind) {
    return (type == WatcherType::kAny || type == asked) && watches.contains(kind, path);
  };
  std::vector<EventType> events;
  if (has(WatcherType::kChildren, WatchKind::kChildren)) events.push_back(EventType::kChildWatchRemoved);
  if (has(WatcherType::kData, WatchKind::kData) || has(WatcherType::kData, WatchKind::kExists)) {
    events.push_back(EventType::kDataWatchRemoved);
  }
  if (has(WatcherType::kPersistent, WatchKind::kPersistent) ||
      has(WatcherType::kPersistentRecursive, WatchKind::kPersistentRecursive)) {
    events.push_back(EventType::kPersistentWatchRemoved);
  }
  return events;
}

void remove_watches(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  check_path(path);
  Session& session = context.nodes.session();
  const std::string server_path = context.nodes.chroot().outgoing(path);
  const WatcherType type = wanted_type(words);
  const std::vector<EventType> events = removal_events(session.watches(), server_path, type);
  Reply reply = session.call(requests::remove_watches(server_path, type));
  if (!reply.ok() && words.has("l") && !events.empty()) {
    session.forget_watches(server_path, type);
    reply.error = ErrorCode::kOk;
  }
  if (events.empty()) reply.error = ErrorCode::kNoWatcher;
  if (!reply.ok()) throw Refused(reply.error, path);
  for (const EventType event : events) context.console.notice(node_event_text(event, path));
}

constexpr OptionSpec kAddWatchOptions[] = {{"m", true}};
constexpr OptionSpec kRemoveOptions[] = {{"c"}, {"d"}, {"p"}, {"r"}, {"a"}, {"l"}};

constexpr Command kCommands[] = {
    {"addWatch",
     "[-m mode] path # optional mode is one of [PERSISTENT, PERSISTENT_RECURSIVE] - default is PERSISTENT_RECURSIVE",
     "", kAddWatchOptions, add_watch},
    {"removewatches", "path [-c|-d|-p|-r|-a] [-l]", "", kRemoveOptions, remove_watches},
};

}  // namespace

std::span<const Command> watch_commands() { return kCommands; }

}  // namespace vivarium::cli
