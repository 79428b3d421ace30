// The watches of one connection; see model_watches.h.
#include "sim/model/model_watches.h"

namespace vivarium::sim {
namespace {

bool covers(const std::set<std::string, std::less<>>& recursive, std::string_view path) {
  for (;;) {
    if (recursive.contains(path)) return true;
    if (path == "/" || path.empty()) return false;
    const std::size_t slash = path.rfind('/');
    path = slash == 0 ? std::string_view("/") : path.substr(0, slash);
  }
}

bool take(std::set<std::string, std::less<>>& from, std::string_view path) {
  const auto found = from.find(path);
  if (found == from.end()) return false;
  from.erase(found);
  return true;
}

}  // namespace

bool ModelWatches::hears(EventType type, std::string_view path) {
  const bool stays = persistent.contains(path);
  if (type == EventType::kNodeChildrenChanged) return take(child, path) || stays;
  bool heard = stays || covers(recursive, path);
  heard |= take(data, path);
  if (type == EventType::kNodeDeleted) heard |= take(child, path);
  return heard;
}

bool ModelWatches::contains(std::string_view path, std::int32_t type) const {
  switch (type) {
    case 1:
      return child.contains(path);
    case 2:
      return data.contains(path);
    case 3:
      return child.contains(path) || data.contains(path) || persistent.contains(path) || recursive.contains(path);
    case 4:
      return persistent.contains(path);
    case 5:
      return recursive.contains(path);
    default:
      return false;
  }
}

bool ModelWatches::remove(std::string_view path, std::int32_t type) {
  if (!contains(path, type)) return false;
  if (type == 1 || type == 3) take(child, path);
  if (type == 2 || type == 3) take(data, path);
  if (type == 4 || type == 3) take(persistent, path);
  if (type == 5 || type == 3) take(recursive, path);
  return true;
}

}  // namespace vivarium::sim
