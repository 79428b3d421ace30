#include "cmd/inspect/log_copy.h"

#include "adapters/storage/file_names.h"
#include "adapters/storage/log_check.h"
#include "cmd/inspect/log_source.h"
#include "cmd/inspect/log_writer.h"
#include "cmd/inspect/text.h"

namespace vivarium::inspect {
namespace {

constexpr const char* kHoles =
    "WARNING: --skip-bad leaves out what cannot be read and keeps what was written after it.\n"
    "WARNING: a server that replays such a log has a state that never existed: later changes without the earlier "
    "ones.\n"
    "WARNING: Vivarium refuses the gap; Apache does not notice it. Use it to look at the data, not to serve it.\n";

/// One input, one output.
class LogCopy {
 public:
  LogCopy(const Command& command, const std::string& path, const std::string& target)
      : command_(command), path_(path), target_(target) {}

  /// False: `status` says how the command ends.
  bool begin(ExitCode& status) {
    source_ = open_log(command_, path_, status);
    if (!source_) return false;
    auto writer = LogWriter::create(command_.fs, target_, source_->dbid);
    status = kUsage;
    if (!writer) return fail("cannot be created", writer.error());
    writer_ = std::move(*writer);
    status = kIntact;
    return true;
  }
  LogReader& reader() { return *source_->reader; }
  const LogSource& source() const { return *source_; }

  bool take(const LogPlace& place) {
    if (count_ > 0 && !zxid_follows(last_, place.zxid)) {
      command_.out << "There is " << (place.zxid.epoch() == last_.epoch() ? "intra" : "inter") << "-epoch gap between "
                   << hex(last_) << " and " << hex(place.zxid) << '\n';
    }
    if (const auto written = writer_->append(place.entry); !written) return fail("cannot be written", written.error());
    if (count_++ == 0) first_ = place.zxid;
    last_ = place.zxid;
    return true;
  }
  bool finish() {
    const auto finished = writer_->finish();
    return finished ? true : fail("cannot be made durable", finished.error());
  }

  std::uint64_t count() const { return count_; }
  Zxid first() const { return first_; }
  Zxid last() const { return last_; }

  void explain_use() const {
    const std::string name = log_name(first_);
    command_.out << "To use it: stop the server, keep a copy of the whole directory, move " << path_ << " away, rename "
                 << target_ << " to " << name << ", and remove " << evidence_name(first_)
                 << " (it says that more had been durable).\nLogs and snapshots that begin above zxid "
                 << hex_text(last_.value) << " must be moved away, too. Then: vivarium-inspect verify DIRECTORY\n";
  }

 private:
  bool fail(const char* what, IoError error) const {
    command_.err << target_ << ": " << what << ": " << io_error_name(error)
                 << (error == IoError::kExists ? "; expected that it does not exist yet" : "") << '\n';
    return false;
  }

  const Command& command_;
  const std::string& path_;
  std::string target_;
  std::optional<LogSource> source_;
  std::unique_ptr<LogWriter> writer_;
  std::uint64_t count_ = 0;
  Zxid first_, last_;
};

/// Moves the reader to the next intact record behind a bad place. False: there is none.
bool skip_to_next(const Command& command, const std::string& path, LogReader& reader, const LogPlace& bad, Zxid above) {
  const std::uint64_t from = bad.end != 0 ? bad.end : bad.offset + 1;
  const auto found = reader.find_record(from, above);
  if (!found || !*found) return false;
  command.complain(path, bad.offset,
                   std::to_string((*found)->offset - bad.offset) + " bytes are left out; zxid " +
                       hex_text((*found)->zxid.value) + " follows at offset " + std::to_string((*found)->offset));
  reader.seek((*found)->offset);
  return true;
}

}  // namespace

ExitCode recover_log(const Command& command, const std::string& path, bool skip_bad) {
  LogCopy copy(command, path, path + ".fixed");
  ExitCode status = kIntact;
  if (!copy.begin(status)) return status;
  if (skip_bad) command.err << kHoles;
  while (true) {
    const LogPlace place = copy.reader().next();
    if (place.kind == LogPlace::Kind::kRecord) {
      if (copy.count() == 0 || place.zxid > copy.last()) {
        if (!copy.take(place)) return kDamaged;
        continue;
      }
      command.complain(path, place.offset,
                       "expected a zxid above " + hex_text(copy.last().value) + ", found " +
                           hex_text(place.zxid.value) + ": an older record");
    } else if (!complain_about_end(command, path, copy.reader(), place)) {
      break;
    }
    status = kDamaged;
    if (!skip_bad || !skip_to_next(command, path, copy.reader(), place, copy.last())) break;
  }
  if (!copy.finish()) return kDamaged;
  command.out << path << ".fixed has been written with " << copy.count() << " records";
  if (copy.count() > 0) command.out << ", up to zxid " << hex_text(copy.last().value);
  command.out << (status == kIntact ? "; all that the input holds\n" : "\n");
  if (status != kIntact && copy.count() > 0) copy.explain_use();
  return status;
}

ExitCode chop_log(const Command& command, const std::string& path, Zxid zxid) {
  LogCopy copy(command, path, path + ".chopped" + std::to_string(zxid.value));
  ExitCode status = kIntact;
  if (!copy.begin(status)) return status;
  command.out << copy.source().title() << '\n';
  bool more = false;
  while (!more) {
    const LogPlace place = copy.reader().next();
    if (place.kind == LogPlace::Kind::kRecord) {
      more = place.zxid > zxid;
      if (!more && !copy.take(place)) return kDamaged;
      continue;
    }
    more = complain_about_end(command, path, copy.reader(), place);
    if (!more) break;
  }
  if (copy.count() == 0 || copy.last() != zxid) {
    command.err << path << ": This log does not contain zxid " << hex(zxid) << " before anything unreadable; nothing "
                << "is written\n";
    return kDamaged;
  }
  if (!more) {
    command.err << path << ": zxid " << hex_text(zxid.value) << " is the last of " << copy.count()
                << " records: there is nothing to chop, and nothing is written. (If " << evidence_name(copy.first())
                << " says that more had been durable, a server refuses until that file is removed, too.)\n";
    return kDamaged;
  }
  if (!copy.finish()) return kDamaged;
  command.out << "Chopping at " << hex(zxid) << " new log has " << copy.count() << " records\n";
  copy.explain_use();
  return kIntact;
}

}  // namespace vivarium::inspect
