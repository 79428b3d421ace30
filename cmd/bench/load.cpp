// The load loops; see load.h. Latency is taken per request from its issue to its reply, in one epoll thread.
#include "cmd/bench/load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <stdexcept>
#include <thread>

#include "kernel/base/rng.h"

namespace vivarium::bench {
namespace {

using Clock = std::chrono::steady_clock;

double micros_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::micro>(to - from).count();
}

std::string key(std::uint64_t number) { return "/bench/k" + std::to_string(number); }

void create_keys(const LoadOptions& options) {
  Connection setup(options.servers.front(), 30'000);
  const std::string value(options.value_size, 'x');
  setup.create("/bench", "");
  setup.drain();
  for (int k = 0; k < options.keys; ++k) {
    setup.create(key(static_cast<std::uint64_t>(k)), value);
    if (setup.in_flight() >= 200) setup.drain();
  }
  setup.close_session();
  setup.drain();
}

/// Everything that one run of run_load keeps.
class Load {
 public:
  explicit Load(const LoadOptions& options) : options_(options), value_(options.value_size, 'x') {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    const auto count = static_cast<std::size_t>(options.connections);
    for (std::size_t i = 0; i < count; ++i) {
      slots_.push_back({std::make_unique<Connection>(options.servers[i % options.servers.size()], 30'000), {}, false});
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, slots_.back().connection->fd(), &event);
    }
    latencies_.reserve(1 << 22);
  }
  ~Load() { ::close(epoll_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  LoadResult run() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      for (int w = 0; w < options_.window; ++w) issue(slots_[i]);
      flush(i);
    }
    pump(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(std::min(3.0, options_.seconds / 3))));
    latencies_.clear();
    errors_ = 0;
    const Usage before = usage_of(options_.pids);
    const auto begin = Clock::now();
    pump(begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options_.seconds)));
    const double seconds = micros_between(begin, Clock::now()) / 1e6;
    return summarise(before, usage_of(options_.pids), seconds);
  }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::deque<Clock::time_point> issued;
    bool wants_write;
  };

  void issue(Slot& slot) {
    const std::uint64_t index = draws_++;
    const std::string path = key(draw_below(Seed{42}, 1, index, static_cast<std::uint64_t>(options_.keys)));
    if (static_cast<int>(draw_below(Seed{42}, 2, index, 100)) < options_.reads_percent) {
      slot.connection->get(path);
    } else {
      slot.connection->set(path, value_);
    }
    slot.issued.push_back(Clock::now());
  }

  void flush(std::size_t i) {
    const bool wants_write = !slots_[i].connection->flush();
    if (wants_write == slots_[i].wants_write) return;
    slots_[i].wants_write = wants_write;
    epoll_event event{};
    event.events = EPOLLIN | (wants_write ? EPOLLOUT : 0u);
    event.data.u64 = i;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, slots_[i].connection->fd(), &event);
  }

  void pump(Clock::time_point until) {
    epoll_event events[256];
    while (Clock::now() < until) {
      const int ready = ::epoll_wait(epoll_, events, 256, 100);
      for (int e = 0; e < ready; ++e) {
        const auto i = static_cast<std::size_t>(events[e].data.u64);
        if ((events[e].events & EPOLLIN) != 0) take_replies(slots_[i]);
        flush(i);
      }
    }
  }

  void take_replies(Slot& slot) {
    const auto now = Clock::now();
    slot.connection->receive([&](ErrorCode error) {
      errors_ += error != ErrorCode::kOk;
      latencies_.push_back(static_cast<float>(micros_between(slot.issued.front(), now)));
      slot.issued.pop_front();
      issue(slot);
    });
  }

  LoadResult summarise(const Usage& before, const Usage& after, double seconds) {
    LoadResult result;
    const auto count = latencies_.size();
    if (count == 0) throw std::runtime_error("no operation completed");
    std::sort(latencies_.begin(), latencies_.end());
    auto quantile = [&](double q) {
      return latencies_[std::min(count - 1, static_cast<std::size_t>(q * static_cast<double>(count)))];
    };
    result.ops_per_second = static_cast<double>(count) / seconds;
    result.p50_us = quantile(0.5);
    result.p99_us = quantile(0.99);
    result.p999_us = quantile(0.999);
    result.max_us = latencies_.back();
    result.errors = errors_;
    result.cpu_us_per_op = (after.cpu_seconds - before.cpu_seconds) * 1e6 / static_cast<double>(count);
    result.resident_bytes = after.resident_bytes;
    return result;
  }

  const LoadOptions& options_;
  std::string value_;
  int epoll_ = -1;
  std::vector<Slot> slots_;
  std::vector<float> latencies_;
  std::uint64_t errors_ = 0;
  std::uint64_t draws_ = 0;
};

}  // namespace

LoadResult run_load(const LoadOptions& options) {
  create_keys(options);
  return Load(options).run();
}

FillResult fill(const Address& server, int count, std::size_t value_size, int fanout, const std::vector<pid_t>& pids) {
  constexpr std::size_t kWindow = 800;
  Connection c(server, 30'000);
  const std::string value(value_size, 'x');
  std::size_t errors = 0;
  auto wait_below = [&](std::size_t limit) {
    while (c.in_flight() > limit) {
      c.flush();
      c.receive([&errors](ErrorCode error) { errors += error != ErrorCode::kOk; });
    }
  };
  c.create("/fill", "");
  c.drain();
  const auto begin = Clock::now();
  for (int i = 0; i < count; ++i) {
    const std::string directory = "/fill/d" + std::to_string(i / fanout);
    if (i % fanout == 0) c.create(directory, "");
    c.create(directory + "/k" + std::to_string(i), value);
    if (c.in_flight() >= kWindow) wait_below(kWindow / 2);
  }
  errors += c.drain();
  const double seconds = micros_between(begin, Clock::now()) / 1e6;
  if (errors > 0) throw std::runtime_error(std::to_string(errors) + " creates failed; is /fill there already?");
  c.close_session();
  c.drain();
  return {count / seconds, usage_of(pids).resident_bytes};
}

double idle_session_bytes(const Address& server, int count, const std::vector<pid_t>& pids) {
  { Connection warm(server, 30'000); }
  const std::int64_t before = usage_of(pids).resident_bytes;
  std::vector<std::unique_ptr<Connection>> sessions;
  for (int i = 0; i < count; ++i) sessions.push_back(std::make_unique<Connection>(server, 30'000));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  return static_cast<double>(usage_of(pids).resident_bytes - before) / count;
}

}  // namespace vivarium::bench
