// Commands on who may do what: getAcl, setAcl, addauth, whoami.
#include "cmd/cli/commands.h"
#include "cmd/cli/text/format.h"

namespace vivarium::cli {
namespace {

void get_acl(CommandContext& context, const ParsedWords& words) {
  const Znodes::AclOfNode acl = context.nodes.get_acl(argument(words, 0));
  for (const AclText::Entry& entry : acl.entries) {
    context.console.out("'" + entry.scheme + ",'" + entry.id + "\n: " + permissions_text(entry.permissions) + "\n");
  }
  if (words.has("s")) context.console.out(stat_text(acl.stat));
}

void set_acl(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  const AclText acl = parse_acl(argument(words, 1));
  print_complaints(context, acl);
  const std::int32_t version = wanted_version(words);
  if (!words.has("R")) {
    const Stat stat = context.nodes.set_acl(path, acl, version);
    if (words.has("s")) context.console.out(stat_text(stat));
    return;
  }
  visit_subtree(context.nodes, path, false, [&](const std::string& found) {
    try {
      context.nodes.set_acl(found, acl, version);
    } catch (const Refused& refused) {  // the others may still be changed
      context.console.out(refused.error());
    }
  });
}

void addauth(CommandContext& context, const ParsedWords& words) {
  const std::string& scheme = argument(words, 0);
  const std::string credential = words.arguments().size() > 1 ? words.arguments()[1] : "";
  context.nodes.session().add_auth(scheme, credential);  // a refusal ends the session, which is told as an event
}

void whoami(CommandContext& context, const ParsedWords&) {
  const Reply reply = context.nodes.session().call(requests::who_am_i());
  if (!reply.ok()) throw Refused(reply.error, "");
  WhoAmIReader reader(reply.body);
  context.console.out("Auth scheme: User\n");
  while (!reader.done()) {
    const WhoAmIReader::Entry entry = reader.next();
    context.console.out(std::string(entry.scheme) + ": " + std::string(entry.user) + "\n");
  }
}

constexpr OptionSpec kGetAclOptions[] = {{"s"}};
constexpr OptionSpec kSetAclOptions[] = {{"s"}, {"v", true}, {"R"}};

constexpr Command kCommands[] = {
    {"getAcl", "[-s] path", "", kGetAclOptions, get_acl},
    {"setAcl", "[-s] [-v version] [-R] path acl", "", kSetAclOptions, set_acl},
    {"addauth", "scheme auth", "", {}, addauth},
    {"whoami", "", "", {}, whoami},
};

}  // namespace

std::span<const Command> access_commands() { return kCommands; }

}  // namespace vivarium::cli
