// acceptedEpoch and currentEpoch: what a member of an ensemble promised.
//
//   acceptedEpoch, currentEpoch      ASCII decimal, no newline: Apache's
//   vivarium.acceptedEpoch, ...      the same number, a space, eight hex digits of crc32, a newline: ours.
//                                    With " first" before the newline: currentEpoch may not have been written yet
//
// Apache's file carries no checksum, so ours decides whether it can be believed. Apache may have raised its own since;
// then it also wrote the newest log. Otherwise a copy that says more than ours is rot, and what was promised is not
// known; nor is it when ours is there and damaged: nothing vouches for the digits of the other then. Must never: write
// in place; report a value when no copy can be believed (that is amnesia, not zero); go back; show a currentEpoch that
// is larger than acceptedEpoch at any moment.
#pragma once

#include <optional>
#include <string>

#include "adapters/storage/file_system.h"
#include "kernel/base/types.h"

namespace vivarium {

inline constexpr const char* kAcceptedEpochFile = "acceptedEpoch";
inline constexpr const char* kCurrentEpochFile = "currentEpoch";

struct EpochReading {
  enum class Kind { kValue, kMissing, kDamaged } kind = Kind::kMissing;
  Epoch epoch;            // kValue
  bool one_copy = false;  // kValue: the other copy is missing, older, or (Apache's) damaged
  bool raised =
      false;  // kValue: the copy without a checksum says more than the one with it: Apache raised it, or it rotted
  bool first = false;  // the other file may not have been written yet
};
/// An error means that the directory or a file could not be read at all.
IoResult<EpochReading> read_epoch(FileSystem& fs, const std::string& directory, const std::string& name);
/// Both copies, durable with their names when this returns.
IoResult<Done> write_epoch(FileSystem& fs, const std::string& directory, const std::string& name, Epoch epoch);
/// Both files. acceptedEpoch first: neither ever goes back, so currentEpoch cannot pass it on the way.
IoResult<Done> write_epochs(FileSystem& fs, const std::string& directory, Epoch accepted, Epoch current);

/// What a member's start may believe of its two files.
struct EpochState {
  std::optional<Epoch> accepted, current;  // both absent, and not lost: never a member's directory
  std::string lost;                        // not empty: amnesia, and why
};
/// `last`: the last zxid on disk, when it could be read. `apache_wrote_last`: the newest log is Apache's, so that a
/// raised copy is its word and not rot.
IoResult<EpochState> read_epoch_state(FileSystem& fs, const std::string& directory, std::optional<Zxid> last,
                                      bool apache_wrote_last);

}  // namespace vivarium
