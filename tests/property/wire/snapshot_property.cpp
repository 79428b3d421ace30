// A snapshot read in any pieces gives the calls of a snapshot read at once, and a damaged one is never accepted.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "kernel/base/hash.h"
#include "kernel/wire/snapshot_format.h"
#include "tests/property/wire/generators.h"

namespace vivarium {
namespace {

using property::any_acl;
using property::any_string;
using property::bytes_of;
using property::encoded;
using property::ExactCopy;
using property::maybe_string;

/// Hashes the calls that it gets, in order, with everything in them.
struct CallHash : SnapshotSink {
  void on_session(SessionId id, std::int32_t timeout_ms) override {
    add(1, id.value);
    add(2, timeout_ms);
  }
  void on_acl(std::int64_t id, AclBytes acl) override {
    add(3, id);
    hash.add(acl);
  }
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) override {
    add(4, acl_id);
    hash.add(path);
    hash.add(data.value_or("null"));
    hash.add(encoded([&](ByteWriter& out) { encode(out, stat); }));
    return true;
  }
  void on_digest(Zxid zxid, TxnDigest digest) override {
    add(5, zxid.value);
    add(6, static_cast<std::int64_t>(digest.tree_digest));
  }
  void on_last_processed(Zxid zxid) override { add(7, zxid.value); }
  void add(std::uint64_t kind, std::int64_t value) {
    hash.add(kind);
    hash.add(static_cast<std::uint64_t>(value));
  }
  StateHash hash;
};

void any_node(SnapshotWriter& snapshot, ByteWriter& out) {
  std::string path = *any_string();
  if (path == "/") path = "";
  auto data = *maybe_string();
  if (data && *rc::gen::inRange(0, 4) == 0) data->append(3000, 'x');
  StatPersisted stat;
  stat.czxid.value = *rc::gen::arbitrary<std::int64_t>();
  stat.aversion = *rc::gen::arbitrary<std::int32_t>();
  stat.pzxid.value = *rc::gen::arbitrary<std::int64_t>();
  snapshot.node(out, path, bytes_of(data), *rc::gen::arbitrary<std::int64_t>(), stat);
}

std::string any_snapshot() {
  return encoded([](ByteWriter& out) {
    SnapshotWriter snapshot;
    snapshot.header(out);
    const auto sessions = *rc::gen::inRange(0, 5);
    snapshot.session_count(out, sessions);
    for (int i = 0; i < sessions; ++i) snapshot.session(out, SessionId{*rc::gen::arbitrary<std::int64_t>()}, i);
    const auto acls = *rc::gen::inRange(0, 4);
    snapshot.acl_count(out, acls);
    for (int i = 0; i < acls; ++i) snapshot.acl(out, i + 1, *any_acl());
    const auto nodes = *rc::gen::inRange(0, 12);
    for (int i = 0; i < nodes; ++i) any_node(snapshot, out);
    std::optional<TxnDigest> digest;
    std::optional<Zxid> last;
    if (*rc::gen::arbitrary<bool>()) digest = TxnDigest{2, *rc::gen::arbitrary<std::uint64_t>()};
    if (*rc::gen::arbitrary<bool>()) last = Zxid{*rc::gen::arbitrary<std::int64_t>()};
    snapshot.finish(out, Zxid{9}, digest, last);
  });
}

RC_GTEST_PROP(SnapshotReader, gives_the_same_calls_for_any_split, ()) {
  const std::string bytes = any_snapshot();
  CallHash whole, split;
  SnapshotReader whole_reader, split_reader;
  RC_ASSERT(whole_reader.feed(bytes, whole).ok());
  RC_ASSERT(whole_reader.finish().ok());
  std::string_view rest = bytes;
  const auto longest = *rc::gen::element<std::size_t>(1, 20, 300, 5000);
  RC_ASSERT(split_reader.feed("", split).ok());
  while (!rest.empty()) {
    const auto size = *rc::gen::inRange<std::size_t>(1, std::min(longest, rest.size()) + 1);
    const ExactCopy piece(rest.substr(0, size));
    RC_ASSERT(split_reader.feed(piece.bytes(), split).ok());
    rest.remove_prefix(size);
  }
  RC_ASSERT(split_reader.finish().ok());
  RC_ASSERT(whole.hash == split.hash);
}

RC_GTEST_PROP(SnapshotReader, refuses_any_flipped_bit, ()) {
  std::string bytes = any_snapshot();
  const auto bit = *rc::gen::inRange<std::size_t>(0, 8 * bytes.size());
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  CallHash calls;
  SnapshotReader reader;
  const ExactCopy damaged(bytes);
  const bool fed = reader.feed(damaged.bytes(), calls).ok();
  RC_ASSERT(!fed || !reader.finish().ok());
}

RC_GTEST_PROP(SnapshotReader, refuses_a_cut_that_is_not_between_sections, ()) {
  const std::string bytes = any_snapshot();
  const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
  const ExactCopy cut(std::string_view(bytes).substr(0, size));
  CallHash calls;
  SnapshotReader reader;
  const bool fed = reader.feed(cut.bytes(), calls).ok();
  const bool ends_with_a_seal =
      cut.bytes().size() > 5 && cut.bytes().substr(size - 5) == std::string_view("\0\0\0\1/", 5);
  if (!ends_with_a_seal) RC_ASSERT(!fed || !reader.finish().ok());
}

}  // namespace
}  // namespace vivarium
