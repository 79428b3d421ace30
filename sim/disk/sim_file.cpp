// An open file of a SimDisk; see sim_file.h.
#include "sim/disk/sim_file.h"

#include <algorithm>

namespace vivarium::sim {

SimFile::SimFile(SimDisk& disk, std::uint32_t inode) : disk_(disk), inode_(inode) { ++disk_.open_count_[inode_]; }

SimFile::~SimFile() { --disk_.open_count_[inode_]; }

IoResult<Done> SimFile::write_at(std::uint64_t offset, std::string_view bytes) {
  bool reached = false;
  const bool power = disk_.begin_change(&reached);
  if (!power && !reached) return Failure{IoError::kPowerLost};
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t have = inode().cached().size;
  if (end > have) {
    const std::uint64_t wanted = end - have;
    const std::uint64_t granted = disk_.take_space(wanted);
    if (granted < wanted) {
      // A full disk takes what fits, or nothing; either way the caller must not count on it.
      const std::uint64_t fits = end - have > bytes.size() ? 0 : bytes.size() - wanted + granted;
      if (disk_.partial_.chance(500)) inode().write(offset, bytes.substr(0, fits));
      return Failure{power ? IoError::kNoSpace : IoError::kPowerLost};
    }
  }
  inode().write(offset, bytes);
  if (!power) return Failure{IoError::kPowerLost};
  return Done{};
}

IoResult<Done> SimFile::read_at(std::uint64_t offset, std::size_t size, std::string& out) {
  if (disk_.power_lost_) return Failure{IoError::kPowerLost};
  if (disk_.failing_reads_ && disk_.read_errors_.chance(250)) {
    ++disk_.faults_felt_;
    return Failure{IoError::kIo};
  }
  inode().cached().read(offset, size, out);
  return Done{};
}

IoResult<Done> SimFile::sync() {
  bool reached = false;
  const bool power = disk_.begin_change(&reached);
  if (!power) {
    // Inside a sync the platter may be anywhere between nothing and everything; lose_power draws where.
    if (reached) inode().sync();
    return Failure{IoError::kPowerLost};
  }
  ++disk_.syncs_;
  if (disk_.syncs_until_power_fails_ > 0 && inode().dirty() && --disk_.syncs_until_power_fails_ == 0) {
    disk_.power_lost_ = true;
    return Failure{IoError::kPowerLost};
  }
  if (disk_.failing_syncs_ > 0 && inode().dirty()) {
    --disk_.failing_syncs_;
    ++disk_.faults_felt_;
    inode().sync_fails(Stream(disk_.seed_, Choice::kCrashData, disk_.operations_ << 8 | 1), inode_);
    return Failure{IoError::kIo};
  }
  inode().sync();
  return Done{};
}

IoResult<Done> SimFile::truncate(std::uint64_t size) {
  bool reached = false;
  const bool power = disk_.begin_change(&reached);
  if (power || reached) inode().resize(size);
  if (!power) return Failure{IoError::kPowerLost};
  return Done{};
}

IoResult<Done> SimFile::preallocate(std::uint64_t size) {
  bool reached = false;
  const bool power = disk_.begin_change(&reached);
  if (!power && !reached) return Failure{IoError::kPowerLost};
  const std::uint64_t have = inode().cached().size;
  if (size > have) {
    if (disk_.take_space(size - have) < size - have) return Failure{power ? IoError::kNoSpace : IoError::kPowerLost};
    inode().resize(size);
  }
  if (!power) return Failure{IoError::kPowerLost};
  return Done{};
}

IoResult<std::uint64_t> SimFile::size() {
  if (disk_.power_lost_) return Failure{IoError::kPowerLost};
  return inode().cached().size;
}

}  // namespace vivarium::sim
