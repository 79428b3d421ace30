// Arguments; see the header.
#include "cmd/cli/text/program_options.h"

#include "cmd/cli/text/paths.h"
#include "cmd/cli/text/words.h"

namespace vivarium::cli {
namespace {

constexpr const char* kDefaultPort = "2181";

std::string checked_port(std::string_view text) {
  const std::string complaint = "not a port: '" + std::string(text) + "'";
  const std::int32_t port = parse_int(text, complaint);
  if (port < 1 || port > 65535) throw CommandFailed(complaint);
  return std::string(text);
}

ServerName parse_server(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const std::size_t closing = text.find(']');
    if (closing == std::string_view::npos) throw CommandFailed("no ']' in server '" + std::string(text) + "'");
    const std::string_view rest = text.substr(closing + 1);
    if (!rest.empty() && rest.front() != ':') throw CommandFailed("not a server: '" + std::string(text) + "'");
    return {std::string(text.substr(1, closing - 1)), rest.empty() ? kDefaultPort : checked_port(rest.substr(1))};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {std::string(text), kDefaultPort};
  return {std::string(text.substr(0, colon)), checked_port(text.substr(colon + 1))};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

ConnectString parse_connect_string(std::string_view text) {
  ConnectString result;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && slash + 1 < text.size()) {
    result.chroot = text.substr(slash);
    check_path(result.chroot);
  }
  std::string_view rest = text.substr(0, slash);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view server = trimmed(rest.substr(0, comma));
    if (!server.empty()) result.servers.push_back(parse_server(server));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  if (result.servers.empty()) throw CommandFailed("no server in connect string '" + std::string(text) + "'");
  return result;
}

ProgramOptions parse_program_options(std::span<const std::string> arguments) {
  ProgramOptions options;
  std::size_t at = 0;
  const auto value = [&arguments, &at](const std::string& option) -> const std::string& {
    if (++at == arguments.size()) throw CommandFailed("Error: no argument found for option " + option);
    return arguments[at];
  };
  for (; at < arguments.size(); ++at) {
    const std::string& word = arguments[at];
    if (word == "-server") {
      options.server = value(word);
    } else if (word == "-timeout") {
      const std::string& text = value(word);
      options.timeout_ms = parse_int(text, "not a number of milliseconds: '" + text + "'");
    } else if (word == "-r") {
      options.read_only = true;
    } else if (word == "-waitforconnection") {
      options.wait_for_connection = true;
    } else if (word == "-help" || word == "--help" || word == "-h") {
      options.help = true;
    } else if (!word.empty() && word.front() == '-') {
      throw CommandFailed("unknown option " + word + "; vivarium-cli --help lists them");
    } else {
      options.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(at), arguments.end());
      break;
    }
  }
  return options;
}

}  // namespace vivarium::cli
