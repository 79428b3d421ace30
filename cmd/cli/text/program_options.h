// The program's own arguments, and the connect string that names servers and a chroot.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vivarium::cli {

struct ServerName {
  std::string host;
  std::string port;
};

/// host:port[,host:port...][/chroot]; a port that is not given is 2181, an IPv6 address stands in brackets.
struct ConnectString {
  std::vector<ServerName> servers;
  std::string chroot;  // "" for none
};
/// Throws CommandFailed.
ConnectString parse_connect_string(std::string_view text);

struct ProgramOptions {
  std::string server = "localhost:2181";
  std::int32_t timeout_ms = 30'000;
  bool read_only = false;
  bool wait_for_connection = false;
  bool help = false;
  std::vector<std::string> command;  // empty: interactive
};
/// `arguments` without the program's name. Throws CommandFailed.
ProgramOptions parse_program_options(std::span<const std::string> arguments);

}  // namespace vivarium::cli
