#include "cmd/inspect/log_source.h"

#include "kernel/base/bytes.h"

namespace vivarium::inspect {

std::string LogSource::title() const {
  return "ZooKeeper Transactional Log File with dbid " + std::to_string(dbid) + " txnlog format version " +
         std::to_string(version);
}

std::optional<LogSource> open_log(const Command& command, const std::string& path, ExitCode& status) {
  status = kUsage;
  LogSource source;
  auto reader = LogReader::open(command.fs, path, command.max_txn);
  if (!reader) {
    command.err << path << ": cannot be read: " << io_error_name(reader.error()) << '\n';
    return std::nullopt;
  }
  source.reader = std::move(*reader);
  if (source.reader->header() != LogHeader::kGood) {
    const bool absent = source.reader->header() == LogHeader::kAbsent;
    command.complain(path, 0,
                     std::string("expected a log's header (ZKLG, version 2), found ") +
                         (absent ? "nothing: the file was never begun" : "something else"));
    status = kDamaged;
    return std::nullopt;
  }
  const auto file = command.fs.open(path, OpenMode::kRead);
  std::string header;
  if (file && (*file)->read_at(0, kLogHeaderSize, header)) {
    ByteReader in(header);
    in.i32();
    source.version = in.i32();
    source.dbid = in.i64();
  }
  status = kIntact;
  return source;
}

bool complain_about_end(const Command& command, const std::string& path, LogReader& reader, const LogPlace& place) {
  if (place.kind == LogPlace::Kind::kUnreadable) {
    command.complain(path, place.offset, "the device reports an error");
    return true;
  }
  if (place.kind == LogPlace::Kind::kBad) {
    command.complain(path, place.offset, std::string(log_record_problem(place.status)) + "; expected a record");
    return true;
  }
  const auto more = reader.find_bytes(place.offset);
  if (!more) {
    command.complain(path, place.offset, "the device reports an error");
    return true;
  }
  if (!*more) return false;
  command.complain(path, place.offset,
                   "zero bytes stand where a record belongs, and other bytes at offset " + std::to_string(**more) +
                       "; expected a record, or zeros to the end of the file");
  return true;
}

}  // namespace vivarium::inspect
