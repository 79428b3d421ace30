// What every part of a world shares: the present, the future, the trace and the story.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/base/hash.h"
#include "sim/report/text.h"
#include "sim/trace/story.h"
#include "sim/world/event_queue.h"

namespace vivarium::sim {

/// Lanes break ties in time; the run's salt permutes them.
namespace lanes {
inline constexpr std::uint16_t kPlan = 0, kServer = 1, kTimer = 2, kLog = 3, kSnapshot = 4, kAuth = 5, kClients = 64;
inline constexpr std::uint16_t kMoreServers = 2048;  // eight each, for the servers behind the first
inline constexpr std::uint16_t kPeers = 4096;        // four for each ordered pair of servers
constexpr std::uint16_t of_server(std::uint16_t lane, std::uint32_t server) {
  return static_cast<std::uint16_t>(server == 0 ? lane : kMoreServers + server * 8 + lane);
}
}  // namespace lanes

class Scheduler {
 public:
  Scheduler(std::uint16_t lane_salt, Story* story)
      : lane_salt_(lane_salt), story_(story), telling_events_(story != nullptr && story->wants_events()) {}

  std::int64_t now() const { return now_; }
  std::uint64_t events() const { return events_; }
  bool idle() const { return queue_.empty(); }

  void at(std::int64_t time, std::uint16_t lane, EventKind kind, std::uint16_t entity = 0, std::uint32_t argument = 0,
          std::uint32_t server = 0) {
    KASSERT(time >= now_);
    queue_.push(time, static_cast<std::uint16_t>(lane ^ lane_salt_), kind, entity, argument,
                static_cast<std::uint8_t>(server));
  }
  Event next() {
    const Event event = queue_.pop();
    KASSERT(event.time >= now_);
    now_ = event.time;
    ++events_;
    if (telling_events_) {
      story_->event(
          {events_, now_, event_kind_name(event.kind), event.server, event.entity, event.argument, trace_.low()});
    }
    trace_.add(static_cast<std::uint64_t>(now_));
    trace_.add((static_cast<std::uint64_t>(event.server) << 56) | (static_cast<std::uint64_t>(event.kind) << 48) |
               (static_cast<std::uint64_t>(event.entity) << 32) | event.argument);
    return event;
  }

  /// Bytes that moved belong to the trace.
  void trace(std::string_view bytes) { trace_.add(bytes); }
  void trace(std::uint64_t value) { trace_.add(value); }
  const StateHash& trace_hash() const { return trace_; }

  bool telling() const { return story_ != nullptr; }
  bool telling_all() const { return story_ != nullptr && story_->verbose(); }
  template <class... Parts>
  void tell(const Parts&... parts) {
    if (story_ != nullptr) story_->line(now_, text(parts...));
  }

 private:
  std::int64_t now_ = 0;
  std::uint64_t events_ = 0;
  EventQueue queue_;
  StateHash trace_;
  std::uint16_t lane_salt_;
  Story* story_;
  bool telling_events_;
};

}  // namespace vivarium::sim
