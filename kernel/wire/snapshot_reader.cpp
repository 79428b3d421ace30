// Snapshots, the reading half: a push parser that works straight in the bytes it is fed.
//
// The stream is a sequence of pieces (a header, a count, a session, a node, a seal). `take_piece` parses one whole
// piece from the front of a range, calls the sink, or reports that the range ends inside it; only such a tail is
// kept. Must never: call the sink twice for a piece, or before all of the piece is there.
#include <algorithm>

#include "kernel/base/hash.h"
#include "kernel/base/limits.h"
#include "kernel/base/slice.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/snapshot_format.h"
#include "kernel/wire/snapshot_layout.h"

namespace vivarium {

using namespace snapshot_layout;

namespace {

/// The least that is added to an unfinished piece before it is tried again.
constexpr std::size_t kGulp = 256;

}  // namespace

StatPersisted decode_stat_persisted(ByteReader& in) {
  StatPersisted stat;
  const std::string_view bytes = in.bytes(kStatPersistedSize);
  if (!in.ok()) return stat;
  const char* from = bytes.data();
  stat.czxid.value = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(from));
  stat.mzxid.value = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(from + 8));
  stat.ctime.millis = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(from + 16));
  stat.mtime.millis = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(from + 24));
  stat.version = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(from + 32));
  stat.cversion = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(from + 36));
  stat.aversion = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(from + 40));
  stat.ephemeral_owner = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(from + 44));
  stat.pzxid.value = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(from + 52));
  return stat;
}

const char* snapshot_error_name(SnapshotError error) {
  switch (error) {
    case SnapshotError::kTruncated:
      return "the snapshot ends early";
    case SnapshotError::kBadHeader:
      return "not a snapshot, or of an unknown version";
    case SnapshotError::kBadLength:
      return "a length or count is negative or too large";
    case SnapshotError::kBadSeal:
      return "the checksum does not match";
    case SnapshotError::kBadSignature:
      return "the stream does not end with its signature";
    case SnapshotError::kRefusedNode:
      return "a node does not fit the tree";
    case SnapshotError::kTrailingBytes:
      return "bytes follow the last seal";
  }
  KUNREACHABLE();
}

Result<Done, SnapshotError> SnapshotReader::feed(std::string_view bytes, SnapshotSink& sink) {
  KASSERT(form_ == SnapshotForm::kFile);
  take(bytes, sink);
  KIMPLIES(!error_, bytes.empty());
  return outcome();
}

Result<std::size_t, SnapshotError> SnapshotReader::feed_stream(std::string_view bytes, SnapshotSink& sink) {
  KASSERT(form_ == SnapshotForm::kStream);
  std::string_view left = bytes;
  take(left, sink);
  if (error_) return Failure{*error_};
  KIMPLIES(!complete(), left.empty());
  return bytes.size() - left.size();
}

/// Takes off `bytes` what belongs to the snapshot: everything, unless this is a stream that came to its end.
void SnapshotReader::take(std::string_view& bytes, SnapshotSink& sink) {
  complete_pending(bytes, sink);
  // Nodes are summed many at a time: a division for each would take longer than their bytes.
  std::string_view nodes;
  while (!bytes.empty() && !error_ && !complete()) {
    const bool is_node = part_ == Part::kNode;
    if (!is_node) {
      sum(nodes);
      nodes = {};
    }
    const std::size_t taken = take_piece(bytes, sink);
    KASSERT(taken <= bytes.size());
    if (taken == 0) break;
    if (!is_node) sum(slice(bytes, 0, taken));
    if (is_node) nodes = std::string_view(nodes.empty() ? bytes.data() : nodes.data(), nodes.size() + taken);
    bytes.remove_prefix(taken);
  }
  sum(nodes);
  if (complete()) return;
  KIMPLIES(!pending_.empty() && !error_, bytes.empty());
  if (bytes.size() > limits::kMaxSnapshotPiece) fail(SnapshotError::kBadLength);
  if (error_) return;
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  bytes = {};
}

Result<Done, SnapshotError> SnapshotReader::finish() {
  KASSERT(form_ == SnapshotForm::kFile);
  if (error_) return outcome();
  const bool between_sections = part_ == Part::kDigest || part_ == Part::kLastZxid || part_ == Part::kEnd;
  if (!between_sections || !pending_.empty()) fail(SnapshotError::kTruncated);
  return outcome();
}

/// Adds bytes to an unfinished piece until it can be parsed, and takes off `bytes` what belonged to it. Each try
/// at least doubles the piece, so that a large one costs linear time.
void SnapshotReader::complete_pending(std::string_view& bytes, SnapshotSink& sink) {
  while (!pending_.empty() && !bytes.empty() && !error_) {
    const std::size_t before = pending_.size();
    const std::size_t more = std::min(bytes.size(), std::max(before, kGulp));
    pending_.insert(pending_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(more));
    const std::size_t taken = take_piece(view(pending_), sink);
    if (taken == 0) {
      bytes.remove_prefix(more);
      if (pending_.size() > limits::kMaxSnapshotPiece) fail(SnapshotError::kBadLength);
      continue;
    }
    KASSERT(taken > before);  // the part before was unfinished
    sum(slice(view(pending_), 0, taken));
    bytes.remove_prefix(taken - before);
    pending_.clear();
  }
}

/// Parses the piece at the front of `bytes`. Returns its size, or 0 when it is unfinished or wrong (then: error_).
std::size_t SnapshotReader::take_piece(std::string_view bytes, SnapshotSink& sink) {
  ByteReader in(bytes);
  parse(in, sink);
  if (error_) return 0;
  if (in.overrun()) return 0;
  if (!in.ok()) {
    fail(SnapshotError::kBadLength);
    return 0;
  }
  const std::size_t taken = bytes.size() - in.remaining();
  KASSERT(taken > 0);
  offset_ += taken;
  return taken;
}

void SnapshotReader::sum(std::string_view bytes) {
  if (form_ == SnapshotForm::kFile) checksum_ = adler32(bytes, checksum_);
}

void SnapshotReader::parse(ByteReader& in, SnapshotSink& sink) {
  switch (part_) {
    case Part::kHeader:
      return parse_header(in);
    case Part::kSessionCount:
      return parse_count(in, Part::kSession, Part::kAclCount);
    case Part::kSession:
      return parse_session(in, sink);
    case Part::kAclCount:
      return parse_count(in, Part::kAcl, Part::kNode);
    case Part::kAcl:
      return parse_acl(in, sink);
    case Part::kNode:
      return parse_node(in, sink);
    case Part::kSeal1:
      return parse_seal(in, Part::kDigest);
    case Part::kDigest:
      return parse_digest(in, sink);
    case Part::kSeal2:
      return parse_seal(in, Part::kLastZxid);
    case Part::kLastZxid:
      return parse_last_zxid(in, sink);
    case Part::kSeal3:
      return parse_seal(in, Part::kEnd);
    case Part::kSignature:
      return parse_signature(in);
    case Part::kEnd:
      return fail(SnapshotError::kTrailingBytes);
  }
}

void SnapshotReader::parse_header(ByteReader& in) {
  const std::int32_t magic = in.i32();
  const std::int32_t version = in.i32();
  in.i64();  // dbid: Apache writes -1 and never looks
  if (!in.ok()) return;
  if (magic != kMagic || version != kVersion) return fail(SnapshotError::kBadHeader);
  part_ = Part::kSessionCount;
}

void SnapshotReader::parse_count(ByteReader& in, Part elements, Part after) {
  KASSERT(left_ == 0);
  const std::int32_t count = in.i32();
  if (!in.ok()) return;
  if (count < 0) return fail(SnapshotError::kBadLength);
  left_ = count;
  part_ = count > 0 ? elements : after;
}

void SnapshotReader::parse_session(ByteReader& in, SnapshotSink& sink) {
  KASSERT(left_ > 0);
  const SessionId id{in.i64()};
  const std::int32_t timeout_ms = in.i32();
  if (!in.ok()) return;
  sink.on_session(id, timeout_ms);
  if (--left_ == 0) part_ = Part::kAclCount;
}

void SnapshotReader::parse_acl(ByteReader& in, SnapshotSink& sink) {
  KASSERT(left_ > 0);
  const std::int64_t id = in.i64();
  const std::optional<AclBytes> acl = take_acl(in);
  if (!in.ok()) return;
  if (!acl) return fail(SnapshotError::kBadLength);  // a null list: Apache refuses it, too
  sink.on_acl(id, *acl);
  if (--left_ == 0) part_ = Part::kNode;
}

void SnapshotReader::parse_node(ByteReader& in, SnapshotSink& sink) {
  const MaybeBytes path = in.buffer();
  if (!in.ok()) return;
  if (!path) return fail(SnapshotError::kBadLength);
  if (*path == kEndOfNodes) {
    part_ = form_ == SnapshotForm::kFile ? Part::kSeal1 : Part::kSignature;
    return;
  }
  const MaybeBytes data = in.buffer();
  const std::int64_t acl_id = in.i64();
  const StatPersisted stat = decode_stat_persisted(in);
  if (!in.ok()) return;
  if (!sink.on_node(*path, data, acl_id, stat)) fail(SnapshotError::kRefusedNode);
}

/// The digest section, or, when its writer had digests disabled, the lastProcessedZxid section in its place: there
/// the long is followed by a seal, whose high half is 0 and thus no digest version.
void SnapshotReader::parse_digest(ByteReader& in, SnapshotSink& sink) {
  constexpr std::int32_t kNoVersion = 0;
  const std::string_view section = in.rest();
  const Zxid zxid{in.i64()};
  ByteReader ahead = in;
  const std::int32_t version = in.i32();
  if (!in.ok()) return;
  if (version == kNoVersion) {
    in = ahead;  // both are one piece: what was looked at must not be given back
    if (!take_seal(in, adler32(slice(section, 0, sizeof(std::int64_t)), checksum_))) return;
    sink.on_last_processed(zxid);
    part_ = Part::kEnd;
    return;
  }
  TxnDigest digest{version, 0};
  if (version >= kFirstBinaryDigest) {
    digest.tree_digest = static_cast<std::uint64_t>(in.i64());
  } else {
    in.buffer();
  }
  if (!in.ok()) return;
  sink.on_digest(zxid, digest);
  part_ = Part::kSeal2;
}

void SnapshotReader::parse_last_zxid(ByteReader& in, SnapshotSink& sink) {
  const Zxid zxid{in.i64()};
  if (!in.ok()) return;
  sink.on_last_processed(zxid);
  part_ = Part::kSeal3;
}

void SnapshotReader::parse_seal(ByteReader& in, Part after) {
  if (take_seal(in, checksum_)) part_ = after;
}

bool SnapshotReader::take_seal(ByteReader& in, std::uint32_t expected) {
  const auto stored = static_cast<std::uint64_t>(in.i64());
  const std::int32_t mark_size = in.i32();
  const std::string_view mark = in.bytes(kSealMark.size());
  if (!in.ok()) return false;
  const bool marked = mark_size == static_cast<std::int32_t>(kSealMark.size()) && mark == kSealMark;
  if (!marked || stored != expected) fail(SnapshotError::kBadSeal);
  return !error_;
}

void SnapshotReader::parse_signature(ByteReader& in) {
  const std::int32_t size = in.i32();
  if (!in.ok()) return;
  if (size != static_cast<std::int32_t>(kSignature.size())) return fail(SnapshotError::kBadSignature);
  const std::string_view signature = in.bytes(kSignature.size());
  if (!in.ok()) return;
  if (signature != kSignature) return fail(SnapshotError::kBadSignature);
  part_ = Part::kEnd;
}

void SnapshotReader::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(form_));
  hash.add(static_cast<std::uint64_t>(part_));
  hash.add(static_cast<std::uint64_t>(left_));
  hash.add(offset_);
  hash.add(error_ ? 1 + static_cast<std::uint64_t>(*error_) : 0);
  hash.add(view(pending_));
}

void SnapshotReader::fail(SnapshotError error) {
  if (!error_) error_ = error;
}

Result<Done, SnapshotError> SnapshotReader::outcome() const {
  if (error_) return Failure{*error_};
  return Done{};
}

}  // namespace vivarium
