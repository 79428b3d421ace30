#include "cmd/inspect/epochs.h"

#include "adapters/storage/epoch_file.h"
#include "adapters/storage/file_names.h"
#include "adapters/storage/whole_file.h"
#include "cmd/inspect/text.h"

namespace vivarium::inspect {
namespace {

/// A small file's contents on one line.
std::string contents_text(FileSystem& fs, const std::string& path) {
  const auto contents = read_whole_file(fs, path);
  if (!contents) return contents.error() == IoError::kNotFound ? "missing" : io_error_name(contents.error());
  constexpr std::size_t kShown = 60;
  std::string text = "\"";
  for (const char c : valid_utf8(contents->substr(0, kShown))) {
    if (c == '\n') {
      text += "\\n";
    } else {
      text += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return text + (contents->size() > kShown ? "\"..." : "\"");
}

/// False: damaged.
bool show_epoch(const Command& command, const std::string& directory, const char* name, std::optional<Epoch>& epoch) {
  const auto reading = read_epoch(command.fs, directory, name);
  if (!reading) {
    command.err << join_path(directory, name) << ": cannot be read: " << io_error_name(reading.error()) << '\n';
    return false;
  }
  command.out << name << ": ";
  using Kind = EpochReading::Kind;
  if (reading->kind == Kind::kMissing) command.out << "never promised (no file)";
  if (reading->kind == Kind::kDamaged) command.out << "DAMAGED: no copy can be believed";
  if (reading->kind == Kind::kValue) {
    epoch = reading->epoch;
    command.out << reading->epoch.value << (reading->one_copy ? " (from one copy; the other is missing or older)" : "");
  }
  const std::string checked = std::string("vivarium.") + name;
  command.out << "\n  " << name << ": " << contents_text(command.fs, join_path(directory, name)) << "\n  " << checked
              << ": " << contents_text(command.fs, join_path(directory, checked)) << '\n';
  return reading->kind != Kind::kDamaged;
}

}  // namespace

ExitCode show_epochs(const Command& command, const std::string& directory) {
  if (const auto listed = command.fs.list(directory); !listed) {
    command.err << directory << ": cannot be read: " << io_error_name(listed.error()) << '\n';
    return kUsage;
  }
  std::optional<Epoch> accepted, current;
  const bool accepted_good = show_epoch(command, directory, kAcceptedEpochFile, accepted);
  const bool current_good = show_epoch(command, directory, kCurrentEpochFile, current);
  if (accepted && current && *accepted < *current) {
    command.err << directory << ": expected acceptedEpoch to be at least currentEpoch\n";
    return kDamaged;
  }
  return accepted_good && current_good ? kIntact : kDamaged;
}

}  // namespace vivarium::inspect
