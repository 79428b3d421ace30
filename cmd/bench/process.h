// The server under measurement as the operating system sees it: processor time and resident memory; and starting one.
#pragma once

#include <sys/types.h>

#include <chrono>
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
/// A port of the loopback interface that nobody uses now.
std::uint16_t free_port();

/// A server started by the benchmark in a directory of its own; killed and removed at the end.
class ServerProcess {
 public:
  enum class Kind { kVivarium, kApache };
  /// `extra` are further lines of its zoo.cfg.
  ServerProcess(Kind kind, std::string binary_directory, std::string extra);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Makes it the member `id` of an ensemble; its `extra` lines name all members.
  void be_member(int id);
  /// launch() and wait().
  double start();
  /// Starts the process.
  void launch();
  /// The seconds since the start until a session was accepted. Throws when that takes over 120 s.
  double wait();
  /// kill -9.
  void kill();
  /// Takes its logs and snapshots away; it must not run.
  void wipe();
  const Address& address() const { return address_; }
  std::vector<pid_t> pids() const { return {pid_}; }

 private:
  Kind kind_;
  std::string binary_directory_;
  std::string directory_;
  Address address_;
  pid_t pid_ = -1;
  std::chrono::steady_clock::time_point launched_;
};

/// Debian's Apache ZooKeeper is installed.
bool apache_available();

}  // namespace vivarium::bench
