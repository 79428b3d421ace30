// Reading one transaction log file, record by record.
//
// Says what is there, not what it means: whether a bad record is a torn tail or damage is log_check's business. Used by
// recovery and by vivarium-inspect.
// Must never: go on behind a bad record by itself.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/storage/file_system.h"
#include "kernel/base/types.h"
#include "kernel/wire/log_record.h"

namespace vivarium {

enum class LogHeader {
  kGood,
  kAbsent,  // shorter than a header, or only zeros where it belongs: the file was never begun
  kBad,     // something else
};

/// What stands at one place of a log file. `entry` is valid until the next call.
struct LogPlace {
  enum class Kind { kRecord, kEnd, kBad, kUnreadable } kind = Kind::kEnd;
  LogRecordStatus status = LogRecordStatus::kPadding;  // kBad: what is wrong
  std::uint64_t offset = 0;
  // kRecord, and kBad when only the checksum differs (then what they say may be wrong):
  std::uint64_t end = 0;  // offset after the record
  std::string_view entry;
  std::uint32_t checksum = 0;  // as stored
  Zxid zxid;
};
/// "checksum differs" and the like.
const char* log_record_problem(LogRecordStatus status);

/// The zxid in an encoded txn header; nullopt when the entry is too short for one.
std::optional<Zxid> entry_zxid(std::string_view entry);

class LogReader {
 public:
  static IoResult<std::unique_ptr<LogReader>> open(FileSystem& fs, const std::string& path, std::size_t max_txn);

  LogHeader header() const { return header_; }
  std::uint64_t file_size() const { return file_size_; }
  /// What stands at the current offset; behind a good record the offset moves on. kEnd: only zero bytes or nothing
  /// here (more may follow: see find_bytes).
  LogPlace next();
  std::uint64_t offset() const { return offset_; }
  void seek(std::uint64_t offset) { offset_ = offset; }

  /// First offset at or after `from` that holds a byte other than zero; nullopt when there is none.
  IoResult<std::optional<std::uint64_t>> find_bytes(std::uint64_t from);
  /// First intact record at or after `from`, at any alignment, whose zxid is above `above`.
  struct Found {
    std::uint64_t offset;
    Zxid zxid;
  };
  IoResult<std::optional<Found>> find_record(std::uint64_t from, Zxid above);

 private:
  LogReader(std::unique_ptr<File> file, std::uint64_t size, std::size_t max_txn);
  IoResult<Done> read_header();
  /// Bytes from `offset` on: at least `size` of them unless the file ends before.
  IoResult<std::string_view> window(std::uint64_t offset, std::size_t size);

  std::unique_ptr<File> file_;
  std::uint64_t file_size_;
  std::size_t max_txn_;
  LogHeader header_ = LogHeader::kAbsent;
  std::uint64_t offset_ = kLogHeaderSize;
  std::string window_;
  std::uint64_t window_offset_ = 0;
};

}  // namespace vivarium
