// Where a mutant may interfere: the seams around the code under test, each a null by default.
//
// Kernel and storage are the production objects, unchanged; a mutant bends what passes between them and the world. Must
// never: be asked in a way that costs an ordinary run more than a null check.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/storage/file_system.h"
#include "kernel/base/mutant.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/effect.h"

namespace vivarium::sim {

class Mutation {
 public:
  virtual ~Mutation() = default;
  /// The file system that the store is given; the mutation owns what it returns.
  virtual FileSystem& wrap(FileSystem& disk) { return disk; }
#ifdef VIVARIUM_MUTANTS
  /// The slip that is compiled into the kernel.
  virtual vivarium::Mutant kernel() const { return vivarium::Mutant::kNone; }
#endif
  /// The kernel is about to be stepped, or was: for those who measure it.
  virtual void stepping(bool) {}
  /// The store is about to be opened, or was.
  virtual void recovering(bool) {}
  /// LogDurable is reported as soon as the kernel asks for the sync.
  virtual bool durable_before_write() const { return false; }
  /// The bytes of a log entry; `scratch` may hold a changed copy. nullopt: the entry is dropped.
  virtual std::optional<std::string_view> append(std::string_view entry, std::string&) { return entry; }
  /// The zxid under which a snapshot is begun.
  virtual Zxid snapshot_label(Zxid zxid) { return zxid; }
  /// Back to the kernel's own zxid, for the completions of a snapshot.
  virtual Zxid snapshot_unlabel(Zxid zxid) { return zxid; }
  /// The bytes of a snapshot chunk.
  virtual std::string_view chunk(std::string_view bytes, std::string&) { return bytes; }
  /// What a connection is sent.
  virtual std::string_view send(std::string_view bytes, std::string&) { return bytes; }
  /// What a connection sends.
  virtual std::string_view receive(std::string_view bytes, std::string&) { return bytes; }
  /// The monotonic clock that the kernel sees.
  virtual Instant clock(Instant now) { return now; }
  /// The wall clock that the kernel sees.
  virtual WallTime wall(WallTime now) { return now; }
};

}  // namespace vivarium::sim
