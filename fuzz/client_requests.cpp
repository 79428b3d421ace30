// Any bytes as requests of one client: every write becomes a txn that decodes, applies and matches its digest, with a
// lag; every read answers whole frames.
//
// Input: requests, each {u8 operation, u8 txns to commit before it, u16 size, body}.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <string>

#include "kernel/base/assert.h"
#include "kernel/request/apply.h"
#include "kernel/request/prepare.h"
#include "kernel/request/read.h"
#include "kernel/request/reply.h"
#include "kernel/session/session_table.h"
#include "kernel/session/watch_table.h"
#include "kernel/tree/data_tree.h"

namespace vivarium {
namespace {

constexpr OpCode kOperations[] = {
    OpCode::kCreate,       OpCode::kDelete,          OpCode::kSetData,      OpCode::kSetAcl,
    OpCode::kMulti,        OpCode::kCreate2,         OpCode::kReconfig,     OpCode::kCreateContainer,
    OpCode::kCreateTtl,    OpCode::kDeleteContainer, OpCode::kExists,       OpCode::kGetData,
    OpCode::kGetAcl,       OpCode::kGetChildren,     OpCode::kSync,         OpCode::kGetChildren2,
    OpCode::kCheckWatches, OpCode::kRemoveWatches,   OpCode::kMultiRead,    OpCode::kSetWatches,
    OpCode::kSetWatches2,  OpCode::kGetEphemerals,   OpCode::kAddWatch,     OpCode::kGetAllChildrenNumber,
    OpCode::kWhoAmI,       OpCode::kCloseSession,    OpCode::kCreateSession};

struct World {
  World() : tree(TreeOptions{true, true}) {
    identities.push_back(Identity{to_string("digest"), to_string("bob:h")});
    sessions.add(kSession, 1000);
  }

  void write(OpCode op, std::string_view body) {
    const RequestContext context{kSession, Xid{1}, Zxid{++zxid}, WallTime{zxid}, &identities, zxid % 2 == 0};
    Vector<char> out;
    preparer.prepare(tree, sessions, context, op, body, out);
    pending.emplace_back(out.data(), out.size());
  }
  void commit() {
    if (pending.empty()) return;
    const std::string bytes = pending.front();
    pending.pop_front();
    const auto txn = decode_txn(bytes);
    KASSERT(txn.ok());
    apply(tree, sessions, *txn, outcome);
    KASSERT(outcome.digest_matches);
    preparer.applied(txn->header.zxid);
    Vector<char> frame;
    ByteWriter out(frame);
    encode_write_reply(out, Xid{1}, *txn, outcome);
    ByteReader in(view(frame));
    KASSERT(in.buffer().has_value() && in.finished());
  }
  void read(OpCode op, std::string_view body) {
    Vector<char> frames;
    ByteWriter out(frames);
    execute_read(tree, watches, ReadContext{kSession, ChannelId{0, 1}, Xid{1}, &identities, false}, op, body, out);
    ByteReader in(view(frames));
    while (in.remaining() > 0) KASSERT(in.buffer().has_value());
  }

  static constexpr SessionId kSession{5};
  DataTree tree;
  SessionTable sessions;
  WatchTable watches;
  Preparer preparer;
  ApplyOutcome outcome;
  Identities identities;
  std::deque<std::string> pending;
  std::int64_t zxid = 0;
};

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vivarium;
  World world;
  ByteReader in({reinterpret_cast<const char*>(data), size});
  while (in.remaining() > 0) {
    const OpCode op = kOperations[in.u8() % std::size(kOperations)];
    for (int commits = in.u8() % 4; commits > 0; --commits) world.commit();
    const std::size_t length = std::size_t{in.u8()} << 8 | in.u8();
    if (!in.ok()) break;
    const std::string_view body = in.bytes(length < in.remaining() ? length : in.remaining());
    if (is_write(op)) {
      world.write(op, body);
    } else {
      world.read(op, body);
    }
  }
  while (!world.pending.empty()) world.commit();
  KASSERT(world.preparer.outstanding().size() == 0);
  return 0;
}
