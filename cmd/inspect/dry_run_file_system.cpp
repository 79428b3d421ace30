#include "cmd/inspect/dry_run_file_system.h"

namespace vivarium::inspect {
namespace {

/// `base` is null for a file that would have been created.
class DryRunFile final : public File {
 public:
  DryRunFile(std::unique_ptr<File> base, std::string path, std::vector<std::string>& changes)
      : base_(std::move(base)), path_(std::move(path)), changes_(changes) {}

  IoResult<Done> write_at(std::uint64_t, std::string_view) override { return Done{}; }
  IoResult<Done> read_at(std::uint64_t offset, std::size_t size, std::string& out) override {
    if (base_) return base_->read_at(offset, size, out);
    out.clear();
    return Done{};
  }
  IoResult<Done> sync() override { return Done{}; }
  IoResult<Done> truncate(std::uint64_t size) override {
    changes_.push_back("cut " + path_ + " to " + std::to_string(size) + " bytes");
    return Done{};
  }
  IoResult<Done> preallocate(std::uint64_t) override { return Done{}; }
  IoResult<std::uint64_t> size() override { return base_ ? base_->size() : IoResult<std::uint64_t>(std::uint64_t{0}); }

 private:
  std::unique_ptr<File> base_;
  std::string path_;
  std::vector<std::string>& changes_;
};

}  // namespace

IoResult<std::unique_ptr<File>> DryRunFileSystem::open(const std::string& path, OpenMode mode) {
  auto file = base_.open(path, OpenMode::kRead);
  if (mode == OpenMode::kCreateNew) {
    if (file) return Failure{IoError::kExists};
    if (file.error() != IoError::kNotFound) return Failure{file.error()};
    return std::unique_ptr<File>(new DryRunFile(nullptr, path, changes_));
  }
  if (!file || mode == OpenMode::kRead) return file;
  return std::unique_ptr<File>(new DryRunFile(std::move(*file), path, changes_));
}

IoResult<Done> DryRunFileSystem::create_directories(const std::string& directory) {
  changes_.push_back("create directory " + directory);
  return Done{};
}

IoResult<Done> DryRunFileSystem::rename(const std::string& from, const std::string& to) {
  changes_.push_back("rename " + from + " to " + to);
  return Done{};
}

IoResult<Done> DryRunFileSystem::unlink(const std::string& path) {
  if (const auto file = base_.open(path, OpenMode::kRead); !file) return Failure{file.error()};
  changes_.push_back("remove " + path);
  return Done{};
}

}  // namespace vivarium::inspect
