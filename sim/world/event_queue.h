// The discrete-event queue: a 4-ary heap of small, flat events, ordered by (time, lane, sequence).
//
// Must never: hold a pointer in a key, or leave the order of two events to chance. Ties in time are broken by lane,
// then by the order in which the events were scheduled, which is itself a function of the seed.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/base/assert.h"

namespace vivarium::sim {

enum class EventKind : std::uint8_t {
  kAtom,        // a fault atom of the plan begins (entity: its index) or ends (argument 1)
  kBoot,        // the supervisor starts the server
  kToServer,    // the next segment of a client's uplink arrives (entity: client)
  kToClient,    // the next segment of its downlink arrives
  kOrphan,      // the server hears that a connection, whose client has dialled anew, is gone (entity: slot)
  kStep,        // the server takes a turn
  kTimer,       // the kernel's own deadline
  kLogPerform,  // the log lane starts on everything queued
  kLogDone,     // its completions arrive
  kLogIdle,     // nothing was queued for a while
  kSnapshotPerform,
  kSnapshotDone,
  kAuthDone,     // an authentication is answered
  kClient,       // a client's timer
  kFinish,       // the faults stop; then the run ends
  kPeerDial,     // a dial between servers arrives, or is tried again (entity: connection)
  kPeerGiveUp,   // a dial was refused or waited for too long
  kPeerSegment,  // the next segment of a connection between servers arrives (argument: generation and direction)
  kInspect,      // somebody looks (entity: his number for it)
};

constexpr const char* event_kind_name(EventKind kind) {
  constexpr const char* kNames[] = {
      "plan",       "boot",     "to-server", "to-client",       "orphan",        "step",      "timer",
      "log-starts", "log-done", "log-idle",  "snapshot-starts", "snapshot-done", "auth-done", "client",
      "phase",      "dial",     "dial-over", "to-peer",         "inspect"};
  return kNames[static_cast<std::size_t>(kind)];
}

struct Event {
  std::int64_t time = 0;
  std::uint64_t order = 0;  // lane in the high 16 bits, sequence below
  std::uint32_t argument = 0;
  std::uint16_t entity = 0;
  EventKind kind = EventKind::kAtom;
  std::uint8_t server = 0;  // whom it happens to
};
static_assert(sizeof(Event) == 24);

inline bool earlier(const Event& a, const Event& b) { return a.time != b.time ? a.time < b.time : a.order < b.order; }

class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  const Event& front() const {
    KASSERT(!heap_.empty());
    return heap_.front();
  }

  void push(std::int64_t time, std::uint16_t lane, EventKind kind, std::uint16_t entity, std::uint32_t argument,
            std::uint8_t server = 0) {
    Event event{time, (static_cast<std::uint64_t>(lane) << 48) | sequence_++, argument, entity, kind, server};
    std::size_t hole = heap_.size();
    heap_.push_back(event);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (!earlier(event, heap_[parent])) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = event;
  }

  Event pop() {
    KASSERT(!heap_.empty());
    const Event top = heap_.front();
    const Event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(last);
    return top;
  }

 private:
  void sift_down(const Event& event) {
    const std::size_t size = heap_.size();
    std::size_t hole = 0;
    for (;;) {
      const std::size_t first = hole * 4 + 1;
      if (first >= size) break;
      std::size_t best = first;
      const std::size_t end = first + 4 < size ? first + 4 : size;
      for (std::size_t child = first + 1; child < end; ++child) {
        if (earlier(heap_[child], heap_[best])) best = child;
      }
      if (!earlier(heap_[best], event)) break;
      heap_[hole] = heap_[best];
      hole = best;
    }
    heap_[hole] = event;
  }

  std::vector<Event> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace vivarium::sim
