#include "adapters/storage/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace vivarium {
namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kDirectoryMode = 0755;

Failure<IoError> failure_of(int error_number) {
  switch (error_number) {
    case ENOENT:
      return Failure{IoError::kNotFound};
    case EEXIST:
      return Failure{IoError::kExists};
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Failure{IoError::kNoSpace};
    case EIO:
      return Failure{IoError::kIo};
    case EACCES:
    case EPERM:
    case EROFS:
      return Failure{IoError::kAccess};
    default:
      return Failure{IoError::kOther};
  }
}

/// Repeats `call` while a signal interrupts it. Only for calls that did nothing when they report EINTR.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

class PosixFile final : public File {
 public:
  explicit PosixFile(int descriptor) : descriptor_(descriptor) {}
  ~PosixFile() override { ::close(descriptor_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  IoResult<Done> write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          uninterrupted([&] { return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
      if (written < 0) return failure_of(errno);
      if (written == 0) return Failure{IoError::kIo};
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return Done{};
  }

  IoResult<Done> read_at(std::uint64_t offset, std::size_t size, std::string& out) override {
    out.resize(size);
    std::size_t filled = 0;
    while (filled < size) {
      const ssize_t got = uninterrupted([&] {
        return ::pread(descriptor_, out.data() + filled, size - filled, static_cast<off_t>(offset + filled));
      });
      if (got < 0) return failure_of(errno);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    out.resize(filled);
    return Done{};
  }

  IoResult<Done> sync() override {
    // fdatasync flushes a grown size; after a cut we ask for everything.
    const int result = uninterrupted([&] { return size_was_cut_ ? ::fsync(descriptor_) : ::fdatasync(descriptor_); });
    if (result != 0) return failure_of(errno);
    size_was_cut_ = false;
    return Done{};
  }

  IoResult<Done> truncate(std::uint64_t size) override {
    size_was_cut_ = true;
    if (uninterrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(size)); }) != 0) {
      return failure_of(errno);
    }
    return Done{};
  }

  IoResult<Done> preallocate(std::uint64_t bytes) override {
    const auto current = size();
    if (!current) return Failure{current.error()};
    if (*current >= bytes) return Done{};
    const int reserved = uninterrupted([&] { return ::fallocate(descriptor_, 0, 0, static_cast<off_t>(bytes)); });
    if (reserved == 0) return Done{};
    // File systems without allocation ahead of writing still take a sparse size, as Apache leaves it.
    if (errno != EOPNOTSUPP && errno != ENOSYS) return failure_of(errno);
    if (uninterrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(bytes)); }) != 0) {
      return failure_of(errno);
    }
    return Done{};
  }

  IoResult<std::uint64_t> size() override {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return failure_of(errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  int descriptor_;
  bool size_was_cut_ = false;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY | O_CLOEXEC;
    case OpenMode::kReadWrite:
      return O_RDWR | O_CLOEXEC;
    case OpenMode::kCreateNew:
      return O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
  }
  KUNREACHABLE();
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

IoResult<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path, OpenMode mode) {
  const int descriptor = uninterrupted([&] { return ::open(path.c_str(), flags_of(mode), kFileMode); });
  if (descriptor < 0) return failure_of(errno);
  if (mode == OpenMode::kRead) ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return std::unique_ptr<File>(new PosixFile(descriptor));
}

IoResult<std::vector<std::string>> PosixFileSystem::list(const std::string& directory) {
  DIR* const stream = ::opendir(directory.c_str());
  if (stream == nullptr) return failure_of(errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  const int error_number = errno;
  ::closedir(stream);
  if (error_number != 0) return failure_of(error_number);
  std::sort(names.begin(), names.end());
  return names;
}

IoResult<Done> PosixFileSystem::create_directories(const std::string& directory) {
  if (is_directory(directory)) return Done{};
  const std::size_t slash = directory.find_last_of('/');
  const std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : directory.substr(0, slash);
  if (auto made = create_directories(parent); !made) return made;
  if (::mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) return failure_of(errno);
  if (!is_directory(directory)) return Failure{IoError::kExists};
  return sync_directory(parent);
}

IoResult<Done> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failure_of(errno);
  return Done{};
}

IoResult<Done> PosixFileSystem::unlink(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return failure_of(errno);
  return Done{};
}

IoResult<Done> PosixFileSystem::sync_directory(const std::string& directory) {
  const int descriptor = uninterrupted([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) return failure_of(errno);
  const int result = uninterrupted([&] { return ::fsync(descriptor); });
  const int error_number = errno;
  ::close(descriptor);
  if (result != 0) return failure_of(error_number);
  return Done{};
}

}  // namespace vivarium
