// The client's own watches; see the header.
#include "kernel/client/watch_registry.h"

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"

namespace vivarium {
namespace {

/// One setWatches request while it grows: the five lists, encoded.
class SetWatchesChunk {
 public:
  explicit SetWatchesChunk(Zxid relative_zxid) : relative_zxid_(relative_zxid) { reset(); }

  std::size_t size() const { return size_; }
  void add(std::size_t kind, std::string_view path) {
    ByteWriter(lists_[kind]).ustring(path);
    ++counts_[kind];
    size_ += path.size();
  }
  void encode_into(ByteWriter& out) {
    for (std::size_t kind = 0; kind < kWatchKinds; ++kind) ByteWriter(lists_[kind]).patch_i32(0, counts_[kind]);
    SetWatchesRequest request;
    request.relative_zxid = relative_zxid_;
    request.data = view(lists_[0]);
    request.exist = view(lists_[1]);
    request.child = view(lists_[2]);
    request.persistent = view(lists_[3]);
    request.persistent_recursive = view(lists_[4]);
    // Servers before 3.6 know setWatches only.
    const OpCode op = counts_[3] + counts_[4] > 0 ? OpCode::kSetWatches2 : OpCode::kSetWatches;
    const std::size_t frame = begin_frame(out);
    encode(out, RequestHeader{xids::kSetWatches, op});
    encode(out, request, op);
    end_frame(out, frame);
    reset();
  }

 private:
  void reset() {
    for (std::size_t kind = 0; kind < kWatchKinds; ++kind) {
      lists_[kind].clear();
      ByteWriter(lists_[kind]).i32(0);
      counts_[kind] = 0;
    }
    size_ = 0;
  }

  Zxid relative_zxid_;
  std::array<Vector<char>, kWatchKinds> lists_;
  std::array<std::int32_t, kWatchKinds> counts_{};
  std::size_t size_ = 0;
};

/// The path above, or "" above "/".
std::string_view path_above(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || path.size() == 1) return {};
  return slash == 0 ? slice(path, 0, 1) : slice(path, 0, slash);
}

}  // namespace

void WatchRegistry::add(WatchKind kind, std::string_view path) { of(kind).insert(to_string(path)); }

bool WatchRegistry::contains(WatchKind kind, std::string_view path) const {
  return of(kind).find(path) != of(kind).end();
}

bool WatchRegistry::erase(WatchKind kind, std::string_view path) {
  const auto found = of(kind).find(path);
  if (found == of(kind).end()) return false;
  of(kind).erase(found);
  return true;
}

bool WatchRegistry::remove(std::string_view path, WatcherType type) {
  bool removed = false;
  const bool any = type == WatcherType::kAny;
  if (any || type == WatcherType::kChildren) removed |= erase(WatchKind::kChildren, path);
  if (any || type == WatcherType::kData) removed |= erase(WatchKind::kData, path);
  if (any || type == WatcherType::kData) removed |= erase(WatchKind::kExists, path);
  if (any || type == WatcherType::kPersistent) removed |= erase(WatchKind::kPersistent, path);
  if (any || type == WatcherType::kPersistentRecursive) removed |= erase(WatchKind::kPersistentRecursive, path);
  return removed;
}

WatchKindSet WatchRegistry::fire(EventType type, std::string_view path) {
  WatchKindSet heard = 0;
  const auto take = [&](WatchKind kind) {
    if (erase(kind, path)) heard |= watch_bit(kind);
  };
  const bool deleted = type == EventType::kNodeDeleted;
  const bool children_changed = type == EventType::kNodeChildrenChanged;
  if (!children_changed) {
    take(WatchKind::kData);
    take(WatchKind::kExists);
  }
  if (children_changed || deleted) take(WatchKind::kChildren);
  if (contains(WatchKind::kPersistent, path)) heard |= watch_bit(WatchKind::kPersistent);
  if (children_changed) return heard;  // recursive watches never hear of children
  for (std::string_view at = path; !at.empty(); at = path_above(at)) {
    if (contains(WatchKind::kPersistentRecursive, at)) heard |= watch_bit(WatchKind::kPersistentRecursive);
  }
  return heard;
}

void WatchRegistry::clear() {
  for (Paths& paths : paths_) paths.clear();
}

std::size_t WatchRegistry::size() const {
  std::size_t sum = 0;
  for (const Paths& paths : paths_) sum += paths.size();
  return sum;
}

std::int32_t WatchRegistry::encode_set_watches(ByteWriter& out, Zxid relative_zxid, std::size_t chunk_size) const {
  KASSERT(chunk_size > 0);
  SetWatchesChunk chunk(relative_zxid);
  std::int32_t frames = 0;
  bool pending = false;
  for (std::size_t kind = 0; kind < kWatchKinds; ++kind) {
    for (const String& path : paths_[kind]) {
      chunk.add(kind, view(path));
      pending = chunk.size() < chunk_size;
      if (pending) continue;
      chunk.encode_into(out);
      ++frames;
    }
  }
  if (!pending) return frames;
  chunk.encode_into(out);
  return frames + 1;
}

void WatchRegistry::hash_into(StateHash& hash) const {
  for (const Paths& paths : paths_) {
    hash.add(static_cast<std::uint64_t>(paths.size()));
    for (const String& path : paths) hash.add(view(path));
  }
}

}  // namespace vivarium
