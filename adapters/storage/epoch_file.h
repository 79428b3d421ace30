// acceptedEpoch and currentEpoch: what a member of an ensemble promised.
//
//   acceptedEpoch, currentEpoch      ASCII decimal, no newline: Apache's
//   vivarium.acceptedEpoch, ...      the same number, a space, eight hex digits of crc32, a newline: ours
//
// Apache's file carries no checksum, so ours decides whether it can be believed; Apache may have raised its own since.
// Must never: write in place; report a value when no copy can be believed (that is amnesia, not zero); go back.
#pragma once

#include <string>

#include "adapters/storage/file_system.h"
#include "kernel/base/types.h"

namespace vivarium {

inline constexpr const char* kAcceptedEpochFile = "acceptedEpoch";
inline constexpr const char* kCurrentEpochFile = "currentEpoch";

struct EpochReading {
  enum class Kind { kValue, kMissing, kDamaged } kind = Kind::kMissing;
  Epoch epoch;            // kValue
  bool one_copy = false;  // kValue: the other copy is missing, damaged or older; write it again
};
/// An error means that the directory or a file could not be read at all.
IoResult<EpochReading> read_epoch(FileSystem& fs, const std::string& directory, const std::string& name);
/// Both copies, durable with their names when this returns.
IoResult<Done> write_epoch(FileSystem& fs, const std::string& directory, const std::string& name, Epoch epoch);

}  // namespace vivarium
