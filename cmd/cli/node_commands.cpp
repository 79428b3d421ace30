// Commands on one node: create, delete, get, set, stat, ls and its old form ls2.
#include "cmd/cli/commands.h"
#include "cmd/cli/text/base64.h"
#include "cmd/cli/text/format.h"

namespace vivarium::cli {
namespace {

std::int64_t wanted_ttl(const ParsedWords& words) {
  const std::int64_t ttl = parse_long(words.value("t"), "-t argument must be a long value");
  if (words.has("e")) throw CommandFailed("TTLs cannot be used with Ephemeral znodes");
  if (words.has("c")) throw CommandFailed("TTLs cannot be used with Container znodes");
  if (ttl <= 0 || ttl > limits::kMaxTtl) {
    throw CommandFailed("ttl must be positive and cannot be larger than: " + std::to_string(limits::kMaxTtl));
  }
  return ttl;
}

std::int32_t wanted_flags(const ParsedWords& words) {
  using namespace create_flags;
  const bool sequential = words.has("s");
  if (words.has("c")) return kContainer;
  if (words.has("e")) return sequential ? kEphemeralSequential : kEphemeral;
  if (words.has("t")) return sequential ? kPersistentSequentialWithTtl : kPersistentWithTtl;
  return sequential ? kPersistentSequential : kPersistent;
}

void create(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  const std::vector<std::string>& arguments = words.arguments();
  if (words.has("c") && (words.has("e") || words.has("s"))) {
    throw CommandFailed("-c cannot be combined with -s or -e. Containers cannot be ephemeral or sequential.");
  }
  const std::int64_t ttl = words.has("t") ? wanted_ttl(words) : 0;
  const MaybeBytes data = arguments.size() > 1 ? MaybeBytes(arguments[1]) : std::nullopt;
  Vector<char> acl(open_acl().begin(), open_acl().end());
  if (arguments.size() > 2) {
    const AclText parsed = parse_acl(arguments[2]);
    print_complaints(context, parsed);
    acl = encode_acl(parsed);
    if (parsed.entries.empty()) {
      context.console.err_line(error_text(ErrorCode::kInvalidAcl, ""));
      throw Refused(ErrorCode::kInvalidAcl, "");
    }
  }
  try {
    context.console.err_line("Created " + context.nodes.create(path, data, view(acl), wanted_flags(words), ttl));
  } catch (const Refused& refused) {
    if (refused.code() == ErrorCode::kInvalidAcl) context.console.err_line(refused.error());
    if (refused.code() == ErrorCode::kEphemeralOnLocalSession) {
      context.console.err_line("Unable to create ephemeral node on a local session");
    }
    throw;
  }
}

void remove(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  std::int32_t version = wanted_version(words);
  if (words.arguments().size() > 1) {
    context.console.err_line(
        "'delete path [version]' has been deprecated. Please use 'delete [-v version] path' instead.");
    if (!words.has("v")) version = parse_int(words.arguments()[1], "version must be an int value");
  }
  context.nodes.remove(path, version);
}

void get(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  const bool watch = wants_watch(context, words, "get path [watch]", "get [-s] [-w] path");
  const Znodes::Data data = context.nodes.get(path, watch);
  const std::string bytes = data.bytes.value_or("null");
  const std::string shown = words.has("x") ? hex_dump(bytes) : words.has("b") ? encode_base64(bytes) : bytes;
  context.console.out(shown + "\n");
  if (words.has("s")) context.console.out(stat_text(data.stat));
}

void set(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  std::string data = argument(words, 1);
  if (words.has("b")) {
    const std::optional<std::string> decoded = decode_base64(data);
    if (!decoded) throw CommandFailed("Illegal base64: " + data);
    data = *decoded;
  }
  const Stat stat = context.nodes.set(path, data, wanted_version(words));
  if (words.has("s")) context.console.out(stat_text(stat));
}

void stat(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  const bool watch = wants_watch(context, words, "stat path [watch]", "stat [-w] path");
  const std::optional<Stat> found = context.nodes.exists(path, watch);
  if (!found) throw Refused(ErrorCode::kNoNode, path);
  context.console.out(stat_text(*found));
}

void ls(CommandContext& context, const ParsedWords& words) {
  if (words.has("?")) {
    context.console.out("usage: ls [options] path\n -?   help\n -R   recurse\n -s   stat\n -w   watch\n");
  }
  const std::string& path = argument(words, 0);
  const bool watch = wants_watch(context, words, "ls path [watch]", "ls [-w] path");
  if (words.has("R")) {
    visit_subtree(context.nodes, path, watch,
                  [&context](const std::string& found) { context.console.out(found + "\n"); });
    return;
  }
  const Znodes::Children children = context.nodes.children(path, watch);
  context.console.out(list_text(children.names) + "\n");
  if (words.has("s")) context.console.out(stat_text(children.stat));
}

void ls2(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  context.console.err_line("'ls2' has been deprecated. Please use 'ls [-s] path' instead.");
  const Znodes::Children children = context.nodes.children(path, words.arguments().size() > 1);
  context.console.out(list_text(children.names) + "\n" + stat_text(children.stat));
}

constexpr OptionSpec kCreateOptions[] = {{"e"}, {"s"}, {"c"}, {"t", true}};
constexpr OptionSpec kDeleteOptions[] = {{"v", true}};
constexpr OptionSpec kGetOptions[] = {{"s"}, {"w"}, {"b"}, {"x"}};
constexpr OptionSpec kSetOptions[] = {{"s"}, {"v", true}, {"b"}};
constexpr OptionSpec kStatOptions[] = {{"w"}};
constexpr OptionSpec kLsOptions[] = {{"?"}, {"s"}, {"w"}, {"R"}};

constexpr const char* kGetLines =
    "\n -b   Output data in base64 format\n -s   Print znode stats additionally\n -w   Watch for changes on the znode"
    "\n -x   Output data in hexdump format\n";
constexpr const char* kSetLines =
    "\n -b         Supply data in base64 format\n -s         Print znode stats additionally"
    "\n -v <arg>   Set with an expected version\n";

constexpr Command kCommands[] = {
    {"create", "[-s] [-e] [-c] [-t ttl] path [data] [acl]", "", kCreateOptions, create},
    {"delete", "[-v version] path", "", kDeleteOptions, remove},
    {"get", "[-s] [-w] [-b] [-x] path", kGetLines, kGetOptions, get},
    {"set", "path data [-s] [-v version] [-b]", kSetLines, kSetOptions, set},
    {"stat", "[-w] path", "", kStatOptions, stat},
    {"ls", "[-s] [-w] [-R] path", "", kLsOptions, ls},
    {"ls2", "path [watch]", "", {}, ls2},
};

}  // namespace

std::span<const Command> node_commands() { return kCommands; }

}  // namespace vivarium::cli
