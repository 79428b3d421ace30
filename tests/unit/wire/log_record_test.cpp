// Log framing: each way in which the bytes of a record can be wrong has its own name.
#include "kernel/wire/log_record.h"

#include <gtest/gtest.h>

#include <string>

namespace vivarium {
namespace {

constexpr std::size_t kMaxEntry = 1000;

std::string record_of(std::string_view entry) {
  Vector<char> out;
  ByteWriter writer(out);
  encode_log_record(writer, entry);
  return std::string(view(out));
}

LogRecordStatus status_of(const std::string& bytes) { return read_log_record(bytes, kMaxEntry).status; }

TEST(LogRecord, reads_back_what_was_framed) {
  const std::string bytes = record_of("an entry");
  const std::string file = bytes + record_of("next");
  const LogRecord record = read_log_record(file, kMaxEntry);
  EXPECT_EQ(record.status, LogRecordStatus::kRecord);
  EXPECT_EQ(record.entry, "an entry");
  EXPECT_EQ(record.size, bytes.size());
  EXPECT_EQ(record.size, kLogRecordOverhead + 8);
}

TEST(LogRecord, takes_length_zero_as_padding) {
  EXPECT_EQ(status_of(""), LogRecordStatus::kPadding);
  EXPECT_EQ(status_of(std::string(5, '\0')), LogRecordStatus::kPadding);
  EXPECT_EQ(status_of(std::string(100, '\0')), LogRecordStatus::kPadding);
}

TEST(LogRecord, sees_that_the_bytes_end_inside_the_record) {
  const std::string bytes = record_of("an entry");
  for (std::size_t size = 8; size < bytes.size(); ++size) {
    EXPECT_EQ(status_of(bytes.substr(0, size)), LogRecordStatus::kIncomplete) << size;
  }
}

TEST(LogRecord, sees_a_missing_end_mark_before_a_bad_checksum) {
  std::string bytes = record_of("an entry");
  bytes[0] = 1;
  EXPECT_EQ(status_of(bytes), LogRecordStatus::kBadChecksum);  // Apache compares all 64 bits
  bytes.back() = 'C';
  EXPECT_EQ(status_of(bytes), LogRecordStatus::kNoEndMark);
}

TEST(LogRecord, gives_the_size_of_a_whole_record_with_a_bad_checksum) {
  std::string bytes = record_of("an entry");
  bytes[14] ^= 1;
  const LogRecord record = read_log_record(bytes, kMaxEntry);
  EXPECT_EQ(record.status, LogRecordStatus::kBadChecksum);
  EXPECT_EQ(record.size, bytes.size());
  EXPECT_TRUE(record.entry.empty());
}

TEST(LogRecord, bounds_the_length) {
  std::string bytes = record_of("an entry");
  EXPECT_EQ(read_log_record(bytes, 7).status, LogRecordStatus::kBadLength);
  EXPECT_EQ(read_log_record(bytes, 8).status, LogRecordStatus::kRecord);
  bytes[8] = '\xff';
  EXPECT_EQ(status_of(bytes), LogRecordStatus::kBadLength);
}

TEST(LogHeader, is_sixteen_known_bytes) {
  Vector<char> out;
  ByteWriter writer(out);
  encode_log_header(writer);
  EXPECT_EQ(view(out), std::string_view("ZKLG\0\0\0\2\0\0\0\0\0\0\0\0", 16));
  EXPECT_TRUE(is_log_header(view(out)));
  EXPECT_FALSE(is_log_header(view(out).substr(0, 15)));
  out[0] = 'X';
  EXPECT_FALSE(is_log_header(view(out)));
}

}  // namespace
}  // namespace vivarium
