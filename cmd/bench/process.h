// The server under measurement as the operating system sees it: processor time and resident memory; and starting one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cmd/bench/connection.h"

namespace vivarium::bench {

struct Usage {
  double cpu_seconds = 0;  // user + system, summed over the processes
  std::int64_t resident_bytes = 0;
};
/// Processes that are gone count as zero.
Usage usage_of(const std::vector<pid_t>& pids);

/// A server started by the benchmark in a directory of its own; killed and removed at the end.
class ServerProcess {
 public:
  enum class Kind { kVivarium, kApache };
  /// `extra` are further lines of its zoo.cfg.
  ServerProcess(Kind kind, std::string binary_directory, std::string extra);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Starts it and returns the seconds until a session was accepted. Throws when that takes over 120 s.
  double start();
  /// kill -9.
  void kill();
  const Address& address() const { return address_; }
  std::vector<pid_t> pids() const { return {pid_}; }

 private:
  Kind kind_;
  std::string binary_directory_;
  std::string directory_;
  Address address_;
  pid_t pid_ = -1;
};

/// Debian's Apache ZooKeeper is installed.
bool apache_available();

}  // namespace vivarium::bench
