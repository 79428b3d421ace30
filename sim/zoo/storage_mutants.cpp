// Mutants of storage: slips in what is synced, kept, cut, believed and removed.
#include "sim/zoo/storage_mutants.h"

#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/wire/log_record.h"
#include "kernel/wire/op_code.h"
#include "sim/check/laws.h"
#include "sim/zoo/bent_storage.h"
#include "sim/zoo/partial_snapshot.h"

namespace vivarium::sim {
namespace {

bool is_log(const std::string& path) { return path.find("/log.") != std::string::npos; }
bool is_snapshot(const std::string& path) { return path.find("snapshot.") != std::string::npos; }
bool is_evidence(const std::string& path) { return path.find("/evidence.") != std::string::npos; }

class AckBeforeWrite final : public Mutation {
 public:
  bool durable_before_write() const override { return true; }
};

class LogNotSynced final : public BentStorage {
 public:
  IoResult<Done> sync(File& file, const std::string& path) override {
    if (is_log(path)) return Done{};
    return file.sync();
  }
};

class FailedSyncRetried final : public BentStorage {
 public:
  IoResult<Done> sync(File& file, const std::string&) override {
    auto done = file.sync();
    return done.ok() ? done : file.sync();
  }
};

class DirectoryNotSynced final : public BentStorage {
 public:
  IoResult<Done> sync_directory(FileSystem&, const std::string&) override { return Done{}; }
};

class TornTailKept final : public BentStorage {
 public:
  IoResult<Done> truncate(File& file, const std::string& path, std::uint64_t size) override {
    if (recovering_ && is_log(path)) return Done{};
    return file.truncate(size);
  }
};

class EvidenceIgnored final : public BentStorage {
 public:
  IoResult<std::unique_ptr<File>> open(FileSystem& disk, const std::string& path, OpenMode mode) override {
    if (recovering_ && is_evidence(path) && mode != OpenMode::kCreateNew) {
      return Failure<IoError>{IoError::kNotFound};
    }
    return disk.open(path, mode);
  }
};

/// Apache's slip: the newest log ends at its first bad record, whatever the evidence says.
class DamageTakenAsEnd final : public BentStorage {
 public:
  FileSystem& wrap(FileSystem& disk) override {
    cut_newest_log(disk);
    return BentStorage::wrap(disk);
  }

 private:
  static void cut_newest_log(FileSystem& disk) {
    const std::string directory = "/log/version-2/";
    auto names = disk.list("/log/version-2");
    std::string newest;
    for (std::size_t i = 0; names.ok() && i < names->size(); ++i) {
      const std::string& name = (*names)[i];
      const bool later = name.size() > newest.size() || (name.size() == newest.size() && name > newest);
      if (name.starts_with("log.") && later) newest = name;
    }
    if (newest.empty()) return;
    auto file = disk.open(directory + newest, OpenMode::kReadWrite);
    std::string bytes;
    if (!file.ok() || !(*file)->read_at(0, 64u << 20, bytes).ok() || bytes.size() < kLogHeaderSize) return;
    std::size_t end = kLogHeaderSize;
    LogRecord record;
    for (;; end += record.size) {
      record = read_log_record(std::string_view(bytes).substr(end), 1u << 20);
      if (record.status != LogRecordStatus::kRecord) break;
    }
    if (record.status == LogRecordStatus::kPadding) return;
    static_cast<void>((*file)->truncate(end));
    static_cast<void>((*file)->sync());
    static_cast<void>(disk.unlink(directory + "evidence." + newest.substr(4)));
  }
};

class TailNotRewritten final : public BentStorage {
 public:
  IoResult<Done> write(File& file, const std::string& path, std::uint64_t offset, std::string_view bytes) override {
    if (recovering_ && is_log(path)) return Done{};
    return file.write_at(offset, bytes);
  }
  IoResult<Done> sync(File& file, const std::string& path) override {
    if (recovering_ && is_log(path)) return Done{};
    return file.sync();
  }
};

class PurgeTakesTheNewest final : public BentStorage {
 public:
  IoResult<Done> unlink(FileSystem& disk, const std::string& path) override {
    if (recovering_ || !is_snapshot(path) || path.find("/tmp.") != std::string::npos) return disk.unlink(path);
    const std::string directory = path.substr(0, path.rfind('/'));
    auto names = disk.list(directory);
    if (!names.ok()) return Failure<IoError>{names.error()};
    std::string newest;
    for (const std::string& name : *names) {
      const bool longer = name.size() > newest.size() || (name.size() == newest.size() && name > newest);
      if (name.starts_with("snapshot.") && longer) newest = name;
    }
    return disk.unlink(newest.empty() ? path : directory + "/" + newest);
  }
};

class PurgeTakesTheLogs final : public BentStorage {
 public:
  IoResult<Done> unlink(FileSystem& disk, const std::string& path) override {
    if (recovering_ || !is_snapshot(path) || path.find("/tmp.") != std::string::npos) return disk.unlink(path);
    auto names = disk.list("/log/version-2");
    for (std::size_t i = 0; names.ok() && i < names->size(); ++i) {
      const std::string& name = (*names)[i];
      if (name.starts_with("log.")) static_cast<void>(disk.unlink("/log/version-2/" + name));
    }
    return disk.unlink(path);
  }
};

class SnapshotNotSynced final : public BentStorage {
 public:
  IoResult<Done> sync(File& file, const std::string& path) override {
    if (is_snapshot(path)) return Done{};
    return file.sync();
  }
};

class EveryThirdWriteForgotten final : public BentStorage {
 public:
  IoResult<Done> write(File& file, const std::string& path, std::uint64_t offset, std::string_view bytes) override {
    if (is_log(path) && !recovering_ && ++count_ % 30 == 0) return Done{};
    return file.write_at(offset, bytes);
  }

 private:
  int count_ = 0;
};

class SnapshotLabelTooNew final : public Mutation {
 public:
  Zxid snapshot_label(Zxid zxid) override { return zxid.next(); }
  Zxid snapshot_unlabel(Zxid zxid) override { return Zxid{zxid.value - 1}; }
};

class LogEntryDropped final : public Mutation {
 public:
  std::optional<std::string_view> append(std::string_view entry, std::string&) override {
    if (++count_ % 40 == 0) return std::nullopt;
    return entry;
  }

 private:
  int count_ = 0;
};

/// A multi of two or more operations is logged with the first one only.
class PartialMultiLogged final : public Mutation {
 public:
  std::optional<std::string_view> append(std::string_view entry, std::string& scratch) override {
    ByteReader in(entry);
    in.bytes(28);
    if (static_cast<OpCode>(in.i32()) != OpCode::kMulti || in.i32() < 2) return entry;
    const std::size_t start = 36;
    in.i32();
    in.buffer();
    if (!in.ok()) return entry;
    const std::size_t end = entry.size() - in.remaining();
    scratch.assign(entry.substr(0, 32));
    scratch.append({0, 0, 0, 1});
    scratch.append(entry.substr(start, end - start));
    return std::string_view(scratch);
  }
};

/// Every snapshot chunk loses a byte's worth of truth: one bit of it flips after the checksum was computed.
class ChunkDamaged final : public Mutation {
 public:
  std::string_view chunk(std::string_view bytes, std::string& scratch) override {
    if (bytes.size() < 64) return bytes;
    scratch.assign(bytes);
    scratch[bytes.size() / 2] = static_cast<char>(scratch[bytes.size() / 2] ^ 1);
    return scratch;
  }
};

class BentNowhere final : public BentStorage {};

template <class M>
std::unique_ptr<Mutation> make() {
  return std::make_unique<M>();
}

constexpr auto bit(Family family) { return static_cast<std::uint32_t>(family); }
constexpr std::uint32_t kCrashes =
    bit(Family::kPowerFamily) | bit(Family::kArmedPower) | bit(Family::kPowerInSyncFamily) | bit(Family::kKills);

constexpr Mutant kStorageMutants[] = {
    {"ack-before-write", "reports LogDurable when the sync is asked for", make<AckBeforeWrite>, kCrashes, false},
    {"log-not-synced", "never syncs the log", make<LogNotSynced>, kCrashes, false},
    {"failed-sync-retried", "syncs again after a failed sync and believes the second", make<FailedSyncRetried>,
     kCrashes | bit(Family::kSyncErrors), false},
    {"directory-not-synced", "never syncs a directory", make<DirectoryNotSynced>, kCrashes, false},
    {"torn-tail-kept", "leaves a torn tail in the file and appends elsewhere", make<TornTailKept>, kCrashes, false},
    {"middle-damage-as-end", "takes damage for the end of the log", make<DamageTakenAsEnd>, bit(Family::kRotFamily),
     false},
    {"evidence-ignored", "cannot tell a torn tail from damage", make<EvidenceIgnored>, kCrashes, false},
    {"partial-multi-in-snapshot", "a snapshot lacks one of the nodes that a multi made", make_partial_snapshot,
     kCrashes, false},
    {"tail-not-rewritten", "recovers from the page cache without making it durable", make<TailNotRewritten>,
     kCrashes | bit(Family::kSyncErrors), false},
    {"purge-takes-the-newest", "purges the newest snapshot instead of the oldest", make<PurgeTakesTheNewest>, kCrashes,
     false},
    {"purge-takes-the-logs", "purges logs that the kept snapshots need", make<PurgeTakesTheLogs>, kCrashes, false},
    {"snapshot-not-synced", "renames a snapshot into place without syncing it", make<SnapshotNotSynced>, kCrashes,
     false},
    {"write-forgotten", "one log write in thirty never happens", make<EveryThirdWriteForgotten>, kCrashes, false},
    {"snapshot-label-too-new", "names a snapshot after a txn that it lacks", make<SnapshotLabelTooNew>, kCrashes,
     false},
    {"snapshot-label-believed", "the same, and it is what a recovery returns", make<SnapshotLabelTooNew>, kCrashes,
     false, Profile::kStandalone, 164, 164, laws::kRecovered},
    {"log-entry-dropped", "one txn in forty is not logged", make<LogEntryDropped>, kCrashes, false},
    {"partial-multi-logged", "logs the first operation of a multi only", make<PartialMultiLogged>, kCrashes, false},
    {"snapshot-damaged-at-birth", "flips a bit in every snapshot and purges as if it were good", make<ChunkDamaged>,
     kCrashes, false},
    {"null-file-system", "passes every call on", make<BentNowhere>, kAllFamilies, true},
};

}  // namespace

std::span<const Mutant> storage_mutants() { return kStorageMutants; }

}  // namespace vivarium::sim
