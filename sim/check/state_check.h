// Whole-state comparisons: the server's tree and sessions with the model's, and the log files with what was appended.
#pragma once

#include "kernel/session/session_table.h"
#include "kernel/tree/data_tree.h"
#include "sim/check/txn_book.h"
#include "sim/disk/sim_disk.h"
#include "sim/model/model_server.h"

namespace vivarium::sim {

/// Fails the seed (state-differs, digest-differs) at the first difference. `when` says where this tree came from.
void compare_state(const DataTree& tree, const SessionTable& sessions, const ModelServer& model, std::string_view when);

/// Every record in every log file on the disk is the txn that was proposed under its zxid, and none lies beyond `last`.
void compare_log_files(const SimDisk& disk, const std::string& directory, const TxnBook& book, Zxid last);

}  // namespace vivarium::sim
