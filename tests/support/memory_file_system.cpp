#include "tests/support/memory_file_system.h"

#include <algorithm>

namespace vivarium::testing {
namespace {

constexpr std::uint64_t kSector = 512;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

void write_into(std::string& contents, std::uint64_t offset, std::string_view bytes) {
  if (contents.size() < offset + bytes.size()) contents.resize(offset + bytes.size(), '\0');
  std::copy(bytes.begin(), bytes.end(), contents.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

class MemoryFile final : public File {
 public:
  MemoryFile(MemoryFileSystem& fs, std::shared_ptr<MemoryFileSystem::Inode> inode, bool writable)
      : fs_(fs), inode_(std::move(inode)), life_(fs.life_), writable_(writable) {}

  IoResult<Done> write_at(std::uint64_t offset, std::string_view bytes) override {
    return change({MemoryFileSystem::Change::Kind::kWrite, offset, std::string(bytes)}, offset + bytes.size());
  }
  IoResult<Done> truncate(std::uint64_t size) override {
    return change({MemoryFileSystem::Change::Kind::kTruncate, size, {}}, size);
  }
  IoResult<Done> preallocate(std::uint64_t size) override {
    return change({MemoryFileSystem::Change::Kind::kExtend, size, {}}, size);
  }

  IoResult<Done> read_at(std::uint64_t offset, std::size_t size, std::string& out) override {
    out.clear();
    if (dead()) return Failure{IoError::kPowerLost};
    if (fs_.unreadable_.contains(inode_->path)) return Failure{IoError::kIo};
    if (offset < inode_->current.size()) out = inode_->current.substr(offset, size);
    return Done{};
  }

  IoResult<Done> sync() override {
    if (dead()) return Failure{IoError::kPowerLost};
    const std::uint64_t operation = fs_.operations_;
    if (!fs_.tick()) return Failure{IoError::kPowerLost};
    if (fs_.sync_failure_at_ && operation >= *fs_.sync_failure_at_) {
      fs_.sync_failure_at_.reset();
      fs_.apply_some(*inode_);
      return Failure{IoError::kIo};
    }
    for (const auto& change : inode_->pending) MemoryFileSystem::apply(inode_->durable, change);
    inode_->pending.clear();
    return Done{};
  }

  IoResult<std::uint64_t> size() override {
    if (dead()) return Failure{IoError::kPowerLost};
    return std::uint64_t{inode_->current.size()};
  }

 private:
  bool dead() const { return !fs_.powered_ || life_ != fs_.life_; }

  IoResult<Done> change(MemoryFileSystem::Change change, std::uint64_t end) {
    if (dead()) return Failure{IoError::kPowerLost};
    if (!writable_) return Failure{IoError::kAccess};
    const bool alive = fs_.tick();
    const std::uint64_t growth = end > inode_->current.size() ? end - inode_->current.size() : 0;
    if (fs_.capacity_ && fs_.bytes_used() + growth > *fs_.capacity_) return Failure{IoError::kNoSpace};
    MemoryFileSystem::apply(inode_->current, change);
    inode_->pending.push_back(std::move(change));
    if (!alive) return Failure{IoError::kPowerLost};
    return Done{};
  }

  MemoryFileSystem& fs_;
  std::shared_ptr<MemoryFileSystem::Inode> inode_;
  std::uint64_t life_;
  bool writable_;
};

bool MemoryFileSystem::tick() {
  const std::uint64_t operation = operations_++;
  if (power_loss_at_ && operation >= *power_loss_at_) powered_ = false;
  return powered_;
}

std::uint64_t MemoryFileSystem::draw_below(std::uint64_t n) { return vivarium::draw_below(seed_, 1, draws_++, n); }

std::uint64_t MemoryFileSystem::bytes_used() const {
  std::uint64_t used = 0;
  for (const auto& [name, inode] : names_) used += inode->current.size();
  return used;
}

void MemoryFileSystem::apply(std::string& contents, const Change& change) {
  switch (change.kind) {
    case Change::Kind::kWrite:
      return write_into(contents, change.offset, change.bytes);
    case Change::Kind::kTruncate:
      return contents.resize(change.offset, '\0');
    case Change::Kind::kExtend:
      return contents.resize(std::max<std::size_t>(contents.size(), change.offset), '\0');
  }
}

void MemoryFileSystem::apply_torn(std::string& contents, const Change& change) {
  if (change.kind != Change::Kind::kWrite) return apply(contents, change);
  std::uint64_t at = 0;
  while (at < change.bytes.size()) {
    const std::uint64_t sector_end = ((change.offset + at) / kSector + 1) * kSector - change.offset;
    const std::uint64_t end = std::min<std::uint64_t>(sector_end, change.bytes.size());
    if (draw_below(2) == 0)
      write_into(contents, change.offset + at, std::string_view(change.bytes).substr(at, end - at));
    at = end;
  }
}

void MemoryFileSystem::apply_some(Inode& inode) {
  // Often everything or nothing, since those are the commonest; otherwise each change whole, torn or lost.
  const std::uint64_t mood = draw_below(4);
  for (const Change& change : inode.pending) {
    if (mood == 0) continue;
    const std::uint64_t fate = mood == 1 ? 0 : draw_below(3);
    if (fate == 0) apply(inode.durable, change);
    if (fate == 1) apply_torn(inode.durable, change);
  }
  inode.pending.clear();
}

void MemoryFileSystem::apply_name(const NameChange& change) {
  if (!change.removed.empty()) durable_names_.erase(change.removed);
  if (!change.added.empty()) durable_names_[change.added] = change.inode;
}

void MemoryFileSystem::reboot(Seed seed) {
  seed_ = seed;
  draws_ = 0;
  reboot();
}

void MemoryFileSystem::reboot() {
  const std::uint64_t mood = draw_below(4);
  for (const NameChange& change : pending_names_) {
    if (mood == 0 || (mood > 1 && draw_below(2) == 0)) continue;
    apply_name(change);
  }
  pending_names_.clear();
  std::set<Inode*> seen;
  for (const auto& [name, inode] : durable_names_) {
    if (!seen.insert(inode.get()).second) continue;
    apply_some(*inode);
    inode->current = inode->durable;
    inode->path = name;
  }
  names_ = durable_names_;
  powered_ = true;
  power_loss_at_.reset();
  sync_failure_at_.reset();
  ++life_;
}

bool MemoryFileSystem::writable(const std::string& path) const { return !read_only_.contains(directory_of(path)); }

IoResult<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& path, OpenMode mode) {
  if (!powered_) return Failure{IoError::kPowerLost};
  auto found = names_.find(path);
  if (mode != OpenMode::kCreateNew) {
    if (found == names_.end()) return Failure{IoError::kNotFound};
    return std::unique_ptr<File>(new MemoryFile(*this, found->second, mode == OpenMode::kReadWrite));
  }
  if (found != names_.end()) return Failure{IoError::kExists};
  if (!directories_.contains(directory_of(path))) return Failure{IoError::kNotFound};
  if (!writable(path)) return Failure{IoError::kAccess};
  const bool alive = tick();
  auto inode = std::make_shared<Inode>();
  inode->path = path;
  names_[path] = inode;
  pending_names_.push_back({directory_of(path), {}, path, inode});
  if (!alive) return Failure{IoError::kPowerLost};
  return std::unique_ptr<File>(new MemoryFile(*this, inode, true));
}

IoResult<std::vector<std::string>> MemoryFileSystem::list(const std::string& directory) {
  if (!powered_) return Failure{IoError::kPowerLost};
  if (!directories_.contains(directory)) return Failure{IoError::kNotFound};
  std::vector<std::string> names;
  for (const auto& [path, inode] : names_) {
    if (directory_of(path) == directory) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

IoResult<Done> MemoryFileSystem::create_directories(const std::string& directory) {
  if (!powered_) return Failure{IoError::kPowerLost};
  if (read_only_.contains(directory_of(directory)) && !directories_.contains(directory)) {
    return Failure{IoError::kAccess};
  }
  for (std::string d = directory; d != "." && !d.empty(); d = directory_of(d)) directories_.insert(d);
  return Done{};
}

IoResult<Done> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  if (!powered_) return Failure{IoError::kPowerLost};
  auto found = names_.find(from);
  if (found == names_.end()) return Failure{IoError::kNotFound};
  if (!writable(to)) return Failure{IoError::kAccess};
  const bool alive = tick();
  const auto inode = found->second;
  names_.erase(found);
  names_[to] = inode;
  inode->path = to;
  pending_names_.push_back({directory_of(to), from, to, inode});
  if (!alive) return Failure{IoError::kPowerLost};
  return Done{};
}

IoResult<Done> MemoryFileSystem::unlink(const std::string& path) {
  if (!powered_) return Failure{IoError::kPowerLost};
  if (!names_.contains(path)) return Failure{IoError::kNotFound};
  if (!writable(path)) return Failure{IoError::kAccess};
  const bool alive = tick();
  names_.erase(path);
  pending_names_.push_back({directory_of(path), path, {}, nullptr});
  if (!alive) return Failure{IoError::kPowerLost};
  return Done{};
}

IoResult<Done> MemoryFileSystem::sync_directory(const std::string& directory) {
  if (!powered_) return Failure{IoError::kPowerLost};
  if (!tick()) return Failure{IoError::kPowerLost};
  std::vector<NameChange> left;
  for (NameChange& change : pending_names_) {
    if (change.directory == directory) {
      apply_name(change);
    } else {
      left.push_back(std::move(change));
    }
  }
  pending_names_ = std::move(left);
  return Done{};
}

std::string MemoryFileSystem::contents(const std::string& path) const { return names_.at(path)->current; }

void MemoryFileSystem::put(const std::string& path, std::string contents) {
  directories_.insert(directory_of(path));
  auto& inode = names_[path];
  if (!inode) inode = std::make_shared<Inode>();
  inode->path = path;
  inode->durable = inode->current = std::move(contents);
  inode->pending.clear();
  durable_names_[path] = inode;
}

void MemoryFileSystem::erase(const std::string& path) {
  names_.erase(path);
  durable_names_.erase(path);
}

}  // namespace vivarium::testing
