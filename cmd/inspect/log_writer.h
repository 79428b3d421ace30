// A new log file for `recover` and `chop`.
//
// Must never: replace a file; leave a partial one behind when it was not finished.
#pragma once

#include <memory>
#include <string>

#include "adapters/storage/file_system.h"
#include "kernel/base/containers.h"

namespace vivarium::inspect {

class LogWriter {
 public:
  /// Writes the header, with the dbid of the log that is copied.
  static IoResult<std::unique_ptr<LogWriter>> create(FileSystem& fs, const std::string& path, std::int64_t dbid);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  IoResult<Done> append(std::string_view entry);
  /// Durable with its name when this returns.
  IoResult<Done> finish();

 private:
  LogWriter(FileSystem& fs, std::string path, std::unique_ptr<File> file)
      : fs_(fs), path_(std::move(path)), file_(std::move(file)) {}
  IoResult<Done> flush();

  FileSystem& fs_;
  std::string path_;
  std::unique_ptr<File> file_;
  Vector<char> buffer_;
  std::uint64_t offset_ = 0;
  bool finished_ = false;
};

}  // namespace vivarium::inspect
