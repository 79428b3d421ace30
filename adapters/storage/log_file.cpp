#include "adapters/storage/log_file.h"

#include <algorithm>

#include "adapters/storage/file_names.h"
#include "kernel/wire/log_record.h"

namespace vivarium {
namespace {

/// Apache grows a log when the write position comes this close to its end.
constexpr std::uint64_t kPreallocateMargin = 4096;

}  // namespace

StorageResult LogFile::fail(std::string what, const std::string& path, IoError error) {
  what += " " + path + ": " + io_error_name(error);  // before `path` may go with current_
  failed_ = true;
  current_.reset();
  return Failure{std::move(what)};
}

StorageResult LogFile::append(Zxid zxid, std::string_view entry) {
  KASSERT(!failed_);
  KASSERT(zxid > last_appended_);
  KASSERT(!entry.empty());
  if (buffer_.empty()) buffer_first_ = zxid;
  const std::size_t before = buffer_.size();
  ByteWriter writer(buffer_);
  const std::uint32_t checksum = encode_log_record(writer, entry);
  EvidenceEntry evidence;
  evidence.zxid = zxid;
  evidence.end = buffer_.size() - before;  // its size until the place in the file is known
  evidence.length = static_cast<std::uint32_t>(entry.size());
  evidence.checksum = checksum;
  unevidenced_.push_back(evidence);
  last_appended_ = zxid;
  return buffer_.size() >= kMaxUnsyncedBytes ? sync() : Done{};
}

StorageResult LogFile::start_file(Zxid first) {
  auto next = std::make_unique<Current>();
  next->path = join_path(options_.directory, log_name(first));
  auto file = fs_.open(next->path, OpenMode::kCreateNew);
  if (!file) return fail("cannot create log file", next->path, file.error());
  next->file = std::move(*file);
  Vector<char> header;
  ByteWriter writer(header);
  encode_log_header(writer);
  if (auto written = next->file->write_at(0, view(header)); !written) {
    return fail("cannot write the header of log file", next->path, written.error());
  }
  next->position = next->allocated = kLogHeaderSize;
  current_ = std::move(next);
  if (!options_.force_sync) return Done{};
  preallocate(current_->position);
  if (auto synced = current_->file->sync(); !synced)
    return fail("cannot sync log file", current_->path, synced.error());

  const std::string evidence_path = join_path(options_.directory, evidence_name(first));
  auto evidence = EvidenceWriter::create(fs_, evidence_path, first);
  if (!evidence) return fail("cannot create", evidence_path, evidence.error());
  if (auto synced = (*evidence)->sync(); !synced) return fail("cannot sync", evidence_path, synced.error());
  current_->evidence = std::move(*evidence);
  if (auto synced = fs_.sync_directory(options_.directory); !synced) {
    return fail("cannot sync directory", options_.directory, synced.error());
  }
  return Done{};
}

/// Apache's rule for the size of the file. Room that cannot be had is left to the write itself to complain about.
void LogFile::preallocate(std::uint64_t end) {
  const std::uint64_t step = options_.preallocate_bytes;
  if (step == 0 || end + kPreallocateMargin < current_->allocated) return;
  const std::uint64_t wanted = end > current_->allocated ? (end + step) / step * step : current_->allocated + step;
  if (current_->file->preallocate(wanted)) current_->allocated = wanted;
}

StorageResult LogFile::write_buffer() {
  if (buffer_.empty()) return Done{};
  if (!current_) {
    if (auto started = start_file(buffer_first_); !started) return started;
  }
  preallocate(current_->position + buffer_.size());
  if (auto written = current_->file->write_at(current_->position, view(buffer_)); !written) {
    return fail("cannot write log file", current_->path, written.error());
  }
  for (EvidenceEntry& entry : unevidenced_) {
    current_->position += entry.end;
    entry.end = current_->position;
  }
  buffer_.clear();
  written_unsynced_ = true;
  return Done{};
}

StorageResult LogFile::sync() {
  KASSERT(!failed_);
  if (auto written = write_buffer(); !written) return written;
  if (!written_unsynced_) return Done{};
  if (options_.force_sync) {
    if (auto synced = current_->file->sync(); !synced) {
      return fail("cannot sync log file", current_->path, synced.error());
    }
    write_evidence();
  }
  unevidenced_.clear();
  written_unsynced_ = false;
  return Done{};
}

/// Evidence is a help, not a promise: when it cannot be written, the log goes on without.
void LogFile::write_evidence() {
  if (!current_->evidence) return;
  for (const EvidenceEntry& entry : unevidenced_) current_->evidence->add(entry);
  if (!current_->evidence->write()) {
    current_->evidence.reset();
    return;
  }
  if (++batches_since_evidence_sync_ >= kEvidenceSyncBatches) sync_evidence();
}

void LogFile::sync_evidence() {
  batches_since_evidence_sync_ = 0;
  if (current_ && current_->evidence && !current_->evidence->sync()) current_->evidence.reset();
}

StorageResult LogFile::roll() {
  KASSERT(!failed_);
  if (auto synced = sync(); !synced) return synced;
  if (!current_) return Done{};
  if (current_->allocated > current_->position) {
    if (auto cut = current_->file->truncate(current_->position); !cut) {
      return fail("cannot cut the unused end of log file", current_->path, cut.error());
    }
    // Not synced: should power loss undo the cut, zeros are what every reader takes for the end.
  }
  sync_evidence();
  current_.reset();
  return Done{};
}

void LogFile::continue_after(Zxid last) {
  KASSERT(!failed_);
  KASSERT(current_ == nullptr);
  KASSERT(buffer_.empty());
  last_appended_ = last;
}

void LogFile::idle() {
  KASSERT(!failed_);
  sync_evidence();
}

}  // namespace vivarium
