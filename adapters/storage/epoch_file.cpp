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

std::string checked_text(Epoch epoch) {
  const std::string number = std::to_string(epoch.value);
  char check[16];
  std::snprintf(check, sizeof check, " %08x\n", static_cast<unsigned>(crc32(number)));
  return number + check;
}

std::optional<Epoch> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return Epoch{value};
}

/// Apache reads the first line.
std::optional<Epoch> parse_plain(std::string_view text) {
  return parse_number(text.substr(0, text.find_first_of("\r\n")));
}

std::optional<Epoch> parse_checked(std::string_view text) {
  const auto epoch = parse_number(text.substr(0, text.find(' ')));
  if (!epoch || checked_text(*epoch) != text) return std::nullopt;
  return epoch;
}

struct Copy {
  bool present = false;
  std::optional<Epoch> epoch;
};

IoResult<Copy> read_copy(FileSystem& fs, const std::string& path, std::optional<Epoch> (*parse)(std::string_view)) {
  const auto text = read_whole_file(fs, path);
  if (text) return Copy{true, parse(*text)};
  if (text.error() == IoError::kNotFound) return Copy{};
  if (text.error() == IoError::kIo) return Copy{true, std::nullopt};
  return Failure{text.error()};
}

}  // namespace

IoResult<EpochReading> read_epoch(FileSystem& fs, const std::string& directory, const std::string& name) {
  const auto plain = read_copy(fs, join_path(directory, name), parse_plain);
  if (!plain) return Failure{plain.error()};
  const auto checked = read_copy(fs, join_path(directory, checked_name(name)), parse_checked);
  if (!checked) return Failure{checked.error()};
  EpochReading reading;
  if (!plain->epoch && !checked->epoch) {
    const bool present = plain->present || checked->present;
    reading.kind = present ? EpochReading::Kind::kDamaged : EpochReading::Kind::kMissing;
    return reading;
  }
  reading.kind = EpochReading::Kind::kValue;
  reading.epoch = std::max(plain->epoch.value_or(Epoch{-1}), checked->epoch.value_or(Epoch{-1}));
  reading.one_copy = plain->epoch != checked->epoch;
  return reading;
}

IoResult<Done> write_epoch(FileSystem& fs, const std::string& directory, const std::string& name, Epoch epoch) {
  KASSERT(epoch.value >= 0);
  if (auto written = replace_file(fs, directory, checked_name(name), checked_text(epoch)); !written) return written;
  if (auto written = replace_file(fs, directory, name, std::to_string(epoch.value)); !written) return written;
  return fs.sync_directory(directory);
}

}  // namespace vivarium
