// Every command that needs a session. Those of the shell itself (history, connect, quit, ...) are in shell.h.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/console.h"
#include "cmd/cli/text/words.h"
#include "cmd/cli/znodes.h"

namespace vivarium::cli {

struct CommandContext {
  Znodes nodes;
  Console& console;
};

/// The words do not fit the command: its usage is the message.
class UsageError : public CommandFailed {
 public:
  UsageError() : CommandFailed("") {}
};

struct Command {
  std::string_view name;
  std::string_view usage;         // behind the name, in the list of commands
  std::string_view option_lines;  // further lines when the usage is told as an error
  std::span<const OptionSpec> options;
  void (*run)(CommandContext& context, const ParsedWords& words);
};

std::span<const Command> node_commands();
std::span<const Command> tree_commands();
std::span<const Command> access_commands();
std::span<const Command> watch_commands();
std::span<const Command> quota_commands();
std::span<const Command> ensemble_commands();

/// nullptr: none of that name.
const Command* find_command(std::string_view name);
std::vector<const Command*> all_commands();
/// Throws CommandFailed.
void run_command(const Command& command, CommandContext& context, const std::vector<std::string>& words);

// ---- shared by commands

/// Argument `index`, or UsageError.
const std::string& argument(const ParsedWords& words, std::size_t index);
/// -w, or the old form `COMMAND PATH watch`, which is told that it is old.
bool wants_watch(CommandContext& context, const ParsedWords& words, std::string_view old_form,
                 std::string_view new_form);
/// -v VERSION, or -1.
std::int32_t wanted_version(const ParsedWords& words);
void print_complaints(CommandContext& context, const AclText& acl);

/// Calls visit(path) for `path` and everything below it: a node's children before their children, names in order.
/// Nodes that vanish meanwhile are passed over.
template <class Visit>
void visit_subtree(const Znodes& nodes, const std::string& path, bool watch, Visit&& visit) {
  nodes.get(path, watch);
  visit(path);
  std::vector<std::string> waiting{path};
  while (!waiting.empty()) {
    const std::string parent = std::move(waiting.back());
    waiting.pop_back();
    std::vector<std::string> names;
    try {
      names = nodes.children(parent, watch).names;
    } catch (const Refused& refused) {
      if (refused.code() != ErrorCode::kNoNode) throw;
    }
    for (const std::string& name : names) visit(join_path(parent, name));
    for (auto name = names.rbegin(); name != names.rend(); ++name) waiting.push_back(join_path(parent, *name));
  }
}

}  // namespace vivarium::cli
