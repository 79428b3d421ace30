// Configuration text; see the header.
#include "cmd/cli/text/config_text.h"

#include <algorithm>

namespace vivarium::cli {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  const std::size_t end = text.find_last_not_of(kBlanks) + 1;
  return end <= begin ? std::string_view{} : text.substr(begin, end - begin);
}

bool begins_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

/// Calls visit(line) for each line that is no comment.
template <class Visit>
void for_each_line(std::string_view text, Visit&& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(text.substr(at, end - at));
    at = end + 1;
    if (!line.empty() && line[0] != '#' && line[0] != '!') visit(line);
  }
}

/// What stands behind the ';' of a server: "host:port", or a port alone, which means every address.
std::string client_address(std::string_view server) {
  const std::size_t semicolon = server.find(';');
  if (semicolon == std::string_view::npos) return "";
  const std::string_view address = trimmed(server.substr(semicolon + 1));
  const bool is_port = address.find(':') == std::string_view::npos;
  return (is_port ? "0.0.0.0:" : "") + std::string(address);
}

}  // namespace

std::string client_config(std::string_view config) {
  std::string version, addresses;
  bool first = true;
  for_each_line(config, [&](std::string_view line) {
    const std::size_t equals = std::min(line.find('='), line.size());
    const std::string_view key = trimmed(line.substr(0, equals));
    const std::string_view value = trimmed(line.substr(std::min(equals + 1, line.size())));
    if (key == "version") version = value;
    if (!begins_with(key, "server.")) return;
    if (!first) addresses += ',';
    first = false;
    addresses += client_address(value);
  });
  return version + " " + addresses;
}

std::string membership_lines(std::string_view file) {
  std::string lines;
  for_each_line(file, [&lines](std::string_view line) {
    const bool wanted = begins_with(line, "server.") || begins_with(line, "group") || begins_with(line, "weight");
    if (wanted) lines += std::string(line) + "\n";
  });
  return lines;
}

}  // namespace vivarium::cli
