// The note, in a file of its own beside the epoch files, that this member's history is being repaired by a leader.
//
// What a repair leaves behind looks whole, but may lack what this member once acknowledged; only a leader that is
// established without this member's vote knows. Between the moment in which damaged files are moved out of sight and
// the one in which the new epoch is adopted (currentEpoch reaches acceptedEpoch), a start must not vote: kAmnesia. A
// member that began with nothing keeps the note until it has a snapshot, too: before that it cannot tell
// an empty history from a lost one, and asks the others.
// Must never: be missing while that may be so.
#pragma once

#include <string>

#include "adapters/storage/file_system.h"

namespace vivarium {

inline constexpr const char* kRepairMark = "vivarium.repairing";

IoResult<bool> has_repair_mark(FileSystem& fs, const std::string& directory);
/// Both are durable when they return.
IoResult<Done> set_repair_mark(FileSystem& fs, const std::string& directory);
IoResult<Done> clear_repair_mark(FileSystem& fs, const std::string& directory);
/// As clear_repair_mark, with the failure in words.
Result<Done, std::string> lift_repair_mark(FileSystem& fs, const std::string& directory);

}  // namespace vivarium
