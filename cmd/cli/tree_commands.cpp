// Commands on subtrees: deleteall and its old form rmr.
#include <algorithm>

#include "cmd/cli/commands.h"

namespace vivarium::cli {
namespace {

constexpr std::int32_t kDefaultBatch = 1000;

/// Parents before children, level by level.
std::vector<std::string> list_subtree(const Znodes& nodes, const std::string& path) {
  std::vector<std::string> paths{path};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string parent = paths[i];
    for (const std::string& name : nodes.children(parent).names) paths.push_back(join_path(parent, name));
  }
  return paths;
}

void delete_all(CommandContext& context, const std::string& path, std::int32_t batch_size) {
  check_path(path);
  std::vector<std::string> left = list_subtree(context.nodes, path);
  while (!left.empty()) {  // from the leaves up
    if (batch_size <= 0) {
      context.nodes.remove(left.back());
      left.pop_back();
      continue;
    }
    const auto size = std::min(left.size(), static_cast<std::size_t>(batch_size));
    const std::vector<std::string> batch(left.rbegin(), left.rbegin() + static_cast<std::ptrdiff_t>(size));
    left.resize(left.size() - size);
    if (!context.nodes.remove_together(batch)) throw CommandFailed("Failed to delete some node(s) in the subtree!");
  }
}

void deleteall(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  const std::int32_t batch_size =
      words.has("b") ? parse_int(words.value("b"), "-b argument must be an int value") : kDefaultBatch;
  delete_all(context, path, batch_size);
}

void rmr(CommandContext& context, const ParsedWords& words) {
  const std::string& path = argument(words, 0);
  context.console.err_line("The command 'rmr' has been deprecated. Please use 'deleteall' instead.");
  delete_all(context, path, kDefaultBatch);
}

constexpr OptionSpec kDeleteAllOptions[] = {{"b", true}};

constexpr Command kCommands[] = {
    {"deleteall", "path [-b batch size]", "", kDeleteAllOptions, deleteall},
    {"rmr", "path", "", {}, rmr},
};

}  // namespace

std::span<const Command> tree_commands() { return kCommands; }

}  // namespace vivarium::cli
