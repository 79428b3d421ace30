// Persist evidence: what the log had made durable, kept beside it (docs/decisions/0003-persist-evidence.md).
//
//   file  = magic "VVEV", int version 1, long zxid of the log's first record, 12 zero bytes, int crc32 of the 28 bytes
//   entry = long zxid, long end offset in the log, int entry length, int adler32 of the entry, int 0,
//           int crc32 of the 28 bytes, continued from the header's
//   zero bytes to the end of the file are padding
//
// An entry is written only after the log sync that covers its record succeeded. So a record below the evidence that is
// bad or missing was damaged later, and its identity (zxid, length, checksum) is still known.
// Must never: say that a record was durable when it was not. May say less than is true: it is synced lazily.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/storage/file_system.h"
#include "kernel/base/containers.h"
#include "kernel/base/types.h"

namespace vivarium {

inline constexpr std::size_t kEvidenceSlot = 32;

struct EvidenceEntry {
  Zxid zxid;
  std::uint64_t end = 0;     // offset after the record's last byte in the log file
  std::uint32_t length = 0;  // of the entry, without framing
  std::uint32_t checksum = 0;
  std::uint64_t start() const;
  friend bool operator==(const EvidenceEntry&, const EvidenceEntry&) = default;
};

struct Evidence {
  std::vector<EvidenceEntry> entries;  // by zxid
  std::size_t damaged = 0;             // unreadable slots before the last good one
  std::uint64_t next_offset = 0;       // where the next entry belongs
};
/// What can be believed of an evidence file. nullopt: its header is not one of ours (nothing can be concluded).
IoResult<std::optional<Evidence>> read_evidence(FileSystem& fs, const std::string& path, Zxid log_first);
std::optional<Evidence> parse_evidence(std::string_view bytes, Zxid log_first);

class EvidenceWriter {
 public:
  /// Creates the file with its header. Not durable before sync() and a sync of the directory.
  static IoResult<std::unique_ptr<EvidenceWriter>> create(FileSystem& fs, const std::string& path, Zxid log_first);
  /// Continues an existing file at `offset` (Evidence::next_offset).
  static IoResult<std::unique_ptr<EvidenceWriter>> reopen(FileSystem& fs, const std::string& path, Zxid log_first,
                                                          std::uint64_t offset);

  void add(const EvidenceEntry& entry);
  /// Hands what was added to the file; survives a killed process, not a power loss.
  IoResult<Done> write();
  IoResult<Done> sync();
  bool needs_sync() const { return needs_sync_; }

 private:
  EvidenceWriter(std::unique_ptr<File> file, Zxid log_first, std::uint64_t offset);

  std::unique_ptr<File> file_;
  std::uint32_t seed_;  // crc of the header
  std::uint64_t offset_;
  Vector<char> buffer_;
  bool needs_sync_ = false;
};

}  // namespace vivarium
