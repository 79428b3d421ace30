// Snapshot files. The first byte chooses the size of the pieces; reading in pieces and at once must agree.
//
// A fuzzer does not guess checksums, so that seals stay shut; the property tests go behind them.
#include <cstddef>
#include <cstdint>
#include <optional>

#include "kernel/base/assert.h"
#include "kernel/base/hash.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {
namespace {

struct CallHash : SnapshotSink {
  void on_session(SessionId id, std::int32_t timeout_ms) override {
    hash.add(static_cast<std::uint64_t>(id.value));
    hash.add(static_cast<std::uint64_t>(timeout_ms));
  }
  void on_acl(std::int64_t id, AclBytes acl) override {
    hash.add(static_cast<std::uint64_t>(id));
    for (AclReader reader(acl); !reader.done();) hash.add(reader.next().scheme);
  }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override {
    hash.add(path);
    hash.add(data.value_or("null"));
    hash.add(static_cast<std::uint64_t>(acl_id));
    hash.add(static_cast<std::uint64_t>(stat.pzxid.value));
    return path.size() != 13;
  }
  void on_digest(Zxid zxid, TxnDigest digest) override {
    hash.add(static_cast<std::uint64_t>(zxid.value));
    hash.add(digest.tree_digest);
  }
  void on_last_processed(Zxid zxid) override { hash.add(static_cast<std::uint64_t>(zxid.value)); }
  StateHash hash;
};

struct Outcome {
  std::optional<SnapshotError> error;
  StateHash calls;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view bytes, std::size_t step) {
  CallHash calls;
  SnapshotReader reader;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, step);
    if (!reader.feed(piece, calls)) break;
    bytes.remove_prefix(piece.size());
  }
  const auto end = reader.finish();
  return {end ? std::nullopt : std::optional(end.error()), calls.hash};
}

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  KASSERT(vivarium::read(bytes, std::size_t{data[0]} + 1) == vivarium::read(bytes, size));
  return 0;
}
