// Which ephemeral nodes each session owns: for closing sessions, getEphemerals and the dump word.
//
// Sessions in id order, paths (client paths) in byte order. A session without ephemerals is not here.
// Must never: decide whether a session lives.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/base/types.h"

namespace vivarium {

class Ephemerals {
 public:
  using Paths = Set<String, BytesLess>;

  void add(SessionId session, std::string_view path);
  /// Nothing happens when it is not there.
  void remove(SessionId session, std::string_view path);

  /// nullptr when the session owns none. Valid until the next change: copy before removing nodes.
  const Paths* paths(SessionId session) const;
  /// Calls visit(path) for each of the session's paths that start with these bytes (getEphemerals).
  template <class Visit>
  void for_each_with_prefix(SessionId session, std::string_view prefix, Visit&& visit) const {
    const Paths* owned = paths(session);
    if (owned == nullptr) return;
    for (auto at = owned->lower_bound(prefix); at != owned->end() && view(*at).starts_with(prefix); ++at) {
      visit(view(*at));
    }
  }
  /// Calls visit(session, paths) in id order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [session, paths] : sessions_) visit(session, paths);
  }
  std::size_t session_count() const { return sessions_.size(); }
  /// Ephemeral nodes of all sessions.
  std::size_t size() const { return size_; }

 private:
  Map<SessionId, Paths> sessions_;
  std::size_t size_ = 0;
};

}  // namespace vivarium
