// The reply to a committed write: header and body (FinalRequestProcessor; protocol.md 2.3, 2.6).
//
// createSession is answered with a ConnectResponse instead, which is the replica's business.
#pragma once

#include "kernel/base/bytes.h"
#include "kernel/base/types.h"
#include "kernel/request/apply.h"
#include "kernel/wire/txn.h"

namespace vivarium {

/// Appends one framed reply: ReplyHeader{xid, the txn's zxid, error} and the body of its kind. A failed multi has error
/// 0 in the header and its errors in the body.
void encode_write_reply(ByteWriter& out, Xid xid, const Txn& txn, const ApplyOutcome& outcome);

/// Appends one framed header without a body (pings, errors that no txn stands for).
void encode_bare_reply(ByteWriter& out, Xid xid, Zxid zxid, ErrorCode error);

/// Appends one framed watch event. `zxid`: the txn's (3.9), or -1 for events made by setWatches.
void encode_notification(ByteWriter& out, Zxid zxid, EventType type, std::string_view path);

}  // namespace vivarium
