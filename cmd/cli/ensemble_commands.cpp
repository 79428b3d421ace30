// Commands on servers and sessions: config, reconfig, sync, getAllChildrenNumber, getEphemerals, version.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

#include "cmd/cli/commands.h"
#include "cmd/cli/text/config_text.h"
#include "cmd/cli/text/format.h"

namespace vivarium::cli {
namespace {

constexpr const char* kConfigNode = "/zookeeper/config";

void config(CommandContext& context, const ParsedWords& words) {
  const Znodes whole_tree(context.nodes.session(), Chroot());  // the configuration lies outside of any chroot
  const Znodes::Data data = whole_tree.get(kConfigNode, words.has("w"));
  const std::string text = data.bytes.value_or("null");
  context.console.out((words.has("c") ? client_config(text) : text) + "\n");
  if (words.has("s")) context.console.out(stat_text(data.stat));
}

std::string read_membership(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string lines = membership_lines(text);
  if (lines.empty()) throw CommandFailed("Error processing " + path + ": no server in it, or it cannot be read");
  return lines;
}

void check_reconfig_modes(const ParsedWords& words) {
  const bool whole = words.has("file") || words.has("members");
  const bool steps = words.has("add") || words.has("remove");
  if (!whole && !steps) throw UsageError();
  if (whole && steps) {
    throw CommandFailed(
        "Can't use -file or -members together with -add or -remove (mixing incremental and non-incremental modes is "
        "not allowed)");
  }
  if (words.has("file") && words.has("members")) {
    throw CommandFailed("Can't use -file and -members together (conflicting non-incremental modes)");
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

void reconfig(CommandContext& context, const ParsedWords& words) {
  std::int64_t version = -1;
  if (words.has("v")) {
    version = parse_long(words.value("v"), "-v must be followed by a long (configuration version)", 16);
  }
  check_reconfig_modes(words);
  const auto given = [&words](const char* option) { return words.has(option) ? lower(words.value(option)) : ""; };
  const auto or_null = [](const std::string& text) { return text.empty() ? MaybeBytes() : MaybeBytes(text); };
  const std::string joining = given("add");
  const std::string leaving = given("remove");
  const std::string members = words.has("file") ? read_membership(words.value("file")) : given("members");
  const Reply reply =
      context.nodes.session().call(requests::reconfig(or_null(joining), or_null(leaving), or_null(members), version));
  if (!reply.ok()) throw Refused(reply.error, "");
  const DataReply data = expect(decode_data_reply(reply.body));
  context.console.out("Committed new configuration:\n" + std::string(data.data.value_or("")) + "\n");
  if (words.has("s")) context.console.out(stat_text(data.stat));
}

void sync(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  check_path(path);
  const Reply reply = context.nodes.session().call(requests::sync(context.nodes.chroot().outgoing(path)));
  if (!reply.ok()) {
    throw CommandFailed("Sync has failed. rc=" + std::to_string(static_cast<std::int32_t>(reply.error)));
  }
  context.console.out("Sync is OK\n");
}

void get_all_children_number(CommandContext& context, const ParsedWords& words) {
  context.console.out(std::to_string(context.nodes.all_children_number(argument(words, 0))) + "\n");
}

void get_ephemerals(CommandContext& context, const ParsedWords& words) {
  const std::string prefix = words.arguments().empty() ? "/" : words.arguments()[0];
  context.console.out(list_text(context.nodes.ephemerals(prefix)) + "\n");
}

void version(CommandContext& context, const ParsedWords& words) {
  if (!words.arguments().empty()) throw UsageError();
  context.console.out("ZooKeeper CLI version: vivarium-" VIVARIUM_VERSION "\n");
}

constexpr OptionSpec kConfigOptions[] = {{"s"}, {"w"}, {"c"}};
constexpr OptionSpec kReconfigOptions[] = {{"s"},         {"v", true},     {"file", true}, {"members", true},
                                           {"add", true}, {"remove", true}};

constexpr Command kCommands[] = {
    {"config", "[-c] [-w] [-s]", "", kConfigOptions, config},
    {"reconfig",
     "[-s] [-v version] [[-file path] | [-members serverID=host:port1:port2;port3[,...]*]] | "
     "[-add serverId=host:port1:port2;port3[,...]]* [-remove serverId[,...]*]",
     "", kReconfigOptions, reconfig},
    {"sync", "path", "", {}, sync},
    {"getAllChildrenNumber", "path", "", {}, get_all_children_number},
    {"getEphemerals", "path", "", {}, get_ephemerals},
    {"version", "", "", {}, version},
};

}  // namespace

std::span<const Command> ensemble_commands() { return kCommands; }

}  // namespace vivarium::cli
