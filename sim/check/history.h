// What the clients did and saw, recorded flat: the oracle's only knowledge of them.
//
// Operations are kept in the order in which they were sent, items (replies and events) in the order in which each
// connection received them. Bytes live in one arena. Must never: hold anything that a client could not have seen.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/types.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/op_code.h"
#include "sim/check/recipe_ledger.h"

namespace vivarium::sim {

struct ByteRange {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

struct Operation {
  std::uint32_t connection = 0;
  Xid xid;
  OpCode type = OpCode::kError;
  bool answered = false;
  bool executed = false;  // the oracle saw its txn
  std::int64_t sent_at = 0;
  Zxid floor;       // the highest zxid that any client had seen when this was sent
  Zxid sync_floor;  // of a sync in an ensemble: how new its answer was promised to be
  ByteRange body;
};

inline constexpr std::uint32_t kNoOperation = UINT32_MAX;

/// One frame that a client received after its handshake.
struct Item {
  std::uint32_t connection = 0;
  std::uint32_t operation = kNoOperation;  // kNoOperation: an event
  Zxid zxid;                               // of the reply's header, or the event's
  ErrorCode error = ErrorCode::kOk;
  std::int64_t at = 0;
  ByteRange body;
};

/// One connection that was granted a session.
struct ConnectionRecord {
  std::uint32_t client = 0;
  SessionId session;
  std::uint8_t user = 0;     // 0: not authenticated
  std::uint32_t server = 0;  // index of the server that was dialled
  bool fresh = false;        // the session began with it
};

class History {
 public:
  std::vector<ConnectionRecord> connections;
  std::vector<Operation> operations;
  std::vector<Item> items;
  RecipeLedger recipes;

  ByteRange keep(std::string_view bytes) {
    const ByteRange range{static_cast<std::uint32_t>(arena_.size()), static_cast<std::uint32_t>(bytes.size())};
    arena_.append(bytes);
    return range;
  }
  std::string_view bytes(ByteRange range) const { return std::string_view(arena_).substr(range.offset, range.size); }

  /// What syncs that are sent from now on are promised; asked for every one of them.
  std::function<Zxid()> sync_promise;

  std::uint32_t add_connection(std::uint32_t client, SessionId session, std::uint8_t user, std::uint32_t server = 0) {
    connections.push_back({client, session, user, server, false});
    return static_cast<std::uint32_t>(connections.size() - 1);
  }
  std::uint32_t add_operation(std::uint32_t connection, Xid xid, OpCode type, std::string_view body, std::int64_t at) {
    const Zxid promised = type == OpCode::kSync && sync_promise ? sync_promise() : Zxid{0};
    operations.push_back({connection, xid, type, false, false, at, highest_seen_, promised, keep(body)});
    return static_cast<std::uint32_t>(operations.size() - 1);
  }
  void add_reply(std::uint32_t operation, Zxid zxid, ErrorCode error, std::string_view body, std::int64_t at) {
    Operation& op = operations[operation];
    op.answered = true;
    if (zxid > highest_seen_) highest_seen_ = zxid;
    items.push_back({op.connection, operation, zxid, error, at, keep(body)});
  }
  void add_event(std::uint32_t connection, Zxid zxid, std::string_view body, std::int64_t at) {
    if (zxid > highest_seen_) highest_seen_ = zxid;
    items.push_back({connection, kNoOperation, zxid, ErrorCode::kOk, at, keep(body)});
  }
  /// The highest zxid in anything that any client received: all of it must outlive every crash.
  Zxid highest_seen() const { return highest_seen_; }

 private:
  std::string arena_;
  Zxid highest_seen_;
};

}  // namespace vivarium::sim
