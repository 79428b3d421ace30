// ReadLog: records behind a zxid from the logs on disk, for a learner that is further behind than memory reaches.
//
// Runs beside the log lane's appending. It goes by checksums, follows the zxids from record to record, and stops at
// what is known to be durable. Must never: hand out a record that is not durable, or leave one out.
#pragma once

#include <optional>
#include <string>

#include "adapters/storage/file_names.h"
#include "adapters/storage/log_reader.h"
#include "adapters/storage/store.h"

namespace vivarium {

class LogHistory {
 public:
  LogHistory(FileSystem& fs, const StoreOptions& options);

  /// Records behind `after`, up to `durable`, each as int length and txn bytes; `most` bytes of that, or one record.
  /// Empty when the logs do not reach back to `after`. Damage and gaps end it.
  std::string read(Zxid after, Zxid durable, std::size_t most);

 private:
  /// Where the record with this zxid was found last: readers ask for one piece after the other.
  struct Bookmark {
    Zxid zxid, file;
    std::uint64_t offset = 0;
  };
  /// The reader stands behind `after`, or at the first record of all.
  bool find(Zxid after);
  bool find_beginning();
  bool find_bookmark(Zxid after);
  bool open(std::size_t index);
  /// Whether a record `next` behind `previous` leaves none out. An epoch's first record may follow any earlier one, but
  /// not when a snapshot lies between them: a leader sent it, and what led up to it was never logged here.
  bool follows(Zxid previous, Zxid next) const;
  void collect(std::optional<Zxid> previous, Zxid durable, std::size_t most, std::string& out);

  FileSystem& fs_;
  std::string log_directory_, snapshot_directory_;
  std::size_t max_txn_;
  std::optional<Bookmark> bookmark_;
  // During read():
  std::vector<NamedFile> logs_;
  std::vector<NamedSnapshot> snapshots_;
  std::size_t index_ = 0;
  std::unique_ptr<LogReader> reader_;
};

}  // namespace vivarium
