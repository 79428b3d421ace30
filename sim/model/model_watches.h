// The watches of one connection, naively: four sets of paths, and what each event does to them (features.md section 3).
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "kernel/wire/client_protocol.h"

namespace vivarium::sim {

struct ModelEvent {
  EventType type = EventType::kNone;
  std::string path;
  std::string acl;  // who may hear of it
  friend bool operator==(const ModelEvent& a, const ModelEvent& b) { return a.type == b.type && a.path == b.path; }
};

class ModelWatches {
 public:
  std::set<std::string, std::less<>> data, child, persistent, recursive;

  bool empty() const { return data.empty() && child.empty() && persistent.empty() && recursive.empty(); }
  /// Whether the connection hears of the event; standard watches that fire are dropped.
  bool hears(EventType type, std::string_view path);
  /// WatcherType codes; see features.md section 3.
  bool contains(std::string_view path, std::int32_t type) const;
  /// False: there was none.
  bool remove(std::string_view path, std::int32_t type);
};

}  // namespace vivarium::sim
