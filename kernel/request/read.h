// Operations that the connected server answers by itself, from the applied tree (FinalRequestProcessor).
//
// Must never: allocate (but for getAllChildrenNumber's walk); change the tree. Only the watch table is changed, and
// only for the asking connection.
#pragma once

#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/mutant.h"
#include "kernel/base/types.h"
#include "kernel/request/access.h"
#include "kernel/wire/error_code.h"
#include "kernel/wire/op_code.h"

namespace vivarium {

class DataTree;
class WatchTable;

struct ReadContext {
  SessionId session;
  ChannelId channel;
  Xid xid;
  const Identities* identities = nullptr;
  bool skip_acl = false;
#ifdef VIVARIUM_MUTANTS
  Mutant mutant = Mutant::kNone;
#endif
};

/// exists, getData, getACL, getChildren, getChildren2, getEphemerals, getAllChildrenNumber, multiRead, checkWatches,
/// removeWatches, addWatch, setWatches, setWatches2, whoAmI, sync, ping.
bool is_read(OpCode op);

/// Executes one read and appends the complete frames to send: the events of setWatches first, then the reply, whose
/// header carries the tree's last_processed_zxid. `body` is the request without its header. Precondition: is_read(op).
/// Returns the error that the header carries.
ErrorCode execute_read(const DataTree& tree, WatchTable& watches, const ReadContext& context, OpCode op,
                       std::string_view body, ByteWriter& out);

}  // namespace vivarium
