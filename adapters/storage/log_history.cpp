#include "adapters/storage/log_history.h"

#include <algorithm>

#include "adapters/storage/data_directory.h"
#include "adapters/storage/log_check.h"
#include "kernel/base/bytes.h"

namespace vivarium {

LogHistory::LogHistory(FileSystem& fs, const StoreOptions& options)
    : fs_(fs),
      log_directory_(log_directory(options)),
      snapshot_directory_(snapshot_directory(options)),
      max_txn_(options.max_txn) {}

std::string LogHistory::read(Zxid after, Zxid durable, std::size_t most) {
  std::string out;
  auto files = list_files(fs_, log_directory_);
  auto bases = list_files(fs_, snapshot_directory_);
  if (files && bases && !files->logs.empty() && after < durable) {
    logs_ = std::move(files->logs);
    snapshots_ = std::move(bases->snapshots);
    const bool found = after == Zxid{0} ? find_beginning() : find_bookmark(after) || find(after);
    if (found) collect(after == Zxid{0} ? std::nullopt : std::optional<Zxid>(after), durable, most, out);
  }
  reader_.reset();
  logs_.clear();
  snapshots_.clear();
  return out;
}

bool LogHistory::open(std::size_t index) {
  index_ = index;
  auto reader = LogReader::open(fs_, logs_[index].path, max_txn_);
  if (!reader || (*reader)->header() != LogHeader::kGood) return false;
  reader_ = std::move(*reader);
  return true;
}

/// Only a snapshot of zxid 0 says that nothing came before the first log: earlier epochs may have been purged.
bool LogHistory::find_beginning() {
  if (snapshots_.empty() || snapshots_.front().zxid != Zxid{0}) return false;
  const bool first = logs_.front().zxid.counter() == 1 && follows(Zxid{0}, logs_.front().zxid);
  return first && open(0);
}

bool LogHistory::follows(Zxid previous, Zxid next) const {
  if (!zxid_follows(previous, next)) return false;
  if (next.epoch() == previous.epoch()) return true;
  return std::none_of(snapshots_.begin(), snapshots_.end(),
                      [&](const NamedSnapshot& snapshot) { return snapshot.zxid > previous && snapshot.zxid < next; });
}

bool LogHistory::find_bookmark(Zxid after) {
  if (!bookmark_ || bookmark_->zxid != after) return false;
  const auto file =
      std::find_if(logs_.begin(), logs_.end(), [this](const NamedFile& log) { return log.zxid == bookmark_->file; });
  if (file == logs_.end() || !open(static_cast<std::size_t>(file - logs_.begin()))) return false;
  reader_->seek(bookmark_->offset);
  const LogPlace place = reader_->next();
  return place.kind == LogPlace::Kind::kRecord && place.zxid == after;
}

bool LogHistory::find(Zxid after) {
  std::size_t index = logs_.size();
  while (index > 0 && logs_[index - 1].zxid > after) --index;
  if (index == 0 || !open(index - 1)) return false;
  while (true) {
    const LogPlace place = reader_->next();
    if (place.kind != LogPlace::Kind::kRecord || place.zxid > after) return false;
    if (place.zxid == after) return true;
  }
}

void LogHistory::collect(std::optional<Zxid> previous, Zxid durable, std::size_t most, std::string& out) {
  bool begins_file = !previous;
  while (true) {
    const LogPlace place = reader_->next();
    if (place.kind != LogPlace::Kind::kRecord) {
      // The end of this file, or of what can be read of it: nothing tells which. Only the very next zxid proves that no
      // record is missing; the first one of another epoch would hide a hole of any size.
      if (begins_file || index_ + 1 == logs_.size() || logs_[index_ + 1].zxid != previous->next()) return;
      if (!open(index_ + 1)) return;
      begins_file = true;
      continue;
    }
    if (place.zxid > durable) return;
    if (begins_file && place.zxid != logs_[index_].zxid) return;
    if (previous && !follows(*previous, place.zxid)) return;
    if (!out.empty() && out.size() + 4 + place.entry.size() > most) return;
    char length[4];
    store_big_endian(length, static_cast<std::uint32_t>(place.entry.size()));
    out.append(length, sizeof length);
    out.append(place.entry);
    previous = place.zxid;
    begins_file = false;
    bookmark_ = Bookmark{place.zxid, logs_[index_].zxid, place.offset};
  }
}

}  // namespace vivarium
