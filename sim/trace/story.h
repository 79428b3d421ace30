// The story of a run for people: one line per thing worth telling. Off by default; nothing in a run depends on it.
#pragma once

#include <cstdint>
#include <string>

namespace vivarium::sim {

class Story {
 public:
  virtual ~Story() = default;
  virtual void line(std::int64_t at, const std::string& text) = 0;
  /// Whether single requests and replies are told too.
  virtual bool verbose() const { return false; }
};

}  // namespace vivarium::sim
