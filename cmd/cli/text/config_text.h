// The text of a dynamic configuration ("server.1=host:p:p:participant;host:port", ..., "version=..").
#pragma once

#include <string>
#include <string_view>

namespace vivarium::cli {

/// The version and the client addresses of all servers: "100000000 a:2181,b:2181".
std::string client_config(std::string_view config);
/// The lines of a configuration file that speak of members.
std::string membership_lines(std::string_view file);

}  // namespace vivarium::cli
