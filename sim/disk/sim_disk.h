// SimDisk: the FileSystem port as a disk that forgets, tears, lies, fills up and rots. Memory only.
//
// Contents become durable by File::sync, names by sync_directory, each independently of the other. Power may be lost
// inside any operation that changes something (arm_power_loss); from then on every call reports kPowerLost until
// power_on. A kill of the process is simply not a call here: the page cache stays. Must never: show after a power loss
// what could not be there, or lose what a sync that reported success covered (except where a run asks for rot).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/storage/file_system.h"
#include "kernel/base/hash.h"
#include "sim/choice/stream.h"
#include "sim/disk/sim_inode.h"

namespace vivarium::sim {

class SimDisk final : public FileSystem {
 public:
  explicit SimDisk(Seed seed);

  IoResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  IoResult<std::vector<std::string>> list(const std::string& directory) override;
  IoResult<Done> create_directories(const std::string& directory) override;
  IoResult<Done> rename(const std::string& from, const std::string& to) override;
  IoResult<Done> unlink(const std::string& path) override;
  IoResult<Done> sync_directory(const std::string& directory) override;

  // ---- faults -----------------------------------------------------------------------------------------------------
  /// Power is lost inside the `operations`-th changing operation from now (1: the next).
  void arm_power_loss(std::uint64_t operations) { power_fails_at_ = operations_ + operations; }
  /// Power is lost inside the `syncs`-th sync of unsynced data from now.
  void arm_power_loss_in_sync(std::uint32_t syncs) { syncs_until_power_fails_ = syncs; }
  void disarm() { power_fails_at_ = syncs_until_power_fails_ = 0; }
  bool power_lost() const { return power_lost_; }
  /// Decides what survives. The disk stays off until power_on.
  void lose_power();
  void power_on() { power_lost_ = false; }
  /// An empty disk takes the place of this one. Nothing is open.
  void wipe();
  /// While offline nothing reaches the disk, and nothing is lost: for tearing down a killed process.
  void set_offline(bool offline) { power_lost_ = offline; }
  /// The next `count` syncs of files fail, and lie about it in the page cache.
  void fail_syncs(std::uint32_t count) { failing_syncs_ = count; }
  /// While set, some reads report kIo.
  void fail_reads(bool on) { failing_reads_ = on; }
  /// No more than `bytes` can be added; nullopt: as much as anyone wants.
  void limit_space(std::optional<std::uint64_t> bytes) { space_left_ = bytes; }
  /// Flips a bit of some synced file whose name contains `name_part`. False: nothing to damage, or it is not at rest.
  bool rot(std::string_view name_part, std::string& what);

  // ---- inspection --------------------------------------------------------------------------------------------------
  std::uint64_t operations() const { return operations_; }
  std::uint64_t syncs() const { return syncs_; }
  /// How often a fault was felt: a failed read, write or sync. Power losses do not count.
  std::uint64_t faults_felt() const { return faults_felt_; }
  /// Names under `directory` as the process sees them, and a file's contents as it would read them; no faults.
  std::vector<std::string> names(const std::string& directory) const;
  const SparseBytes* contents(const std::string& path) const;
  /// Hash of everything: names and contents, cached and durable.
  StateHash digest() const;

 private:
  friend class SimFile;
  using InodeId = std::uint32_t;
  enum class NameOpKind { kSet, kErase, kRename };
  struct NameOp {
    NameOpKind kind;
    std::string name, to;
    InodeId inode = 0;
  };
  struct Directory {
    std::vector<NameOp> pending;
  };
  using Names = std::map<std::string, InodeId>;

  /// Counts a changing operation. False: power is off, or went off inside this one; then `*reached` tells whether the
  /// operation still left its mark in the cache before that.
  bool begin_change(bool* reached);
  bool directory_exists(const std::string& path) const { return directories_.contains(path); }
  static std::string parent_of(const std::string& path);
  static void apply(const NameOp& op, Names& names);
  IoResult<Done> change_name(const std::string& directory, NameOp op);
  /// Takes `bytes` of the space left; returns how many fit.
  std::uint64_t take_space(std::uint64_t bytes);
  void collect_garbage();

  Seed seed_;
  std::vector<std::unique_ptr<SimInode>> inodes_;
  std::vector<std::uint32_t> open_count_;
  Names names_, durable_names_;
  std::map<std::string, Directory> directories_;
  std::uint64_t operations_ = 0, syncs_ = 0, crashes_ = 0, faults_felt_ = 0;
  std::uint64_t power_fails_at_ = 0;           // 0: not armed
  std::uint32_t syncs_until_power_fails_ = 0;  // 0: not armed
  bool power_lost_ = false;
  std::uint32_t failing_syncs_ = 0;
  bool failing_reads_ = false;
  std::optional<std::uint64_t> space_left_;
  Stream partial_, read_errors_, rot_;
};

}  // namespace vivarium::sim
