#include "adapters/driver/data_dir_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace vivarium {
namespace {

constexpr const char* kFileName = "/vivarium.lock";

/// The process that holds the lock, as it wrote itself into the file.
std::string holder(int fd) {
  char text[32] = {};
  const ssize_t size = ::pread(fd, text, sizeof text - 1, 0);
  return size <= 0 ? std::string("unknown") : std::string(text, std::strcspn(text, "\n"));
}

void write_holder(int fd) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0) return;  // the text only serves a message
  [[maybe_unused]] const ssize_t size = ::pwrite(fd, text.data(), text.size(), 0);
}

}  // namespace

Result<DataDirLock, std::string> DataDirLock::acquire(const std::string& directory, bool create) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    if (!create)
      return Failure<std::string>{
          fmt::format("data directory {} does not exist (datadir.autocreate=false)", directory)};
    std::filesystem::create_directories(directory, error);
    if (error)
      return Failure<std::string>{fmt::format("cannot create data directory {}: {}", directory, error.message())};
  }
  UniqueFd file(::open((directory + kFileName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) {
    return Failure<std::string>{fmt::format("cannot write to data directory {}: {}", directory, std::strerror(errno))};
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return Failure<std::string>{fmt::format("data directory {} is in use by another vivarium-server (process {})",
                                            directory, holder(file.get()))};
  }
  write_holder(file.get());
  return DataDirLock(std::move(file));
}

}  // namespace vivarium
