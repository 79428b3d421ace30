// ResetLog: a leader's snapshot takes the place of a history that is too old, or damaged.
//
// Afterwards recovery returns exactly the snapshot. Logs that lead up to it stay. What is damaged is set aside as
// <name>.damaged, and what is intact but does not lead to the snapshot as <name>.superseded: left in place, the next
// log might begin in a later epoch, and the hole before it would not show. Must never: change anything unless the
// snapshot verifies; delete what is damaged; run while a log is being written. Can be repeated after a crash.
#pragma once

#include <string>
#include <vector>

#include "adapters/storage/store.h"

namespace vivarium {

struct HistoryReset {
  bool whole = false;  // recovery would return exactly the snapshot's zxid
  std::vector<std::string> notes;
};
/// `faulty`: recovery had found damage. The error is a sentence for the operator.
Result<HistoryReset, std::string> reset_history(FileSystem& fs, const StoreOptions& options, Zxid snapshot,
                                                bool faulty);

}  // namespace vivarium
