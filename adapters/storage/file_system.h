// The FileSystem port: the only way in which storage code touches a disk.
//
// In production it is POSIX (posix_file_system); in the simulator a disk that tears, forgets, rots and lies. Calls are
// synchronous and may fail at any point; in the simulator power may be lost inside any of them, which every later call
// reports as kPowerLost. Names are paths. Nothing is durable before sync (contents) and sync_directory (names).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/result.h"

namespace vivarium {

enum class IoError { kNotFound, kExists, kNoSpace, kIo, kAccess, kPowerLost, kOther };
const char* io_error_name(IoError error);

template <class T>
using IoResult = Result<T, IoError>;

/// An open file. Closing (destruction) does not sync.
class File {
 public:
  virtual ~File() = default;
  /// Writes all of `bytes` at `offset`, extending the file when needed.
  virtual IoResult<Done> write_at(std::uint64_t offset, std::string_view bytes) = 0;
  /// Reads up to `size` bytes at `offset` into `out` (replaced); fewer only at the end of the file.
  virtual IoResult<Done> read_at(std::uint64_t offset, std::size_t size, std::string& out) = 0;
  /// Contents and size survive power loss once this returns (fdatasync). After an error the file may not be trusted or
  /// synced again: the caller must stop.
  virtual IoResult<Done> sync() = 0;
  virtual IoResult<Done> truncate(std::uint64_t size) = 0;
  /// Makes the file at least `size` bytes long without writing (the new part reads as zeros); never shortens it. May
  /// fail with kNoSpace, and the file is then as long as before.
  virtual IoResult<Done> preallocate(std::uint64_t size) = 0;
  virtual IoResult<std::uint64_t> size() = 0;
};

/// kRead and kReadWrite need the file to exist; kCreateNew needs it not to.
enum class OpenMode { kRead, kReadWrite, kCreateNew };

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual IoResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  /// Plain file names in `directory`, sorted.
  virtual IoResult<std::vector<std::string>> list(const std::string& directory) = 0;
  /// With its missing parents; the new names are durable when this returns. Nothing happens when it exists.
  virtual IoResult<Done> create_directories(const std::string& directory) = 0;
  /// Replaces `to` atomically when it exists.
  virtual IoResult<Done> rename(const std::string& from, const std::string& to) = 0;
  virtual IoResult<Done> unlink(const std::string& path) = 0;
  /// Creations, renames and removals inside `directory` survive power loss once this returns.
  virtual IoResult<Done> sync_directory(const std::string& directory) = 0;
};

}  // namespace vivarium
