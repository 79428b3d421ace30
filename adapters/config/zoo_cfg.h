// zoo.cfg -> ServerConfig: Apache's keys, defaults and start-up checks.
//
// An unknown key is a warning with a suggestion, a wrong value is an error; both name file and line. Nothing is guessed
// and nothing is dropped silently, except the settings of Java's own machinery (threads, caches) that have no meaning
// here. Must never: touch the network, or write to disk. It reads the files that zoo.cfg names (myid,
// dynamicConfigFile).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/config/server_config.h"

namespace vivarium {

struct ConfigReport {
  ServerConfig config;                // meaningful only when there are no errors
  std::vector<std::string> warnings;  // "FILE:LINE: ..."
  std::vector<std::string> errors;    // "FILE:LINE: key: expected ..., got '...'"
  int exit_code = 2;                  // of a process that stops because of the errors
  bool ok() const { return errors.empty(); }
};

/// Contents of a file; nullopt when there is none. A seam for tests and the fuzzer.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

ConfigReport parse_zoo_cfg(std::string_view text, const std::string& file_name, const ReadFile& read_file);
ConfigReport load_zoo_cfg(const std::string& path);

/// What a server without a zoo.cfg runs on: port 2181 on loopback, data under ./data.
ConfigReport embedded_config();
/// Apache's other command line: port dataDir [tickTime [maxClientCnxns]].
ConfigReport config_from_arguments(const std::vector<std::string>& arguments);

}  // namespace vivarium
