#include "adapters/storage/whole_file.h"

#include "adapters/storage/file_names.h"

namespace vivarium {

IoResult<std::string> read_whole_file(FileSystem& fs, const std::string& path) {
  auto file = fs.open(path, OpenMode::kRead);
  if (!file) return Failure{file.error()};
  const auto size = (*file)->size();
  if (!size) return Failure{size.error()};
  std::string contents;
  if (const auto read = (*file)->read_at(0, static_cast<std::size_t>(*size), contents); !read) {
    return Failure{read.error()};
  }
  return contents;
}

IoResult<Done> replace_file(FileSystem& fs, const std::string& directory, const std::string& name,
                            std::string_view contents) {
  const std::string temporary = join_path(directory, temporary_name(name));
  if (auto removed = remove_if_present(fs, temporary); !removed) return removed;
  auto file = fs.open(temporary, OpenMode::kCreateNew);
  if (!file) return Failure{file.error()};
  if (auto written = (*file)->write_at(0, contents); !written) return written;
  if (auto synced = (*file)->sync(); !synced) return synced;
  return fs.rename(temporary, join_path(directory, name));
}

IoResult<bool> is_present(FileSystem& fs, const std::string& path) {
  const auto file = fs.open(path, OpenMode::kRead);
  if (file || file.error() == IoError::kIo) return true;
  if (file.error() == IoError::kNotFound) return false;
  return Failure{file.error()};
}

IoResult<Done> remove_if_present(FileSystem& fs, const std::string& path) {
  auto removed = fs.unlink(path);
  if (!removed && removed.error() == IoError::kNotFound) return Done{};
  return removed;
}

}  // namespace vivarium
