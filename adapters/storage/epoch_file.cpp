#include "adapters/storage/epoch_file.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include "adapters/storage/file_names.h"
#include "adapters/storage/whole_file.h"
#include "kernel/base/hash.h"

namespace vivarium {
namespace {

std::string checked_name(const std::string& name) { return "vivarium." + name; }

constexpr std::string_view kFirst = " first";
/// What Apache leaves when it dies while it raises its currentEpoch; it goes by it when the log is ahead.
constexpr const char* kUnfinishedCurrent = "currentEpoch.tmp";

std::string checked_text(Epoch epoch, bool first) {
  const std::string number = std::to_string(epoch.value) + std::string(first ? kFirst : "");
  char check[16];
  std::snprintf(check, sizeof check, " %08x", static_cast<unsigned>(crc32(number)));
  return std::to_string(epoch.value) + check + std::string(first ? kFirst : "") + "\n";
}

std::optional<Epoch> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return Epoch{value};
}

/// Apache reads the first line.
struct Copy {
  bool present = false;
  std::optional<Epoch> epoch;
  bool first = false;
};

Copy parse_plain(std::string_view text) {
  return Copy{true, parse_number(text.substr(0, text.find_first_of("\r\n"))), false};
}

Copy parse_checked(std::string_view text) {
  const auto epoch = parse_number(text.substr(0, text.find(' ')));
  if (epoch && checked_text(*epoch, false) == text) return Copy{true, epoch, false};
  if (epoch && checked_text(*epoch, true) == text) return Copy{true, epoch, true};
  return Copy{true, std::nullopt, false};
}

IoResult<Copy> read_copy(FileSystem& fs, const std::string& path, Copy (*parse)(std::string_view)) {
  const auto text = read_whole_file(fs, path);
  if (text) return parse(*text);
  if (text.error() == IoError::kNotFound) return Copy{};
  if (text.error() == IoError::kIo) return Copy{true, std::nullopt, false};
  return Failure{text.error()};
}

IoResult<Done> write_copies(FileSystem& fs, const std::string& directory, const std::string& name, Epoch epoch,
                            bool first) {
  KASSERT(epoch.value >= 0);
  if (auto written = replace_file(fs, directory, checked_name(name), checked_text(epoch, first)); !written) {
    return written;
  }
  // It has to be there before Apache's copy: that one may never say more.
  if (auto synced = fs.sync_directory(directory); !synced) return synced;
  if (auto written = replace_file(fs, directory, name, std::to_string(epoch.value)); !written) return written;
  return fs.sync_directory(directory);
}

/// Every sync between a leader's death and the next leader's first txn is waited for: what is there is not written
/// again.
bool already_says(const EpochReading& reading, Epoch epoch) {
  return reading.kind == EpochReading::Kind::kValue && reading.epoch == epoch && !reading.one_copy && !reading.first;
}

/// What is wrong with one file, beyond its being missing; empty: nothing.
std::string damage_of(const EpochReading& reading, const char* name, bool apache_wrote_last) {
  if (reading.kind == EpochReading::Kind::kDamaged) return std::string(name) + " is damaged. ";
  if (reading.raised && !apache_wrote_last) return std::string(name) + " says more than its copy with a checksum. ";
  return {};
}

}  // namespace

IoResult<EpochReading> read_epoch(FileSystem& fs, const std::string& directory, const std::string& name) {
  const auto plain = read_copy(fs, join_path(directory, name), parse_plain);
  if (!plain) return Failure{plain.error()};
  const auto checked = read_copy(fs, join_path(directory, checked_name(name)), parse_checked);
  if (!checked) return Failure{checked.error()};
  EpochReading reading;
  // Beside a damaged copy of ours, Apache's may have rotted as well, into another number.
  const bool ours_is_damaged = checked->present && !checked->epoch;
  if (ours_is_damaged || (plain->present && !plain->epoch && !checked->epoch)) {
    reading.kind = EpochReading::Kind::kDamaged;
    return reading;
  }
  if (!plain->present && !checked->present) return reading;
  reading.kind = EpochReading::Kind::kValue;
  reading.epoch = std::max(plain->epoch.value_or(Epoch{-1}), checked->epoch.value_or(Epoch{-1}));
  reading.one_copy = plain->epoch != checked->epoch;
  reading.raised = plain->epoch && checked->epoch && *plain->epoch > *checked->epoch;
  reading.first = checked->first && reading.epoch == *checked->epoch;
  return reading;
}

IoResult<Done> write_epoch(FileSystem& fs, const std::string& directory, const std::string& name, Epoch epoch) {
  return write_copies(fs, directory, name, epoch, false);
}

IoResult<Done> write_epochs(FileSystem& fs, const std::string& directory, Epoch accepted, Epoch current) {
  KASSERT(current <= accepted);
  using Kind = EpochReading::Kind;
  const auto old_accepted = read_epoch(fs, directory, kAcceptedEpochFile);
  if (!old_accepted) return Failure{old_accepted.error()};
  const auto old_current = read_epoch(fs, directory, kCurrentEpochFile);
  if (!old_current) return Failure{old_current.error()};
  // Two files cannot appear at once. Until the second one does, the first says that it may be missing.
  const bool first =
      old_current->kind == Kind::kMissing && (old_accepted->kind == Kind::kMissing || old_accepted->first);
  if (first || !already_says(*old_accepted, accepted)) {
    if (auto written = write_copies(fs, directory, kAcceptedEpochFile, accepted, first); !written) return written;
  }
  if (!already_says(*old_current, current)) {
    if (auto written = write_copies(fs, directory, kCurrentEpochFile, current, false); !written) return written;
  }
  return first ? write_copies(fs, directory, kAcceptedEpochFile, accepted, false) : IoResult<Done>(Done{});
}

IoResult<EpochState> read_epoch_state(FileSystem& fs, const std::string& directory, std::optional<Zxid> last,
                                      bool apache_wrote_last) {
  using Kind = EpochReading::Kind;
  const auto accepted = read_epoch(fs, directory, kAcceptedEpochFile);
  if (!accepted) return Failure{accepted.error()};
  const auto current = read_epoch(fs, directory, kCurrentEpochFile);
  if (!current) return Failure{current.error()};
  const auto unfinished = read_copy(fs, join_path(directory, kUnfinishedCurrent), parse_plain);
  if (!unfinished) return Failure{unfinished.error()};
  EpochState state;
  if (accepted->kind == Kind::kValue) state.accepted = accepted->epoch;
  if (current->kind == Kind::kValue) state.current = current->epoch;
  const Epoch reached = last ? last->epoch() : Epoch{0};
  if (state.accepted && accepted->first && current->kind == Kind::kMissing) {
    state.current = std::min(*state.accepted, reached);
  }
  if (state.current && *state.current < reached && unfinished->epoch && *unfinished->epoch >= reached) {
    state.current = unfinished->epoch;
  }
  state.lost = damage_of(*accepted, kAcceptedEpochFile, apache_wrote_last) +
               damage_of(*current, kCurrentEpochFile, apache_wrote_last);
  if (!state.lost.empty()) return state;
  if (!state.accepted && !state.current) return state;
  if (!state.accepted || !state.current) {
    state.lost = std::string(state.accepted ? kCurrentEpochFile : kAcceptedEpochFile) + " is missing";
  } else if (*state.accepted < *state.current) {
    state.lost = "acceptedEpoch is smaller than currentEpoch";
  } else if (reached > *state.accepted) {
    // Later than currentEpoch is in order: a learner holds its leader's history before it adopts the epoch.
    state.lost = "the log is of a later epoch than acceptedEpoch";
  }
  return state;
}

}  // namespace vivarium
