// SimDisk: names, faults and power; see sim_disk.h. Contents are in sim_inode.cpp, open files in sim_file.cpp.
#include "sim/disk/sim_disk.h"

#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/base/hash.h"
#include "sim/disk/sim_file.h"
#include "sim/report/text.h"

namespace vivarium::sim {

SimDisk::SimDisk(Seed seed)
    : seed_(seed),
      partial_(seed, Choice::kPartial, 0),
      read_errors_(seed, Choice::kReadError, 0),
      rot_(seed, Choice::kRot, 0) {
  directories_["/"];
}

std::string SimDisk::parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  KASSERT(slash != std::string::npos);
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool SimDisk::begin_change(bool* reached) {
  *reached = false;
  if (power_lost_) return false;
  ++operations_;
  if (power_fails_at_ == 0 || operations_ < power_fails_at_) return true;
  power_fails_at_ = 0;
  power_lost_ = true;
  *reached = partial_.chance(500);
  return false;
}

std::uint64_t SimDisk::take_space(std::uint64_t bytes) {
  if (!space_left_) return bytes;
  const std::uint64_t granted = std::min(bytes, *space_left_);
  if (granted == bytes) *space_left_ -= granted;
  if (granted < bytes) ++faults_felt_;
  return granted;
}

// ---- names ---------------------------------------------------------------------------------------------------------

void SimDisk::apply(const NameOp& op, Names& names) {
  switch (op.kind) {
    case NameOpKind::kSet:
      names[op.name] = op.inode;
      break;
    case NameOpKind::kErase:
      names.erase(op.name);
      break;
    case NameOpKind::kRename:
      names.erase(op.name);
      names[op.to] = op.inode;
      break;
  }
}

IoResult<Done> SimDisk::change_name(const std::string& directory, NameOp op) {
  bool reached = false;
  const bool power = begin_change(&reached);
  if (power || reached) {
    apply(op, names_);
    directories_.at(directory).pending.push_back(std::move(op));
  }
  if (!power) return Failure{IoError::kPowerLost};
  return Done{};
}

IoResult<std::unique_ptr<File>> SimDisk::open(const std::string& path, OpenMode mode) {
  if (power_lost_) return Failure{IoError::kPowerLost};
  const auto found = names_.find(path);
  if (mode != OpenMode::kCreateNew) {
    if (found == names_.end()) return Failure{IoError::kNotFound};
    return std::unique_ptr<File>(std::make_unique<SimFile>(*this, found->second));
  }
  if (found != names_.end()) return Failure{IoError::kExists};
  const std::string parent = parent_of(path);
  if (!directory_exists(parent)) return Failure{IoError::kNotFound};
  if (take_space(1) == 0) return Failure{IoError::kNoSpace};
  const auto inode = static_cast<InodeId>(inodes_.size());
  inodes_.push_back(std::make_unique<SimInode>());
  open_count_.push_back(0);
  auto made = change_name(parent, {NameOpKind::kSet, path, {}, inode});
  if (!made.ok()) return Failure{made.error()};
  return std::unique_ptr<File>(std::make_unique<SimFile>(*this, inode));
}

std::vector<std::string> SimDisk::names(const std::string& directory) const {
  std::vector<std::string> found;
  const std::string prefix = directory == "/" ? directory : directory + "/";
  for (auto it = names_.lower_bound(prefix); it != names_.end() && it->first.starts_with(prefix); ++it) {
    if (it->first.find('/', prefix.size()) == std::string::npos) found.push_back(it->first.substr(prefix.size()));
  }
  return found;
}

IoResult<std::vector<std::string>> SimDisk::list(const std::string& directory) {
  if (power_lost_) return Failure{IoError::kPowerLost};
  if (!directory_exists(directory)) return Failure{IoError::kNotFound};
  return names(directory);
}

IoResult<Done> SimDisk::create_directories(const std::string& directory) {
  if (power_lost_) return Failure{IoError::kPowerLost};
  if (directory_exists(directory)) return Done{};
  const std::string parent = parent_of(directory);
  auto made = create_directories(parent);
  if (!made.ok()) return made;
  bool reached = false;
  const bool power = begin_change(&reached);
  if (power || reached) directories_[directory];  // durable at once, as the port promises
  if (!power) return Failure{IoError::kPowerLost};
  return Done{};
}

IoResult<Done> SimDisk::rename(const std::string& from, const std::string& to) {
  if (power_lost_) return Failure{IoError::kPowerLost};
  const auto found = names_.find(from);
  if (found == names_.end()) return Failure{IoError::kNotFound};
  const std::string parent = parent_of(from);
  KASSERT(parent == parent_of(to));  // nothing here moves files between directories
  return change_name(parent, {NameOpKind::kRename, from, to, found->second});
}

IoResult<Done> SimDisk::unlink(const std::string& path) {
  if (power_lost_) return Failure{IoError::kPowerLost};
  if (!names_.contains(path)) return Failure{IoError::kNotFound};
  return change_name(parent_of(path), {NameOpKind::kErase, path, {}, 0});
}

IoResult<Done> SimDisk::sync_directory(const std::string& directory) {
  if (power_lost_) return Failure{IoError::kPowerLost};
  if (!directory_exists(directory)) return Failure{IoError::kNotFound};
  bool reached = false;
  const bool power = begin_change(&reached);
  if (power || reached) {
    Directory& synced = directories_.at(directory);
    for (const NameOp& op : synced.pending) apply(op, durable_names_);
    synced.pending.clear();
  }
  if (!power) return Failure{IoError::kPowerLost};
  collect_garbage();
  return Done{};
}

// ---- power
// -----------------------------------------------------------------------------------------------------------

void SimDisk::lose_power() {
  power_lost_ = true;
  disarm();
  ++crashes_;
  const Stream names(seed_, Choice::kCrashNames, crashes_);
  std::uint64_t index = 0;
  for (auto& [path, directory] : directories_) {
    const CrashMode mode = draw_crash_mode(names.at(index++ << 32, 100));
    const std::uint64_t prefix = names.at((index << 32) + 1, directory.pending.size() + 1);
    for (std::uint64_t i = 0; i < directory.pending.size(); ++i) {
      const bool kept = mode == CrashMode::kKeepAll || (mode == CrashMode::kPrefix && i < prefix) ||
                        (mode == CrashMode::kAnySectors && names.at((index << 32) + 2 + i, 2) == 0);
      if (kept) apply(directory.pending[i], durable_names_);
    }
    directory.pending.clear();
  }
  names_ = durable_names_;
  const Stream data(seed_, Choice::kCrashData, crashes_ << 8);
  for (std::size_t i = 0; i < inodes_.size(); ++i) inodes_[i]->lose_power(data, i);
}

void SimDisk::wipe() {
  names_.clear();
  durable_names_.clear();
  directories_.clear();
  directories_["/"];
  for (std::unique_ptr<SimInode>& inode : inodes_) *inode = SimInode();
}

void SimDisk::collect_garbage() {
  if ((operations_ & 15) != 0) return;
  std::vector<bool> used(inodes_.size(), false);
  for (const auto& [path, inode] : names_) used[inode] = true;
  for (const auto& [path, inode] : durable_names_) used[inode] = true;
  for (const auto& [path, directory] : directories_) {
    for (const NameOp& op : directory.pending) used[op.inode] = true;
  }
  for (std::size_t i = 0; i < inodes_.size(); ++i) {
    if (!used[i] && open_count_[i] == 0) *inodes_[i] = SimInode();
  }
}

// ---- rot and inspection
// ----------------------------------------------------------------------------------------------

bool SimDisk::rot(std::string_view name_part, std::string& what) {
  std::vector<std::pair<std::string, InodeId>> candidates;
  for (const auto& [path, inode] : durable_names_) {
    const auto now = names_.find(path);
    const bool at_rest = now != names_.end() && now->second == inode && !inodes_[inode]->dirty();
    if (path.find(name_part) == std::string::npos || !at_rest) continue;
    if (!inodes_[inode]->durable().stored.empty()) candidates.emplace_back(path, inode);
  }
  if (candidates.empty()) return false;
  const auto& [path, inode] = candidates[rot_.below(candidates.size())];
  const std::uint64_t offset = rot_.below(inodes_[inode]->durable().stored.size());
  const int bit = static_cast<int>(rot_.below(8));
  inodes_[inode]->flip_bit(offset, bit);
  what = text(path, " offset ", offset, " bit ", bit);
  return true;
}

const SparseBytes* SimDisk::contents(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? nullptr : &inodes_[found->second]->cached();
}

StateHash SimDisk::digest() const {
  StateHash hash;
  for (const Names* names : {&names_, &durable_names_}) {
    for (const auto& [path, inode] : *names) {
      hash.add(path);
      for (const SparseBytes* bytes : {&inodes_[inode]->cached(), &inodes_[inode]->durable()}) {
        hash.add(bytes->size);
        hash.add(bytes->stored);
      }
    }
  }
  return hash;
}

}  // namespace vivarium::sim
