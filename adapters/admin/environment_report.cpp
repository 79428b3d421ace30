// envi: the machine and the user that the server runs as. Java's own properties are "<NA>", which is what Apache prints
// for a property that is not there.
#include <fmt/format.h>
#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/admin/reports.h"
#include "adapters/admin/version.h"

namespace vivarium {
namespace {

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? std::string(name) : std::string("<NA>");
}

/// A "Key:   123 kB" line of a /proc file, in MB.
std::string megabytes(const char* file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key)) return fmt::format("{}MB", std::strtoll(line.c_str() + key.size(), nullptr, 10) / 1024);
  }
  return "<NA>";
}

}  // namespace

std::string environment_report() {
  utsname system{};
  uname(&system);
  const passwd* user = getpwuid(geteuid());
  std::string text = "Environment:\n";
  auto add = [&text](std::string_view key, std::string_view value) { text += fmt::format("{}={}\n", key, value); };
  add("zookeeper.version", kServerVersion);
  add("host.name", host_name());
  for (const char* java : {"java.version", "java.vendor", "java.home", "java.class.path", "java.library.path",
                           "java.io.tmpdir", "java.compiler"}) {
    add(java, "<NA>");
  }
  add("os.name", system.sysname);
  add("os.arch", system.machine == std::string_view("x86_64") ? "amd64" : system.machine);  // Java's name
  add("os.version", system.release);
  add("user.name", user == nullptr ? "<NA>" : user->pw_name);
  add("user.home", user == nullptr ? "<NA>" : user->pw_dir);
  std::error_code gone;
  add("user.dir", std::filesystem::current_path(gone).string());
  add("os.memory.free", megabytes("/proc/meminfo", "MemAvailable:"));
  add("os.memory.max", megabytes("/proc/meminfo", "MemTotal:"));
  add("os.memory.total", megabytes("/proc/self/status", "VmRSS:"));
  return text;
}

}  // namespace vivarium
