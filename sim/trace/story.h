// The story of a run for people: one line per thing worth telling. Off by default; nothing in a run depends on it.
#pragma once

#include <cstdint>
#include <string>

namespace vivarium::sim {

/// One entry of the event queue as it is handled, and the hash of everything that went before.
struct EventRecord {
  std::uint64_t number = 0;
  std::int64_t time = 0;
  const char* kind = "";
  std::uint32_t server = 0, entity = 0, argument = 0;
  std::uint64_t before = 0;
};

class Story {
 public:
  virtual ~Story() = default;
  virtual void line(std::int64_t at, const std::string& text) = 0;
  /// Whether single requests and replies are told too.
  virtual bool verbose() const { return false; }
  /// Whether event() is called for every event.
  virtual bool wants_events() const { return false; }
  virtual void event(const EventRecord&) {}
};

}  // namespace vivarium::sim
