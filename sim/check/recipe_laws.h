// What recipes promise their users, judged from what the clients believed and from the committed order; see
// recipe_ledger.h.
//
// Each law leans on nothing but ZooKeeper's promises to a client, so it judges all of them together, from the outside:
// it would notice a slip that every other law takes for right. Must never: consult the model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/tree/data_tree.h"
#include "sim/check/recipe_ledger.h"
#include "sim/check/txn_book.h"

namespace vivarium::sim {

/// No two hold the lock at once. A client holds it from the zxid at which it saw itself first in line until its own
/// deletion of its node, or the end of its session, is committed: a session that expired behind its client's back holds
/// nothing.
void judge_locks(const RecipeLedger& ledger, const TxnBook& book);

/// Every acknowledged item is taken once, or still there. `items`: the paths that are left at the end.
void judge_queue(const RecipeLedger& ledger, const std::vector<std::string>& items);

/// The counter shows every acknowledged increment once, and beside them at most the doubtful ones. No two clients wrote
/// the same value.
void judge_counter(const RecipeLedger& ledger, std::optional<std::int64_t> value);

/// All of them, at the end of a run, with the tree of a server that is level.
void judge_recipes(const RecipeLedger& ledger, const TxnBook& book, const DataTree& tree);

}  // namespace vivarium::sim
