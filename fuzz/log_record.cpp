// A transaction log file: header, records one after another, their txns.
#include "kernel/wire/log_record.h"

#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/wire/txn.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vivarium;
  constexpr std::size_t kMaxEntry = 1 << 20;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  if (is_log_header(rest)) rest.remove_prefix(kLogHeaderSize);
  for (;;) {
    const LogRecord record = read_log_record(rest, kMaxEntry);
    const bool whole = record.status == LogRecordStatus::kRecord || record.status == LogRecordStatus::kBadChecksum;
    if (!whole) return 0;
    KASSERT(record.size > kLogRecordOverhead);
    KASSERT(record.size <= rest.size());
    if (record.status == LogRecordStatus::kRecord) {
      Vector<char> out;
      ByteWriter writer(out);
      KASSERT(encode_log_record(writer, record.entry) == record.checksum);
      KASSERT(view(out) == rest.substr(0, record.size));
      static_cast<void>(decode_txn(record.entry));
    }
    rest.remove_prefix(record.size);
  }
}
