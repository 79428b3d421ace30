// Framing of transaction log files, as Apache's FileTxnLog writes them (protocol.md section 4).
//
//   file   = magic "ZKLG", int version 2, long dbid 0, record*, zero padding
//   record = long adler32(entry), int length, entry (txn.h), byte 'B'
//
// This file only frames and classifies; whether a bad record is a torn tail or damage is decided by
// adapters/storage/recovery with the persist evidence. Must never: treat a bad record as the end by itself.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/bytes.h"

namespace vivarium {

inline constexpr std::int32_t kLogMagic = 0x5A4B4C47;
inline constexpr std::int32_t kLogVersion = 2;
inline constexpr std::size_t kLogHeaderSize = 16;
inline constexpr std::size_t kLogRecordOverhead = 8 + 4 + 1;
inline constexpr char kLogRecordEnd = 0x42;

void encode_log_header(ByteWriter& out);
bool is_log_header(std::string_view first_16_bytes);

/// Frames one encoded txn. Returns its Adler-32.
std::uint32_t encode_log_record(ByteWriter& out, std::string_view entry);

enum class LogRecordStatus {
  kRecord,       // a whole record whose checksum holds
  kPadding,      // length 0 (or nothing left): Apache's end of file
  kIncomplete,   // the bytes end inside the record
  kBadLength,    // negative or over the limit
  kNoEndMark,    // the byte after the entry is not 'B': Apache takes it as a partial write
  kBadChecksum,  // whole, ended, but the Adler-32 differs
};
struct LogRecord {
  LogRecordStatus status = LogRecordStatus::kPadding;
  std::string_view entry;      // valid for kRecord
  std::uint32_t checksum = 0;  // as stored
  std::size_t size = 0;        // bytes of the whole record, for kRecord and kBadChecksum
};
/// Looks at the record that starts at the front of `bytes`. `max_entry` bounds the length field.
LogRecord read_log_record(std::string_view bytes, std::size_t max_entry);

}  // namespace vivarium
