// One file of the simulated disk; see sim_inode.h.
#include "sim/disk/sim_inode.h"

#include <algorithm>

#include "kernel/base/assert.h"

namespace vivarium::sim {

void SparseBytes::write(std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  if (offset > stored.size()) stored.resize(offset, '\0');
  const std::size_t overlap = std::min<std::uint64_t>(bytes.size(), stored.size() - offset);
  std::copy_n(bytes.data(), overlap, stored.data() + offset);
  stored.append(bytes.substr(overlap));
  size = std::max(size, offset + bytes.size());
}

void SparseBytes::resize(std::uint64_t new_size) {
  if (stored.size() > new_size) stored.resize(new_size);
  size = new_size;
}

void SparseBytes::read(std::uint64_t offset, std::size_t length, std::string& out) const {
  out.clear();
  if (offset >= size) return;
  const std::size_t wanted = std::min<std::uint64_t>(length, size - offset);
  if (offset < stored.size()) out.assign(stored, offset, wanted);
  out.resize(wanted, '\0');
}

CrashMode draw_crash_mode(std::uint64_t choice_of_100) {
  if (choice_of_100 < 20) return CrashMode::kLoseAll;
  if (choice_of_100 < 35) return CrashMode::kKeepAll;
  if (choice_of_100 < 65) return CrashMode::kPrefix;
  return CrashMode::kAnySectors;
}

void SimInode::write(std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  cached_.write(offset, bytes);
  pending_.push_back({true, offset, bytes.size(), pending_bytes_.size()});
  pending_bytes_.append(bytes);
}

void SimInode::resize(std::uint64_t size) {
  cached_.resize(size);
  pending_.push_back({false, 0, size, 0});
}

void SimInode::forget_pending() {
  pending_.clear();
  pending_bytes_.clear();
}

void SimInode::sync() {
  std::string sector;
  for (const Pending& op : pending_) {
    if (!op.is_write) {
      durable_.resize(op.length);
      continue;
    }
    durable_.write(op.offset, bytes_of(op));
    if (!lied_to_) continue;
    // A rewritten sector leaves the cache whole, with the bytes that an earlier, failed sync had dropped.
    const std::uint64_t first = op.offset / kSectorSize * kSectorSize;
    const std::uint64_t last = (op.offset + op.length + kSectorSize - 1) / kSectorSize * kSectorSize;
    cached_.read(first, last - first, sector);
    const std::uint64_t size = durable_.size;
    durable_.write(first, sector);
    durable_.size = std::max(size, std::min<std::uint64_t>(op.offset + op.length, cached_.size));
    if (durable_.stored.size() > durable_.size) durable_.stored.resize(durable_.size);
  }
  forget_pending();
}

void SimInode::sync_fails(const Stream& choices, std::uint64_t entity) {
  persist_subset(CrashMode::kAnySectors, choices, entity);
  lied_to_ = true;
  // Writes are forgotten; changes of the size are the file system's own, journaled, and reach the platter with a later
  // sync.
  pending_bytes_.clear();
  std::erase_if(pending_, [](const Pending& op) { return op.is_write; });
}

void SimInode::lose_power(const Stream& choices, std::uint64_t entity) {
  if (!pending_.empty()) {
    persist_subset(draw_crash_mode(choices.at(entity << 32, 100)), choices, entity);
    forget_pending();
  } else if (!lied_to_) {
    return;  // the cache equals the platter
  }
  cached_ = durable_;
  lied_to_ = false;
}

void SimInode::persist_subset(CrashMode mode, const Stream& choices, std::uint64_t entity) {
  const std::uint64_t key = entity << 32;
  const std::uint64_t count = pending_.size();
  const std::uint64_t prefix = choices.at(key + 1, count + 1);
  // The file's size is metadata of its own: it follows the first `sized` operations.
  std::uint64_t sized = choices.at(key + 2, count + 1);
  if (mode == CrashMode::kLoseAll) sized = 0;
  if (mode == CrashMode::kKeepAll) sized = count;
  if (mode == CrashMode::kPrefix) sized = std::max(prefix, std::min(sized, prefix + 1));
  // How many of the operations a sector has seen.
  auto seen_by = [&](std::uint64_t sector) -> std::uint64_t {
    const std::uint64_t coin = choices.at(key + 16 + sector, 4);
    switch (mode) {
      case CrashMode::kLoseAll:
        return 0;
      case CrashMode::kKeepAll:
        return count;
      case CrashMode::kPrefix:
        return std::min(count, prefix + (coin & 1));  // the operation after the prefix is torn
      case CrashMode::kAnySectors:
        if (coin == 0) return 0;
        if (coin == 1) return choices.at(key + 16 + sector + (std::uint64_t{1} << 31), count + 1);
        return count;
    }
    KUNREACHABLE();
  };
  std::uint64_t size = durable_.size;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Pending& op = pending_[i];
    if (!op.is_write) {
      if (i >= sized) continue;
      durable_.resize(op.length);
      size = op.length;
      continue;
    }
    if (i < sized) size = std::max(size, op.offset + op.length);
    const std::string_view bytes = bytes_of(op);
    for (std::uint64_t at = 0; at < op.length;) {
      const std::uint64_t offset = op.offset + at;
      const std::uint64_t piece = std::min(op.length - at, kSectorSize - offset % kSectorSize);
      if (i < seen_by(offset / kSectorSize)) durable_.write(offset, bytes.substr(at, piece));
      at += piece;
    }
  }
  durable_.resize(size);
}

void SimInode::flip_bit(std::uint64_t offset, int bit) {
  KASSERT(!dirty());
  KASSERT(offset < durable_.stored.size());
  durable_.stored[offset] = static_cast<char>(durable_.stored[offset] ^ (1 << bit));
  cached_ = durable_;
}

}  // namespace vivarium::sim
