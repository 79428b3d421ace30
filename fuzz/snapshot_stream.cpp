// Snapshots as they come over the wire, where no checksum stands in front of them. The first byte chooses the size of
// the pieces: reading in pieces and at once must agree, what was read is written again as it was, and a tree takes it
// or not.
#include <cstddef>
#include <cstdint>
#include <optional>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"
#include "kernel/request/tree_loader.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {
namespace {

/// Writes down what it is told; the counts are of what came.
struct Rewriter : SnapshotSink {
  void on_session(SessionId id, std::int32_t timeout_ms) override {
    ++sessions;
    ByteWriter out(session_bytes);
    out.i64(id.value);
    out.i32(timeout_ms);
  }
  void on_acl(std::int64_t id, AclBytes acl) override {
    ++acls;
    ByteWriter out(acl_bytes);
    out.i64(id);
    out.bytes(acl);
    for (AclReader reader(acl); !reader.done();) reader.next();
  }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override {
    ByteWriter out(node_bytes);
    out.ustring(path);
    out.buffer(data);
    out.i64(acl_id);
    encode(out, stat);
    return path.size() != 13;
  }
  void on_digest(Zxid, TxnDigest) override { KUNREACHABLE(); }
  void on_last_processed(Zxid) override { KUNREACHABLE(); }

  Vector<char> written() const {
    Vector<char> all;
    ByteWriter out(all);
    out.i32(sessions);
    out.bytes(view(session_bytes));
    out.i32(acls);
    out.bytes(view(acl_bytes));
    out.bytes(view(node_bytes));
    out.ustring("/");
    out.ustring("BenWasHere");
    return all;
  }

  std::int32_t sessions = 0, acls = 0;
  Vector<char> session_bytes, acl_bytes, node_bytes;
};

struct Outcome {
  std::optional<SnapshotError> error;
  bool complete = false;
  std::size_t consumed = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view bytes, std::size_t step, SnapshotSink& sink) {
  SnapshotReader reader(SnapshotForm::kStream);
  Outcome outcome;
  while (!bytes.empty() && !reader.complete()) {
    const std::string_view piece = slice(bytes, 0, step);
    const auto fed = reader.feed_stream(piece, sink);
    if (!fed) return {fed.error(), false, 0};
    KASSERT(*fed == piece.size() || reader.complete());
    outcome.consumed += *fed;
    bytes.remove_prefix(*fed);
  }
  outcome.complete = reader.complete();
  return outcome;
}

void check(std::string_view bytes, std::size_t step) {
  Rewriter whole, split;
  const Outcome outcome = read(bytes, bytes.size() + 1, whole);
  KASSERT(outcome == read(bytes, step, split));
  KASSERT(view(whole.node_bytes) == view(split.node_bytes));
  if (outcome.complete) KASSERT(view(whole.written()) == slice(bytes, 0, outcome.consumed));
  DataTree tree;
  SessionTable sessions;
  tree.begin_load();
  TreeLoader loader(tree, sessions);
  if (read(bytes, bytes.size() + 1, loader).complete) tree.end_load();
}

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  vivarium::check(std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1), std::size_t{data[0]} + 1);
  return 0;
}
