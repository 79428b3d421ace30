#include "adapters/storage/evidence.h"

#include <algorithm>

#include "adapters/storage/whole_file.h"
#include "kernel/base/bytes.h"
#include "kernel/base/hash.h"
#include "kernel/wire/log_record.h"

namespace vivarium {
namespace {

constexpr std::int32_t kMagic = 0x56564556;  // "VVEV"
constexpr std::int32_t kVersion = 1;
constexpr std::size_t kChecked = kEvidenceSlot - 4;

void append_crc(Vector<char>& out, std::size_t slot_start, std::uint32_t seed) {
  KASSERT(out.size() == slot_start + kChecked);
  const std::uint32_t check = crc32({out.data() + slot_start, kChecked}, seed);
  ByteWriter(out).i32(static_cast<std::int32_t>(check));
}

Vector<char> encode_header(Zxid log_first) {
  Vector<char> out;
  ByteWriter writer(out);
  writer.i32(kMagic);
  writer.i32(kVersion);
  writer.i64(log_first.value);
  for (int i = 0; i < 3; ++i) writer.i32(0);
  append_crc(out, 0, 0);
  return out;
}

std::uint32_t header_seed(Zxid log_first) {
  const Vector<char> header = encode_header(log_first);
  return load_big_endian<std::uint32_t>(header.data() + kChecked);
}

std::optional<EvidenceEntry> decode_entry(std::string_view slot, std::uint32_t seed) {
  KASSERT(slot.size() == kEvidenceSlot);
  if (load_big_endian<std::uint32_t>(slot.data() + kChecked) != crc32(slot.substr(0, kChecked), seed)) {
    return std::nullopt;
  }
  ByteReader in(slot);
  EvidenceEntry entry;
  entry.zxid = Zxid{in.i64()};
  entry.end = static_cast<std::uint64_t>(in.i64());
  entry.length = static_cast<std::uint32_t>(in.i32());
  entry.checksum = static_cast<std::uint32_t>(in.i32());
  if (entry.end < kLogHeaderSize + kLogRecordOverhead + entry.length) return std::nullopt;
  return entry;
}

bool is_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

}  // namespace

std::uint64_t EvidenceEntry::start() const { return end - kLogRecordOverhead - length; }

std::optional<Evidence> parse_evidence(std::string_view bytes, Zxid log_first) {
  const Vector<char> header = encode_header(log_first);
  if (bytes.substr(0, kEvidenceSlot) != view(header)) return std::nullopt;
  const std::uint32_t seed = header_seed(log_first);
  Evidence evidence;
  evidence.next_offset = kEvidenceSlot;
  std::size_t unreadable = 0;
  for (std::size_t at = kEvidenceSlot; at + kEvidenceSlot <= bytes.size(); at += kEvidenceSlot) {
    const std::string_view slot = bytes.substr(at, kEvidenceSlot);
    const auto entry = decode_entry(slot, seed);
    if (!entry || (!evidence.entries.empty() && entry->zxid <= evidence.entries.back().zxid)) {
      if (!is_zero(slot)) ++unreadable;
      continue;
    }
    evidence.damaged = unreadable;
    evidence.entries.push_back(*entry);
    evidence.next_offset = at + kEvidenceSlot;
  }
  return evidence;
}

IoResult<std::optional<Evidence>> read_evidence(FileSystem& fs, const std::string& path, Zxid log_first) {
  auto bytes = read_whole_file(fs, path);
  if (!bytes) return Failure{bytes.error()};
  return parse_evidence(*bytes, log_first);
}

EvidenceWriter::EvidenceWriter(std::unique_ptr<File> file, Zxid log_first, std::uint64_t offset)
    : file_(std::move(file)), seed_(header_seed(log_first)), offset_(offset) {}

IoResult<std::unique_ptr<EvidenceWriter>> EvidenceWriter::create(FileSystem& fs, const std::string& path,
                                                                 Zxid log_first) {
  auto file = fs.open(path, OpenMode::kCreateNew);
  if (!file) return Failure{file.error()};
  const Vector<char> header = encode_header(log_first);
  if (const auto written = (*file)->write_at(0, view(header)); !written) return Failure{written.error()};
  std::unique_ptr<EvidenceWriter> writer(new EvidenceWriter(std::move(*file), log_first, kEvidenceSlot));
  writer->needs_sync_ = true;
  return writer;
}

IoResult<std::unique_ptr<EvidenceWriter>> EvidenceWriter::reopen(FileSystem& fs, const std::string& path,
                                                                 Zxid log_first, std::uint64_t offset) {
  KASSERT(offset >= kEvidenceSlot);
  auto file = fs.open(path, OpenMode::kReadWrite);
  if (!file) return Failure{file.error()};
  return std::unique_ptr<EvidenceWriter>(new EvidenceWriter(std::move(*file), log_first, offset));
}

void EvidenceWriter::add(const EvidenceEntry& entry) {
  const std::size_t slot_start = buffer_.size();
  ByteWriter writer(buffer_);
  writer.i64(entry.zxid.value);
  writer.i64(static_cast<std::int64_t>(entry.end));
  writer.i32(static_cast<std::int32_t>(entry.length));
  writer.i32(static_cast<std::int32_t>(entry.checksum));
  writer.i32(0);
  append_crc(buffer_, slot_start, seed_);
}

IoResult<Done> EvidenceWriter::write() {
  if (buffer_.empty()) return Done{};
  if (auto written = file_->write_at(offset_, view(buffer_)); !written) return written;
  offset_ += buffer_.size();
  buffer_.clear();
  needs_sync_ = true;
  return Done{};
}

IoResult<Done> EvidenceWriter::sync() {
  if (auto written = write(); !written) return written;
  if (!needs_sync_) return Done{};
  if (auto synced = file_->sync(); !synced) return synced;
  needs_sync_ = false;
  return Done{};
}

}  // namespace vivarium
