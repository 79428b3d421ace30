#include "cmd/inspect/log_writer.h"

#include <filesystem>

#include "adapters/storage/whole_file.h"
#include "kernel/wire/log_record.h"

namespace vivarium::inspect {
namespace {

constexpr std::size_t kFlushAt = 1u << 20;

std::string directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return directory.empty() ? "." : directory;
}

}  // namespace

IoResult<std::unique_ptr<LogWriter>> LogWriter::create(FileSystem& fs, const std::string& path, std::int64_t dbid) {
  auto file = fs.open(path, OpenMode::kCreateNew);
  if (!file) return Failure{file.error()};
  std::unique_ptr<LogWriter> writer(new LogWriter(fs, path, std::move(*file)));
  ByteWriter out(writer->buffer_);
  out.i32(kLogMagic);
  out.i32(kLogVersion);
  out.i64(dbid);
  return writer;
}

LogWriter::~LogWriter() {
  if (finished_) return;
  file_.reset();
  static_cast<void>(remove_if_present(fs_, path_).ok());
}

IoResult<Done> LogWriter::append(std::string_view entry) {
  ByteWriter out(buffer_);
  encode_log_record(out, entry);
  return buffer_.size() < kFlushAt ? IoResult<Done>(Done{}) : flush();
}

IoResult<Done> LogWriter::flush() {
  if (auto written = file_->write_at(offset_, view(buffer_)); !written) return written;
  offset_ += buffer_.size();
  buffer_.clear();
  return Done{};
}

IoResult<Done> LogWriter::finish() {
  if (auto flushed = flush(); !flushed) return flushed;
  if (auto synced = file_->sync(); !synced) return synced;
  if (auto synced = fs_.sync_directory(directory_of(path_)); !synced) return synced;
  finished_ = true;
  return Done{};
}

}  // namespace vivarium::inspect
