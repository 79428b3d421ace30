// A FileSystem that a mutant may bend; see bent_file_system.h.
#include "sim/zoo/bent_file_system.h"

#include <utility>

namespace vivarium::sim {
namespace {

class BentFile final : public File {
 public:
  BentFile(std::unique_ptr<File> file, std::string path, Bend& bend)
      : file_(std::move(file)), path_(std::move(path)), bend_(bend) {}
  IoResult<Done> write_at(std::uint64_t offset, std::string_view bytes) override {
    return bend_.write(*file_, path_, offset, bytes);
  }
  IoResult<Done> read_at(std::uint64_t offset, std::size_t size, std::string& out) override {
    return file_->read_at(offset, size, out);
  }
  IoResult<Done> sync() override { return bend_.sync(*file_, path_); }
  IoResult<Done> truncate(std::uint64_t size) override { return bend_.truncate(*file_, path_, size); }
  IoResult<Done> preallocate(std::uint64_t size) override { return file_->preallocate(size); }
  IoResult<std::uint64_t> size() override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
  std::string path_;
  Bend& bend_;
};

}  // namespace

IoResult<std::unique_ptr<File>> BentFileSystem::open(const std::string& path, OpenMode mode) {
  auto opened = bend_.open(disk_, path, mode);
  if (!opened.ok()) return opened;
  return std::unique_ptr<File>(std::make_unique<BentFile>(std::move(*opened), path, bend_));
}

}  // namespace vivarium::sim
