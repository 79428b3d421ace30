// One file of the simulated disk: what the page cache shows, what the platter holds, and the writes between the two.
//
// Contents beyond the stored bytes are zeros, so preallocation costs nothing. The unit of tearing is a 512-byte sector:
// at a power loss each sector shows some version between its durable one and its newest, independently of its
// neighbours when the crash says so. Must never: tear a sector into something that no sequence of the writes made could
// have left there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/choice/stream.h"

namespace vivarium::sim {

inline constexpr std::uint64_t kSectorSize = 512;

/// A sparse run of bytes: `stored` is followed by zeros up to `size`.
struct SparseBytes {
  std::string stored;
  std::uint64_t size = 0;

  void write(std::uint64_t offset, std::string_view bytes);
  void resize(std::uint64_t new_size);
  void read(std::uint64_t offset, std::size_t length, std::string& out) const;
};

/// How the unsynced writes of a file fare at a power loss.
enum class CrashMode { kLoseAll, kKeepAll, kPrefix, kAnySectors };
CrashMode draw_crash_mode(std::uint64_t choice_of_100);

class SimInode {
 public:
  const SparseBytes& cached() const { return cached_; }
  const SparseBytes& durable() const { return durable_; }
  bool dirty() const { return !pending_.empty(); }
  bool lied_to() const { return lied_to_; }

  void write(std::uint64_t offset, std::string_view bytes);
  void resize(std::uint64_t size);
  /// Everything pending becomes durable.
  void sync();
  /// The sync fails: some sectors made it, the rest is forgotten by the platter but not by the cache, which is clean
  /// now.
  void sync_fails(const Stream& choices, std::uint64_t entity);
  /// What the platter shows after a power loss; the cache is gone.
  void lose_power(const Stream& choices, std::uint64_t entity);
  /// Damages one durable bit. Precondition: !dirty() and offset < durable().stored.size().
  void flip_bit(std::uint64_t offset, int bit);

 private:
  struct Pending {
    bool is_write = false;
    std::uint64_t offset = 0;  // of a write
    std::uint64_t length = 0;  // of a write; the new size of a resize
    std::uint64_t data = 0;    // where a write's bytes begin in pending_bytes_
  };
  void persist_subset(CrashMode mode, const Stream& choices, std::uint64_t entity);
  std::string_view bytes_of(const Pending& write) const {
    return std::string_view(pending_bytes_).substr(write.data, write.length);
  }
  void forget_pending();

  SparseBytes cached_;
  SparseBytes durable_;
  std::vector<Pending> pending_;
  std::string pending_bytes_;
  bool lied_to_ = false;  // the cache shows bytes that the platter lacks and no sync owes
};

}  // namespace vivarium::sim
