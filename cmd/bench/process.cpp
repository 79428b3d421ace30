// Starts, measures and ends server processes; see process.h.
#include "cmd/bench/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace vivarium::bench {
namespace {

constexpr const char* kApacheJar = "/usr/share/java/zookeeper.jar";

std::vector<std::string> stat_fields(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto after_name = text.rfind(')');
  if (after_name == std::string::npos) return {};
  std::istringstream words(text.substr(after_name + 2));
  return {std::istream_iterator<std::string>(words), {}};
}

}  // namespace

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof any;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&any), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&any), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(any.sin_port);
}

Usage usage_of(const std::vector<pid_t>& pids) {
  Usage total;
  for (const pid_t pid : pids) {
    const auto fields = stat_fields(pid);
    if (fields.size() < 22) continue;
    total.cpu_seconds += static_cast<double>(std::stoll(fields[11]) + std::stoll(fields[12])) /
                         static_cast<double>(::sysconf(_SC_CLK_TCK));
    total.resident_bytes += std::stoll(fields[21]) * ::sysconf(_SC_PAGESIZE);
  }
  return total;
}

bool apache_available() { return std::filesystem::exists(kApacheJar); }

ServerProcess::ServerProcess(Kind kind, std::string binary_directory, std::string extra)
    : kind_(kind), binary_directory_(std::move(binary_directory)), address_{"127.0.0.1", free_port()} {
  std::string pattern = (std::filesystem::temp_directory_path() / "vivarium-bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
  std::ofstream config(directory_ + "/zoo.cfg");
  config << "tickTime=2000\ndataDir=" << directory_ << "/data\nclientPort=" << address_.port
         << "\nclientPortAddress=127.0.0.1\nmaxClientCnxns=0\nadmin.enableServer=false\n"
         << extra;
  std::filesystem::create_directory(directory_ + "/data");
}

ServerProcess::~ServerProcess() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void ServerProcess::be_member(int id) { std::ofstream(directory_ + "/data/myid") << id << '\n'; }

void ServerProcess::wipe() { std::filesystem::remove_all(directory_ + "/data/version-2"); }

double ServerProcess::start() {
  launch();
  return wait();
}

void ServerProcess::launch() {
  launched_ = std::chrono::steady_clock::now();
  const std::string config = directory_ + "/zoo.cfg", log = directory_ + "/log",
                    binary = binary_directory_ + "/vivarium-server";
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ != 0) return;
  const int fd = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
  ::dup2(fd, 1);
  ::dup2(fd, 2);
  if (::chdir(directory_.c_str()) != 0) ::_exit(126);
  if (kind_ == Kind::kVivarium) {
    ::execl(binary.c_str(), binary.c_str(), config.c_str(), nullptr);
  } else {
    ::execlp("java", "java", "-Xmx4g", "-Dzookeeper.admin.enableServer=false", "-cp",
             "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar", "org.apache.zookeeper.server.quorum.QuorumPeerMain",
             config.c_str(), nullptr);
  }
  ::_exit(127);
}

double ServerProcess::wait() {
  auto seconds = [this] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - launched_).count(); };
  while (seconds() < 120) {
    try {
      Connection probe(address_, 10'000);
      const double taken = seconds();
      probe.close_session();
      probe.drain();
      return taken;
    } catch (const std::exception&) {
      if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = -1;
        throw std::runtime_error("the server exited at start; its log is " + directory_ + "/log");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  throw std::runtime_error("no session accepted within 120 s");
}

void ServerProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace vivarium::bench
