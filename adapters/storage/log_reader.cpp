#include "adapters/storage/log_reader.h"

#include <algorithm>
#include <cstring>

#include "kernel/base/bytes.h"
#include "kernel/base/hash.h"

namespace vivarium {
namespace {

constexpr std::size_t kChunk = 1u << 20;
constexpr std::size_t kTxnHeaderSize = 32;
constexpr std::size_t kLengthOffset = 8;
constexpr std::size_t kEntryOffset = 12;

std::size_t count_leading_zeros(std::string_view bytes) {
  std::size_t at = 0;
  while (at + 8 <= bytes.size()) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if (word != 0) break;
    at += 8;
  }
  while (at < bytes.size() && bytes[at] == 0) ++at;
  return at;
}

/// Whether `bytes` may begin a record: the checksum's upper half is zero and the length is possible.
bool may_begin_record(std::string_view bytes, std::size_t max_txn) {
  if (bytes.size() < kEntryOffset) return false;
  if (load_big_endian<std::uint32_t>(bytes.data()) != 0) return false;
  const auto length = load_big_endian<std::uint32_t>(bytes.data() + kLengthOffset);
  return length >= kTxnHeaderSize && length <= max_txn;
}

}  // namespace

const char* log_record_problem(LogRecordStatus status) {
  switch (status) {
    case LogRecordStatus::kRecord:
      return "the record is not a transaction";
    case LogRecordStatus::kPadding:
      return "zero bytes stand where a record belongs";
    case LogRecordStatus::kIncomplete:
      return "the file ends inside the record";
    case LogRecordStatus::kBadLength:
      return "the record's length is impossible";
    case LogRecordStatus::kNoEndMark:
      return "the record's end mark is missing";
    case LogRecordStatus::kBadChecksum:
      return "the record's checksum differs";
  }
  KUNREACHABLE();
}

std::optional<Zxid> entry_zxid(std::string_view entry) {
  if (entry.size() < kTxnHeaderSize) return std::nullopt;
  return Zxid{static_cast<std::int64_t>(load_big_endian<std::uint64_t>(entry.data() + 12))};
}

LogReader::LogReader(std::unique_ptr<File> file, std::uint64_t size, std::size_t max_txn)
    : file_(std::move(file)), file_size_(size), max_txn_(max_txn) {}

IoResult<std::unique_ptr<LogReader>> LogReader::open(FileSystem& fs, const std::string& path, std::size_t max_txn) {
  auto file = fs.open(path, OpenMode::kRead);
  if (!file) return Failure{file.error()};
  const auto size = (*file)->size();
  if (!size) return Failure{size.error()};
  std::unique_ptr<LogReader> reader(new LogReader(std::move(*file), *size, max_txn));
  if (const auto header = reader->read_header(); !header) return Failure{header.error()};
  return reader;
}

IoResult<Done> LogReader::read_header() {
  const auto bytes = window(0, kLogHeaderSize);
  if (!bytes) return Failure{bytes.error()};
  const std::string_view header = bytes->substr(0, kLogHeaderSize);
  if (is_log_header(header)) {
    header_ = LogHeader::kGood;
  } else if (header.size() < kLogHeaderSize || count_leading_zeros(header) == header.size()) {
    header_ = LogHeader::kAbsent;
  } else {
    header_ = LogHeader::kBad;
  }
  return Done{};
}

IoResult<std::string_view> LogReader::window(std::uint64_t offset, std::size_t size) {
  const std::uint64_t window_end = window_offset_ + window_.size();
  const bool covered =
      offset >= window_offset_ && offset <= window_end && (offset + size <= window_end || window_end == file_size_);
  if (!covered || window_.empty()) {
    const auto read = file_->read_at(offset, std::max(size, kChunk), window_);
    if (!read) {
      window_.clear();
      return Failure{read.error()};
    }
    window_offset_ = offset;
  }
  return std::string_view(window_).substr(static_cast<std::size_t>(offset - window_offset_));
}

LogPlace LogReader::next() {
  LogPlace place;
  place.offset = offset_;
  auto bytes = window(offset_, kEntryOffset);
  if (bytes && bytes->size() >= kEntryOffset) {
    const auto length = load_big_endian<std::uint32_t>(bytes->data() + kLengthOffset);
    if (length <= max_txn_) bytes = window(offset_, kLogRecordOverhead + length);
  }
  if (!bytes) {
    place.kind = LogPlace::Kind::kUnreadable;
    return place;
  }
  const LogRecord record = read_log_record(*bytes, max_txn_);
  place.status = record.status;
  if (record.status == LogRecordStatus::kPadding) return place;
  place.kind = LogPlace::Kind::kBad;
  if (record.status != LogRecordStatus::kRecord && record.status != LogRecordStatus::kBadChecksum) return place;
  place.end = offset_ + record.size;
  place.entry = bytes->substr(kEntryOffset, record.size - kLogRecordOverhead);
  place.checksum = record.checksum;
  const auto zxid = entry_zxid(place.entry);
  if (!zxid) return place;
  place.zxid = *zxid;
  if (record.status != LogRecordStatus::kRecord) return place;
  place.kind = LogPlace::Kind::kRecord;
  offset_ = place.end;
  return place;
}

IoResult<std::optional<std::uint64_t>> LogReader::find_bytes(std::uint64_t from) {
  while (from < file_size_) {
    const auto bytes = window(from, 1);
    if (!bytes) return Failure{bytes.error()};
    if (bytes->empty()) break;
    const std::size_t zeros = count_leading_zeros(*bytes);
    from += zeros;
    if (zeros < bytes->size()) return std::optional<std::uint64_t>(from);
  }
  return std::optional<std::uint64_t>();
}

IoResult<std::optional<LogReader::Found>> LogReader::find_record(std::uint64_t from, Zxid above) {
  while (true) {
    const auto start = find_bytes(from);
    if (!start) return Failure{start.error()};
    if (!*start) return std::optional<Found>();
    // Up to seven zero bytes of the checksum's beginning may precede the first byte that is not zero.
    std::uint64_t at = **start >= from + kLengthOffset - 1 ? **start - (kLengthOffset - 1) : from;
    const std::uint64_t stop = **start + 1;
    for (; at < stop; ++at) {
      auto bytes = window(at, kEntryOffset);
      if (!bytes) return Failure{bytes.error()};
      if (!may_begin_record(*bytes, max_txn_)) continue;
      const auto length = load_big_endian<std::uint32_t>(bytes->data() + kLengthOffset);
      bytes = window(at, kLogRecordOverhead + length);
      if (!bytes) return Failure{bytes.error()};
      const LogRecord record = read_log_record(*bytes, max_txn_);
      if (record.status != LogRecordStatus::kRecord) continue;
      const auto zxid = entry_zxid(record.entry);
      if (zxid && *zxid > above) return std::optional<Found>(Found{at, *zxid});
    }
    from = stop;
  }
}

}  // namespace vivarium
