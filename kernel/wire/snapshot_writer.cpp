// Snapshots, the writing half: layout and running checksum.
#include "kernel/base/hash.h"
#include "kernel/wire/snapshot_format.h"
#include "kernel/wire/snapshot_layout.h"

namespace vivarium {

using namespace snapshot_layout;

void encode(ByteWriter& out, const StatPersisted& stat) {
  char* to = out.extend(kStatPersistedSize);
  store_big_endian(to, static_cast<std::uint64_t>(stat.czxid.value));
  store_big_endian(to + 8, static_cast<std::uint64_t>(stat.mzxid.value));
  store_big_endian(to + 16, static_cast<std::uint64_t>(stat.ctime.millis));
  store_big_endian(to + 24, static_cast<std::uint64_t>(stat.mtime.millis));
  store_big_endian(to + 32, static_cast<std::uint32_t>(stat.version));
  store_big_endian(to + 36, static_cast<std::uint32_t>(stat.cversion));
  store_big_endian(to + 40, static_cast<std::uint32_t>(stat.aversion));
  store_big_endian(to + 44, static_cast<std::uint64_t>(stat.ephemeral_owner));
  store_big_endian(to + 52, static_cast<std::uint64_t>(stat.pzxid.value));
}

void SnapshotWriter::sum(const ByteWriter& out, std::size_t from) {
  if (form_ == SnapshotForm::kFile) checksum_ = adler32(out.written_since(from), checksum_);
}

void SnapshotWriter::advance(Phase from, Phase next) {
  KASSERT(phase_ == from);
  KASSERT(left_ == 0);
  phase_ = next;
}

void SnapshotWriter::header(ByteWriter& out) {
  KASSERT(form_ == SnapshotForm::kFile);
  advance(Phase::kHeader, Phase::kSessionCount);
  const std::size_t from = out.size();
  out.i32(kMagic);
  out.i32(kVersion);
  out.i64(kDbId);
  sum(out, from);
}

void SnapshotWriter::session_count(ByteWriter& out, std::int32_t count) {
  advance(Phase::kSessionCount, Phase::kSessions);
  KASSERT(count >= 0);
  left_ = count;
  const std::size_t from = out.size();
  out.i32(count);
  sum(out, from);
}

void SnapshotWriter::session(ByteWriter& out, SessionId id, std::int32_t timeout_ms) {
  KASSERT(phase_ == Phase::kSessions);
  KASSERT(left_ > 0);
  --left_;
  const std::size_t from = out.size();
  out.i64(id.value);
  out.i32(timeout_ms);
  sum(out, from);
}

void SnapshotWriter::acl_count(ByteWriter& out, std::int32_t count) {
  advance(Phase::kSessions, Phase::kAcls);
  KASSERT(count >= 0);
  left_ = count;
  const std::size_t from = out.size();
  out.i32(count);
  sum(out, from);
}

void SnapshotWriter::acl(ByteWriter& out, std::int64_t id, AclBytes acl) {
  KASSERT(phase_ == Phase::kAcls);
  KASSERT(left_ > 0);
  KASSERT(id != kOpenAclId);
  KASSERT(acl.size() >= 4);
  --left_;
  const std::size_t from = out.size();
  out.i64(id);
  out.bytes(acl);
  sum(out, from);
}

void SnapshotWriter::node(ByteWriter& out, std::string_view path, MaybeBytes data, std::int64_t acl_id,
                          const StatPersisted& stat) {
  KASSERT(phase_ == Phase::kAcls);
  KASSERT(left_ == 0);
  KASSERT(path != kEndOfNodes);
  const std::size_t from = out.size();
  out.ustring(path);
  out.buffer(data);
  out.i64(acl_id);
  encode(out, stat);
  sum(out, from);
}

void SnapshotWriter::seal(ByteWriter& out) {
  const std::size_t from = out.size();
  out.i64(checksum_);
  out.ustring(kSealMark);
  sum(out, from);
}

void SnapshotWriter::finish(ByteWriter& out, Zxid digest_zxid, std::optional<TxnDigest> digest,
                            std::optional<Zxid> last_processed) {
  KASSERT(form_ == SnapshotForm::kFile);
  advance(Phase::kAcls, Phase::kFinished);
  std::size_t from = out.size();
  out.ustring(kEndOfNodes);
  sum(out, from);
  seal(out);
  if (digest) {
    from = out.size();
    out.i64(digest_zxid.value);
    out.i32(digest->version);
    KASSERT(digest->version >= kFirstBinaryDigest);
    out.i64(static_cast<std::int64_t>(digest->tree_digest));
    sum(out, from);
    seal(out);
  }
  if (last_processed) {
    from = out.size();
    out.i64(last_processed->value);
    sum(out, from);
    seal(out);
  }
}

void SnapshotWriter::finish_stream(ByteWriter& out) {
  KASSERT(form_ == SnapshotForm::kStream);
  advance(Phase::kAcls, Phase::kFinished);
  out.ustring(kEndOfNodes);
  out.ustring(kSignature);
}

}  // namespace vivarium
