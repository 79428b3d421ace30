// Framing and classification of log records; what a bad one means is recovery's decision.
//
// Checks come in the order of Apache's reader (length, end mark, checksum), so that both call the same bytes the
// same thing.
#include "kernel/wire/log_record.h"

#include <algorithm>

#include "kernel/base/hash.h"

namespace vivarium {
namespace {

constexpr std::size_t kEntryOffset = 8 + 4;

bool all_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

}  // namespace

void encode_log_header(ByteWriter& out) {
  const std::size_t start = out.size();
  out.i32(kLogMagic);
  out.i32(kLogVersion);
  out.i64(0);
  KASSERT(out.size() - start == kLogHeaderSize);
}

bool is_log_header(std::string_view first_16_bytes) {
  if (first_16_bytes.size() < kLogHeaderSize) return false;
  ByteReader in(first_16_bytes);
  const bool magic = in.i32() == kLogMagic;
  const bool version = in.i32() == kLogVersion;
  return magic && version;  // Apache does not look at the dbid either
}

std::uint32_t encode_log_record(ByteWriter& out, std::string_view entry) {
  KASSERT(!entry.empty());  // length 0 means end of file to every reader
  const std::uint32_t checksum = adler32(entry);
  out.i64(checksum);
  out.ustring(entry);
  out.u8(kLogRecordEnd);
  return checksum;
}

LogRecord read_log_record(std::string_view bytes, std::size_t max_entry) {
  LogRecord record;
  if (bytes.size() < kEntryOffset) {
    record.status = all_zero(bytes) ? LogRecordStatus::kPadding : LogRecordStatus::kIncomplete;
    return record;
  }
  ByteReader in(bytes);
  const auto stored = static_cast<std::uint64_t>(in.i64());
  const std::int32_t length = in.i32();
  record.checksum = static_cast<std::uint32_t>(stored);
  if (length == 0) return record;
  if (length < 0 || static_cast<std::size_t>(length) > max_entry) {
    record.status = LogRecordStatus::kBadLength;
    return record;
  }
  const std::string_view entry = in.bytes(static_cast<std::size_t>(length));
  const std::uint8_t end = in.u8();
  if (!in.ok()) {
    record.status = LogRecordStatus::kIncomplete;
    return record;
  }
  if (end != kLogRecordEnd) {
    record.status = LogRecordStatus::kNoEndMark;
    return record;
  }
  record.size = kLogRecordOverhead + entry.size();
  KASSERT(record.size <= bytes.size());
  if (stored != adler32(entry)) {
    record.status = LogRecordStatus::kBadChecksum;
    return record;
  }
  record.status = LogRecordStatus::kRecord;
  record.entry = entry;
  return record;
}

}  // namespace vivarium
