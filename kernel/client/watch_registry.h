// The watches that a client believes to own, so that it can set them again after a reconnect (Apache's ZKWatchManager).
//
// Must never: forget a watch because a connection was lost. One-shot watches leave when an event arrives that fires
// them; persistent ones when they are removed.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {

/// What a watch waits for, in the order of setWatches. kExists: set by exists on a missing node.
enum class WatchKind : std::uint8_t { kData, kExists, kChildren, kPersistent, kPersistentRecursive };
inline constexpr std::size_t kWatchKinds = 5;
/// A set of WatchKinds, as bits.
using WatchKindSet = std::uint8_t;
constexpr WatchKindSet watch_bit(WatchKind kind) {
  return static_cast<WatchKindSet>(1u << static_cast<unsigned>(kind));
}

class WatchRegistry {
 public:
  void add(WatchKind kind, std::string_view path);
  bool contains(WatchKind kind, std::string_view path) const;
  /// After removeWatches succeeded. True when something left.
  bool remove(std::string_view path, WatcherType type);
  /// An event arrived: which kinds of own watches hear of it. One-shot ones leave.
  WatchKindSet fire(EventType type, std::string_view path);
  void clear();
  bool empty() const { return size() == 0; }
  std::size_t size() const;
  /// Calls visit(path) in byte order.
  template <class Visit>
  void for_each(WatchKind kind, Visit&& visit) const {
    for (const String& path : of(kind)) visit(view(path));
  }

  /// Appends framed setWatches requests (setWatches2 for those that hold persistent watches), each with about
  /// `chunk_size` bytes of paths. Returns how many.
  std::int32_t encode_set_watches(ByteWriter& out, Zxid relative_zxid, std::size_t chunk_size) const;

  void hash_into(StateHash& hash) const;

 private:
  using Paths = Set<String, BytesLess>;
  Paths& of(WatchKind kind) { return paths_[static_cast<std::size_t>(kind)]; }
  const Paths& of(WatchKind kind) const { return paths_[static_cast<std::size_t>(kind)]; }
  bool erase(WatchKind kind, std::string_view path);

  std::array<Paths, kWatchKinds> paths_;
};

}  // namespace vivarium
