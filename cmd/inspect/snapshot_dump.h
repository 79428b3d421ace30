// `vivarium-inspect snapshot`: every node and session of one snapshot, as SnapshotFormatter prints them.
//
// The file is read twice, so that nothing is shown that its seals do not vouch for, and so that memory does not grow
// with the tree.
#pragma once

#include "cmd/inspect/command.h"

namespace vivarium::inspect {

struct SnapshotDumpOptions {
  bool data = false;     // text: the data in base64 instead of its length
  bool json = false;     // the tree in ncdu's format, as Apache's -json
  bool damaged = false;  // show what is readable of a damaged file, too
};
ExitCode dump_snapshot(const Command& command, const std::string& path, const SnapshotDumpOptions& options);

}  // namespace vivarium::inspect
