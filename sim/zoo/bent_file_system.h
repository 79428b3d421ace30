// A FileSystem between the store and its disk that a mutant may bend, one call at a time.
//
// Every hook passes through by default, so a bent file system with no bend is the disk itself.
#pragma once

#include <memory>
#include <string>

#include "adapters/storage/file_system.h"

namespace vivarium::sim {

class Bend {
 public:
  virtual ~Bend() = default;
  virtual IoResult<Done> write(File& file, const std::string&, std::uint64_t offset, std::string_view bytes) {
    return file.write_at(offset, bytes);
  }
  virtual IoResult<Done> sync(File& file, const std::string&) { return file.sync(); }
  virtual IoResult<Done> truncate(File& file, const std::string&, std::uint64_t size) { return file.truncate(size); }
  virtual IoResult<std::unique_ptr<File>> open(FileSystem& disk, const std::string& path, OpenMode mode) {
    return disk.open(path, mode);
  }
  virtual IoResult<Done> sync_directory(FileSystem& disk, const std::string& path) { return disk.sync_directory(path); }
  virtual IoResult<Done> unlink(FileSystem& disk, const std::string& path) { return disk.unlink(path); }
  virtual IoResult<Done> rename(FileSystem& disk, const std::string& from, const std::string& to) {
    return disk.rename(from, to);
  }
};

class BentFileSystem final : public FileSystem {
 public:
  BentFileSystem(FileSystem& disk, Bend& bend) : disk_(disk), bend_(bend) {}

  IoResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  IoResult<std::vector<std::string>> list(const std::string& directory) override { return disk_.list(directory); }
  IoResult<Done> create_directories(const std::string& directory) override {
    return disk_.create_directories(directory);
  }
  IoResult<Done> rename(const std::string& from, const std::string& to) override {
    return bend_.rename(disk_, from, to);
  }
  IoResult<Done> unlink(const std::string& path) override { return bend_.unlink(disk_, path); }
  IoResult<Done> sync_directory(const std::string& directory) override {
    return bend_.sync_directory(disk_, directory);
  }

 private:
  FileSystem& disk_;
  Bend& bend_;
};

}  // namespace vivarium::sim
