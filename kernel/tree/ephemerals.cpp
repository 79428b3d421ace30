// A map of sorted path sets.
#include "kernel/tree/ephemerals.h"

#include "kernel/base/assert.h"

namespace vivarium {

void Ephemerals::add(SessionId session, std::string_view path) {
  KASSERT(!path.empty());
  if (sessions_[session].insert(to_string(path)).second) ++size_;
}

void Ephemerals::remove(SessionId session, std::string_view path) {
  const auto owner = sessions_.find(session);
  if (owner == sessions_.end()) return;
  const auto owned = owner->second.find(path);
  if (owned == owner->second.end()) return;
  owner->second.erase(owned);
  if (owner->second.empty()) sessions_.erase(owner);
  --size_;
}

const Ephemerals::Paths* Ephemerals::paths(SessionId session) const {
  const auto owner = sessions_.find(session);
  return owner == sessions_.end() ? nullptr : &owner->second;
}

}  // namespace vivarium
