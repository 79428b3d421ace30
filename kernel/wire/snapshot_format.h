// Snapshot files, as Apache's FileSnap writes them (protocol.md section 5), written and read in pieces.
//
// SnapshotWriter keeps the running Adler-32 and lays out the parts; the walk over the tree that feeds it is
// request/snapshot_cursor. SnapshotReader is a push parser: it is fed byte ranges of any size and calls a sink.
// Must never: accept a stream whose seal does not match. Everything before the seal is provisional.
// A stream of damaged lengths must not eat memory: a piece is at most limits::kMaxSnapshotPiece bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/bytes.h"
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

/// Lays out one snapshot. Call in the order of the declarations, each count followed by exactly that many
/// elements; bytes appear in the `out` given to each call, which may be a different buffer each time.
class SnapshotWriter {
 public:
  void header(ByteWriter& out);
  void session_count(ByteWriter& out, std::int32_t count);
  void session(ByteWriter& out, SessionId id, std::int32_t timeout_ms);
  void acl_count(ByteWriter& out, std::int32_t count);
  void acl(ByteWriter& out, std::int64_t id, AclBytes acl);
  /// Parents before children; the root's path is "".
  void node(ByteWriter& out, std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat);
  /// End of nodes, seal, digest section (when given), seal, lastProcessedZxid section (when given), seal.
  /// "No digest known yet" is zxid 0 with TxnDigest{2, 0}; Apache writes a section for it, too.
  void finish(ByteWriter& out, Zxid digest_zxid, std::optional<TxnDigest> digest, std::optional<Zxid> last_processed);

 private:
  enum class Phase { kHeader, kSessionCount, kSessions, kAcls, kFinished };
  void sum(const ByteWriter& out, std::size_t from);
  void seal(ByteWriter& out);
  /// Moves to `next`; every element that the last count announced must have been written.
  void advance(Phase from, Phase next);

  Phase phase_ = Phase::kHeader;
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

enum class SnapshotError { kTruncated, kBadHeader, kBadLength, kBadSeal, kRefusedNode, kTrailingBytes };
const char* snapshot_error_name(SnapshotError error);

/// Push parser. feed() consumes everything it is given (it keeps an unfinished piece itself); finish() says
/// whether the stream ended at a legal place (each tail section is optional by end of file). The first error is
/// final: later calls return it again.
class SnapshotReader {
 public:
  explicit SnapshotReader(SnapshotSink& sink) : sink_(sink) {}
  Result<Done, SnapshotError> feed(std::string_view bytes);
  Result<Done, SnapshotError> finish();
  /// Bytes of the pieces that were parsed: where the first error's piece begins.
  std::uint64_t offset() const { return offset_; }

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
    kEnd
  };

  std::size_t take_piece(std::string_view bytes);
  void complete_pending(std::string_view& bytes);
  void parse(ByteReader& in);
  void parse_header(ByteReader& in);
  void parse_count(ByteReader& in, Part elements, Part after);
  void parse_session(ByteReader& in);
  void parse_acl(ByteReader& in);
  void parse_node(ByteReader& in);
  void parse_digest(ByteReader& in);
  void parse_last_zxid(ByteReader& in);
  void parse_seal(ByteReader& in, Part after);
  bool take_seal(ByteReader& in, std::uint32_t expected);
  void fail(SnapshotError error);
  Result<Done, SnapshotError> outcome() const;

  SnapshotSink& sink_;
  Part part_ = Part::kHeader;
  std::int32_t left_ = 0;
  std::uint32_t checksum_ = 1;
  std::uint64_t offset_ = 0;
  std::optional<SnapshotError> error_;
  Vector<char> pending_;
};

}  // namespace vivarium
