// Snapshots, written and read in pieces, in two forms: files as Apache's FileSnap writes them (protocol.md section 5),
// and the bytes that follow a SNAP packet on the quorum port (7.1), which lack header, seals and tail sections and end
// with a signature.
//
// SnapshotWriter keeps the running Adler-32 and lays out the parts; the walk over the tree that feeds it is
// request/snapshot_cursor. SnapshotReader is a push parser: it is fed byte ranges of any size and calls a sink.
// Must never: accept a file whose seal does not match. Everything before the seal, or the signature, is provisional.
// A stream of damaged lengths must not eat memory: a piece is at most limits::kMaxSnapshotPiece bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/hash.h"
#include "kernel/base/result.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/wire/txn.h"

namespace vivarium {

/// StatPersisted: 60 bytes on disk; the stored, not the client's, cversion.
struct StatPersisted {
  Zxid czxid, mzxid;
  WallTime ctime, mtime;
  std::int32_t version = 0, cversion = 0, aversion = 0;
  std::int64_t ephemeral_owner = 0;
  Zxid pzxid;
  friend bool operator==(const StatPersisted&, const StatPersisted&) = default;
};
void encode(ByteWriter& out, const StatPersisted& stat);
StatPersisted decode_stat_persisted(ByteReader& in);

/// acl id that means [world:anyone:cdrwa] and is never in the map.
inline constexpr std::int64_t kOpenAclId = -1;

enum class SnapshotForm : std::uint8_t { kFile, kStream };

/// Lays out one snapshot. Call in the order of the declarations, each count followed by exactly that many
/// elements; bytes appear in the `out` given to each call, which may be a different buffer each time.
class SnapshotWriter {
 public:
  explicit SnapshotWriter(SnapshotForm form = SnapshotForm::kFile)
      : form_(form), phase_(form == SnapshotForm::kFile ? Phase::kHeader : Phase::kSessionCount) {}

  /// Files only; a stream begins with the sessions.
  void header(ByteWriter& out);
  void session_count(ByteWriter& out, std::int32_t count);
  void session(ByteWriter& out, SessionId id, std::int32_t timeout_ms);
  void acl_count(ByteWriter& out, std::int32_t count);
  void acl(ByteWriter& out, std::int64_t id, AclBytes acl);
  /// Parents before children; the root's path is "".
  void node(ByteWriter& out, std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat);
  /// A file's end of nodes, seal, digest section (when given), seal, lastProcessedZxid section (when given), seal.
  /// "No digest known yet" is zxid 0 with TxnDigest{2, 0}; Apache writes a section for it, too.
  void finish(ByteWriter& out, Zxid digest_zxid, std::optional<TxnDigest> digest, std::optional<Zxid> last_processed);
  /// A stream's end of nodes and signature.
  void finish_stream(ByteWriter& out);

 private:
  enum class Phase { kHeader, kSessionCount, kSessions, kAcls, kFinished };
  void sum(const ByteWriter& out, std::size_t from);
  void seal(ByteWriter& out);
  /// Moves to `next`; every element that the last count announced must have been written.
  void advance(Phase from, Phase next);

  SnapshotForm form_;
  Phase phase_;
  std::int32_t left_ = 0;
  std::uint32_t checksum_ = 1;
};

/// Receives what a SnapshotReader decodes. Views are valid during the call only.
class SnapshotSink {
 public:
  virtual void on_session(SessionId id, std::int32_t timeout_ms) = 0;
  virtual void on_acl(std::int64_t id, AclBytes acl) = 0;
  /// False: the sink refuses the node (no parent, unknown acl id); the reader then fails.
  virtual bool on_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) = 0;
  /// Versions below 2 are stored in another way and cannot be compared; for them `tree_digest` is 0. Zxid 0: no
  /// digest was known.
  virtual void on_digest(Zxid zxid, TxnDigest digest) = 0;
  virtual void on_last_processed(Zxid zxid) = 0;

 protected:
  ~SnapshotSink() = default;
};

enum class SnapshotError { kTruncated, kBadHeader, kBadLength, kBadSeal, kBadSignature, kRefusedNode, kTrailingBytes };
const char* snapshot_error_name(SnapshotError error);

/// Push parser; keeps an unfinished piece itself. The first error is final: later calls return it again. A value: the
/// sink is given to each call, so that whoever holds a reader may be copied.
class SnapshotReader {
 public:
  explicit SnapshotReader(SnapshotForm form = SnapshotForm::kFile)
      : form_(form), part_(form == SnapshotForm::kFile ? Part::kHeader : Part::kSessionCount) {}

  // ---- a file: feed() consumes everything; finish() says whether it ended at a legal place (each tail section is
  // optional by end of file) ------------------------------------------------------------------------------------------
  Result<Done, SnapshotError> feed(std::string_view bytes, SnapshotSink& sink);
  Result<Done, SnapshotError> finish();

  // ---- a stream: bytes behind the signature are not the snapshot's --------------------------------------------------
  /// How many of the bytes were consumed: all, unless complete().
  Result<std::size_t, SnapshotError> feed_stream(std::string_view bytes, SnapshotSink& sink);
  /// The signature was seen.
  bool complete() const { return form_ == SnapshotForm::kStream && part_ == Part::kEnd; }

  /// Bytes of the pieces that were parsed: where the first error's piece begins.
  std::uint64_t offset() const { return offset_; }

  void hash_into(StateHash& hash) const;

 private:
  /// What the next piece of the stream is. A piece is parsed whole or not at all.
  enum class Part {
    kHeader,
    kSessionCount,
    kSession,
    kAclCount,
    kAcl,
    kNode,
    kSeal1,
    kDigest,
    kSeal2,
    kLastZxid,
    kSeal3,
    kSignature,
    kEnd
  };

  void take(std::string_view& bytes, SnapshotSink& sink);
  std::size_t take_piece(std::string_view bytes, SnapshotSink& sink);
  void sum(std::string_view bytes);
  void complete_pending(std::string_view& bytes, SnapshotSink& sink);
  void parse(ByteReader& in, SnapshotSink& sink);
  void parse_header(ByteReader& in);
  void parse_count(ByteReader& in, Part elements, Part after);
  void parse_session(ByteReader& in, SnapshotSink& sink);
  void parse_acl(ByteReader& in, SnapshotSink& sink);
  void parse_node(ByteReader& in, SnapshotSink& sink);
  void parse_digest(ByteReader& in, SnapshotSink& sink);
  void parse_last_zxid(ByteReader& in, SnapshotSink& sink);
  void parse_seal(ByteReader& in, Part after);
  void parse_signature(ByteReader& in);
  bool take_seal(ByteReader& in, std::uint32_t expected);
  void fail(SnapshotError error);
  Result<Done, SnapshotError> outcome() const;

  SnapshotForm form_;
  Part part_;
  std::int32_t left_ = 0;
  std::uint32_t checksum_ = 1;
  std::uint64_t offset_ = 0;
  std::optional<SnapshotError> error_;
  Vector<char> pending_;
};

}  // namespace vivarium
