// A file system in memory that loses power: for the storage tests and the recovery fuzzer.
//
// Every write, truncation and name change stays pending until its file or directory is synced. When power is lost, any
// subset of what is pending survives, writes torn at sectors of 512 bytes; names and contents are independent. A killed
// process loses nothing. A failed sync keeps the new bytes readable but never writes them (a lying page cache).
// Not thread-safe. Randomness is keyed by the seed given, so every run can be repeated.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "adapters/storage/file_system.h"
#include "kernel/base/rng.h"

namespace vivarium::testing {

class MemoryFileSystem final : public FileSystem {
 public:
  explicit MemoryFileSystem(Seed seed = {}) : seed_(seed) {}

  IoResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  IoResult<std::vector<std::string>> list(const std::string& directory) override;
  IoResult<Done> create_directories(const std::string& directory) override;
  IoResult<Done> rename(const std::string& from, const std::string& to) override;
  IoResult<Done> unlink(const std::string& path) override;
  IoResult<Done> sync_directory(const std::string& directory) override;

  // ---- faults: operations that change something are counted from 0 -----------------------------------------------
  std::uint64_t operations() const { return operations_; }
  /// Power goes while the operation with this number runs; it and every later call report kPowerLost.
  void lose_power_at(std::uint64_t operation) { power_loss_at_ = operation; }
  /// The first sync of a file at or after this operation fails with kIo; its pending bytes stay readable, unwritten.
  void fail_sync_at(std::uint64_t operation) { sync_failure_at_ = operation; }
  /// Bytes that all files together may take; more gives kNoSpace.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  /// Reading these files fails with kIo.
  void fail_reads_of(const std::string& path) { unreadable_.insert(path); }
  /// Creating, renaming or removing in this directory fails with kAccess.
  void make_read_only(const std::string& directory) { read_only_.insert(directory); }
  bool powered() const { return powered_; }
  /// Power comes back: a random subset of what was pending survived. Open files of the old life are dead.
  void reboot();
  /// As reboot, but with a seed of its own: another subset.
  void reboot(Seed seed);

  // ---- looking and tampering, past all faults --------------------------------------------------------------------
  bool exists(const std::string& path) const { return names_.contains(path); }
  std::string contents(const std::string& path) const;
  /// Replaces the durable contents, creating the file when needed.
  void put(const std::string& path, std::string contents);
  void erase(const std::string& path);

 private:
  friend class MemoryFile;
  struct Change {
    enum class Kind { kWrite, kTruncate, kExtend } kind;
    std::uint64_t offset = 0;  // kWrite: where; else the size
    std::string bytes;
  };
  struct Inode {
    std::string path;     // last name, for fail_reads_of
    std::string durable;  // what power loss cannot take
    std::string current;  // what reads see
    std::vector<Change> pending;
    std::uint64_t life = 0;
  };
  struct NameChange {
    std::string directory, removed, added;
    std::shared_ptr<Inode> inode;
  };

  /// Counts a changing operation. False: power is gone (from now on).
  bool tick();
  std::uint64_t draw_below(std::uint64_t n);
  std::uint64_t bytes_used() const;
  static void apply(std::string& contents, const Change& change);
  void apply_torn(std::string& contents, const Change& change);
  void apply_some(Inode& inode);
  void apply_name(const NameChange& change);
  bool writable(const std::string& path) const;

  Seed seed_;
  std::uint64_t draws_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t life_ = 0;
  bool powered_ = true;
  std::optional<std::uint64_t> power_loss_at_, sync_failure_at_, capacity_;
  std::set<std::string> directories_, unreadable_, read_only_;
  std::map<std::string, std::shared_ptr<Inode>> names_, durable_names_;
  std::vector<NameChange> pending_names_;
};

}  // namespace vivarium::testing
