#include "adapters/storage/data_directory.h"

#include "adapters/storage/file_names.h"
#include "adapters/storage/whole_file.h"

namespace vivarium {
namespace {

Failure<RecoveryError> refuse(std::string text) {
  return Failure{RecoveryError{RecoveryError::Kind::kDataDirectory, std::move(text)}};
}

Result<Done, RecoveryError> make_directory(FileSystem& fs, const std::string& directory, bool auto_create) {
  const auto listed = fs.list(directory);
  if (listed) return Done{};
  if (listed.error() != IoError::kNotFound) {
    return refuse("cannot read data directory " + directory + ": " + io_error_name(listed.error()));
  }
  if (!auto_create) {
    return refuse("data directory " + directory +
                  " does not exist and zookeeper.datadir.autocreate is false: create it, or correct dataDir and "
                  "dataLogDir");
  }
  if (const auto made = fs.create_directories(directory); !made) {
    return refuse("cannot create data directory " + directory + ": " + io_error_name(made.error()));
  }
  return Done{};
}

/// A file that cannot be created now is better known now than at the first write.
Result<Done, RecoveryError> probe(FileSystem& fs, const std::string& directory) {
  const std::string path = join_path(directory, temporary_name("write-check"));
  auto removed = remove_if_present(fs, path);
  if (removed) {
    const auto created = fs.open(path, OpenMode::kCreateNew);
    if (!created) return refuse("cannot write to data directory " + directory + ": " + io_error_name(created.error()));
    removed = remove_if_present(fs, path);
  }
  if (!removed) return refuse("cannot write to data directory " + directory + ": " + io_error_name(removed.error()));
  return Done{};
}

Result<Done, RecoveryError> check_contents(FileSystem& fs, const std::string& directory, const std::string& foreign,
                                           const char* what) {
  const auto names = fs.list(directory);
  if (!names) return refuse("cannot read data directory " + directory + ": " + io_error_name(names.error()));
  for (const std::string& name : *names) {
    if (name.compare(0, foreign.size(), foreign) == 0) {
      return refuse(directory + " holds " + name + ", but it is the directory of " + what +
                    ": check dataDir and dataLogDir");
    }
  }
  return Done{};
}

Result<Done, RecoveryError> sweep(FileSystem& fs, const std::string& directory) {
  const auto files = list_files(fs, directory);
  if (!files) return refuse("cannot read data directory " + directory + ": " + io_error_name(files.error()));
  for (const std::string& path : files->temporary) {
    if (const auto removed = remove_if_present(fs, path); !removed) {
      return refuse("cannot remove " + path + ": " + io_error_name(removed.error()));
    }
  }
  return Done{};
}

}  // namespace

std::string snapshot_directory(const StoreOptions& options) { return version_directory(options.data_dir); }
std::string log_directory(const StoreOptions& options) {
  return version_directory(options.log_dir.empty() ? options.data_dir : options.log_dir);
}

Result<Done, RecoveryError> prepare_directories(FileSystem& fs, const StoreOptions& options) {
  const std::string snapshots = snapshot_directory(options);
  const std::string logs = log_directory(options);
  for (const std::string& directory : {logs, snapshots}) {
    if (auto made = make_directory(fs, directory, options.auto_create); !made) return made;
    if (auto writable = probe(fs, directory); !writable) return writable;
    if (auto swept = sweep(fs, directory); !swept) return swept;
  }
  if (snapshots == logs) return Done{};
  if (auto checked = check_contents(fs, logs, "snapshot.", "logs (dataLogDir)"); !checked) return checked;
  return check_contents(fs, snapshots, "log.", "snapshots (dataDir)");
}

}  // namespace vivarium
