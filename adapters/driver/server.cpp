#include "adapters/driver/server.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "adapters/admin/version.h"
#include "adapters/driver/clock.h"
#include "adapters/driver/data_dir_lock.h"
#include "adapters/driver/driver.h"
#include "adapters/driver/exit_code.h"
#include "adapters/driver/peer_ports.h"
#include "adapters/driver/replica_machine.h"
#include "adapters/driver/server_view.h"
#include "adapters/logging/log.h"
#include "adapters/net/dialer.h"
#include "adapters/net/listener.h"
#include "adapters/storage/posix_file_system.h"

namespace vivarium {
namespace {

int code(ExitCode exit) { return static_cast<int>(exit); }

int refuse_start(ExitCode exit, const std::string& why) {
  log_error(why);
  flush_log();
  return code(exit);
}

/// Ten thousand clients need as many descriptors; the hard limit is the operator's.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log_warning("cannot raise the limit of open files");
}

Seed seed_from_system() {
  Seed seed;
  const ssize_t size = getrandom(&seed.value, sizeof seed.value, 0);
  KASSERT(size == static_cast<ssize_t>(sizeof seed.value));
  return seed;
}

void log_ensemble(const ServerConfig& config) {
  const EnsembleConfig& ensemble = config.kernel.ensemble;
  log_info(fmt::format("member {} of an ensemble of {}; initLimit {} ticks, syncLimit {} ticks",
                       config.kernel.my_id.value, ensemble.members.size(), ensemble.init_limit, ensemble.sync_limit));
  for (std::string_view text = view(ensemble.text); !text.empty();) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    log_info(fmt::format("  {}", text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void log_configuration(const ServerConfig& config) {
  const Config& kernel = config.kernel;
  const auto absolute = [](const std::string& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
  };
  log_info(fmt::format("vivarium-server {} (behaves as ZooKeeper {}), configuration from {}", kVivariumVersion,
                       kServerVersion, config.source));
  log_info(fmt::format("data in {}, transaction logs in {}", absolute(config.store.data_dir),
                       absolute(config.store.log_dir)));
  log_info(
      fmt::format("tickTime {} ms, session timeouts {} to {} ms, maxClientCnxns {}, maxCnxns {}, jute.maxbuffer {}, "
                  "snapCount {}, purge every {} ms keeping {} snapshots",
                  kernel.tick.to_millis(), effective_min_session_timeout(kernel), effective_max_session_timeout(kernel),
                  config.limits.per_address, config.limits.total, kernel.max_frame, kernel.snap_count,
                  kernel.purge_interval.to_millis(), kernel.snap_retain_count));
  if (config.store.member) {
    log_ensemble(config);
  } else if (config.myid) {
    log_info(fmt::format("myid is {}; a standalone server does not use it", *config.myid));
  }
  if (!config.store.force_sync)
    log_warning("forceSync=no: acknowledged writes may be lost when the machine loses power");
  if (kernel.skip_acl) log_warning("skipACL=yes: access control lists are not checked");
  log_info("the AdminServer (HTTP) and metrics providers are not part of this build; use the four-letter words");
}

ExitCode exit_of(RecoveryError::Kind kind) {
  switch (kind) {
    case RecoveryError::Kind::kDataDirectory:
      return ExitCode::kDataDirectory;
    case RecoveryError::Kind::kDamaged:
    case RecoveryError::Kind::kUnsupported:
      return ExitCode::kInvalidInvocation;
    case RecoveryError::Kind::kIo:
      return ExitCode::kUnexpected;
  }
  return ExitCode::kUnexpected;
}

void log_recovery(const RecoveredState& recovered, const std::vector<std::string>& notes, std::int64_t took_ms) {
  for (const std::string& note : notes) log_info(note);
  log_info(fmt::format(
      "recovered in {} ms: snapshot 0x{:x}, {} transactions replayed, last zxid 0x{:x}, {} nodes, {} sessions", took_ms,
      static_cast<std::uint64_t>(recovered.snapshot_zxid.value), recovered.txns_since_snapshot,
      static_cast<std::uint64_t>(recovered.last_zxid.value), recovered.tree.node_count(), recovered.sessions.size()));
}

/// The thread that accepts clients and takes signals: everything that is not worth a place in the driver's loop.
class ControlThread {
 public:
  explicit ControlThread(Inbox& inbox) : inbox_(inbox), signals_(io_, SIGTERM, SIGINT) { take_signals(); }
  ~ControlThread() { stop(); }
  /// What runs on it may be destroyed afterwards.
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  boost::asio::io_context& io() { return io_; }
  void start() {
    thread_ = std::thread([this] { io_.run(); });
  }

 private:
  void take_signals() {
    signals_.async_wait([this](boost::system::error_code error, int signal) {
      if (error) return;
      if (stopping_) std::_Exit(128 + signal);
      stopping_ = true;
      log_info(fmt::format("signal {}: shutting down", signal));
      inbox_.post_shutdown();
      take_signals();
    });
  }

  Inbox& inbox_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  bool stopping_ = false;
  std::thread thread_;
};

/// A second, or until somebody wants the server to stop: then false.
bool wait_a_second(const Inbox& inbox) {
  pollfd wakeup{inbox.wakeup_fd(), POLLIN, 0};
  return ::poll(&wakeup, 1, 1000) == 0;
}

/// From here on other members and clients are heard.
void start_listening(Listener& clients, std::vector<PeerPort>& peer_ports, Inbox& inbox) {
  for (PeerPort& port : peer_ports) {
    log_info(fmt::format("listening for {} on {}", port.kind == ChannelKind::kElection ? "elections" : "learners",
                         port.listener->endpoint()));
    port.listener->start([&inbox, kind = port.kind](UniqueFd socket, const PeerAddress& peer) {
      inbox.post(NewSocket{std::move(socket), peer, kind});
    });
  }
  log_info(fmt::format("listening for clients on {}", clients.endpoint()));
  clients.start([&inbox](UniqueFd socket, const PeerAddress& peer) { inbox.post(NewSocket{std::move(socket), peer}); });
  flush_log();
}

/// A disk that hangs must not keep a server from ending: what was acknowledged is durable. Zero: it is waited for.
void end_by_force_after(Duration limit) {
  if (limit == Duration{}) return;
  std::thread([limit] {
    std::this_thread::sleep_for(std::chrono::nanoseconds(limit.nanos));
    log_warning("the disk has not come to rest in time (request_throttler.shutdownTimeout); stopping without it");
    flush_log();
    std::_Exit(code(ExitCode::kFinished));
  }).detach();
}

/// From a recovered store to the end of the process's work.
int serve(const ServerConfig& config, Store& store, RecoveredState recovered, std::int64_t recovery_ms,
          ControlThread& control, Inbox& inbox, Authenticator& authenticator) {
  auto listening = Listener::open(control.io(), config.listener);
  if (!listening.ok()) {
    const bool unknown = listening.error().kind == ListenError::Kind::kUnknownHost;
    return refuse_start(unknown ? ExitCode::kInvalidInvocation : ExitCode::kUnexpected, listening.error().text);
  }
  Listener& listener = *listening.value();
  control.start();
  std::vector<PeerPort> peer_ports;
  if (config.store.member) {
    bool stopped = false;
    auto opened = open_peer_ports(control.io(), config.peers, config.kernel.my_id,
                                  [&] { return !(stopped = !wait_a_second(inbox)); });
    if (!opened.ok())
      return refuse_start(stopped ? ExitCode::kFinished : ExitCode::kCannotBindPeerPort, opened.error());
    peer_ports = std::move(*opened);
  }
  Dialer dialer(
      control.io(), config.peers,
      [&inbox](UniqueFd socket, const PeerAddress& peer, ChannelKind kind, ServerId server) {
        inbox.post(NewSocket{std::move(socket), peer, kind, server});
      },
      [&inbox](ChannelKind kind, ServerId server) {
        inbox.post(DialFailed{kind, server});
      });
  const Instant started = monotonic_now();
  ReplicaMachine machine(Replica(config.kernel, std::move(recovered), seed_from_system(), started, wall_now()));
  ChannelSet channels(config.limits);
  StorageLane log_lane(
      inbox, [&store](auto ops, auto& done) { store.perform_log(ops, done); }, [&store] { store.idle(); });
  StorageLane snapshot_lane(inbox, [&store](auto ops, auto& done) { store.perform_snapshot(ops, done); }, {});
  Driver driver({machine, channels, inbox, log_lane, snapshot_lane, authenticator, config.fsync_warning_ms,
                 config.limits, [&dialer](ChannelKind kind, ServerId server) { dialer.dial(kind, server); }});
  ServerView view({config, machine.replica(), channels, driver, authenticator, started, recovery_ms, listener.port()});
  FourLetterWords words(view);
  driver.set_words(words);
  start_listening(listener, peer_ports, inbox);
  const int exit_code = driver.run();
  if (exit_code != 0) {
    // The disk may hang: what is acknowledged is durable, the rest need not be waited for.
    flush_log();
    std::_Exit(exit_code);
  }
  end_by_force_after(config.kernel.throttle.shutdown_timeout);
  snapshot_lane.stop();
  log_lane.stop();
  control.stop();
  log_info("stopped");
  flush_log();
  return exit_code;
}

}  // namespace

int run_server(const ServerConfig& config) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit of file sizes fails like any other, and is told
  raise_descriptor_limit();
  log_configuration(config);
  Authenticator authenticator(config.auth);
  if (const std::string problem = authenticator.check_options(); !problem.empty()) {
    return refuse_start(ExitCode::kInvalidInvocation, config.source + ": " + problem);
  }
  auto data_lock = DataDirLock::acquire(config.store.data_dir, config.store.auto_create);
  if (!data_lock.ok()) return refuse_start(ExitCode::kDataDirectory, data_lock.error());
  std::optional<Result<DataDirLock, std::string>> log_lock;
  if (config.store.log_dir != config.store.data_dir) {
    log_lock.emplace(DataDirLock::acquire(config.store.log_dir, config.store.auto_create));
    if (!log_lock->ok()) return refuse_start(ExitCode::kDataDirectory, log_lock->error());
  }
  Inbox inbox;
  ControlThread control(inbox);
  PosixFileSystem file_system;
  RecoveredState recovered;
  std::vector<std::string> notes;
  const Instant begin = monotonic_now();
  auto store = Store::open(file_system, config.store, recovered, notes);
  const std::int64_t took_ms = (monotonic_now() - begin).to_millis();
  if (!store.ok()) {
    for (const std::string& note : notes) log_warning(note);
    return refuse_start(exit_of(store.error().kind), store.error().text);
  }
  log_recovery(recovered, notes, took_ms);
  return serve(config, *store.value(), std::move(recovered), took_ms, control, inbox, authenticator);
}

}  // namespace vivarium
