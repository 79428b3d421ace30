// The table of commands and what they share; see the header.
#include "cmd/cli/commands.h"

namespace vivarium::cli {

std::vector<const Command*> all_commands() {
  std::vector<const Command*> commands;
  for (const auto table :
       {node_commands(), tree_commands(), access_commands(), watch_commands(), quota_commands(), ensemble_commands()}) {
    for (const Command& command : table) commands.push_back(&command);
  }
  return commands;
}

const Command* find_command(std::string_view name) {
  for (const Command* command : all_commands()) {
    if (command->name == name) return command;
  }
  return nullptr;
}

void run_command(const Command& command, CommandContext& context, const std::vector<std::string>& words) {
  try {
    command.run(context, parse_words(command.options, words));
  } catch (const UsageError&) {
    throw CommandFailed(std::string(command.name) + " " + std::string(command.usage) +
                        std::string(command.option_lines));
  }
}

const std::string& argument(const ParsedWords& words, std::size_t index) {
  if (index >= words.arguments().size()) throw UsageError();
  return words.arguments()[index];
}

bool wants_watch(CommandContext& context, const ParsedWords& words, std::string_view old_form,
                 std::string_view new_form) {
  if (words.arguments().size() < 2) return words.has("w");
  context.console.err_line("'" + std::string(old_form) + "' has been deprecated. Please use '" + std::string(new_form) +
                           "' instead.");
  return true;
}

std::int32_t wanted_version(const ParsedWords& words) {
  return words.has("v") ? parse_int(words.value("v"), "-v argument must be an int value") : -1;
}

void print_complaints(CommandContext& context, const AclText& acl) {
  for (const std::string& complaint : acl.complaints) context.console.err_line(complaint);
}

}  // namespace vivarium::cli
