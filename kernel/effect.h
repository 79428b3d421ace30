// Everything that the kernel may ask of the outside, with its lane, and the reusable buffer that holds it.
//
// Effects are FIFO inside a lane; lanes are independent and may be carried out in any interleaving. If B must follow A
// across lanes, the kernel waits for A's completion input before it emits B. Payloads live in the buffer's arena and
// are valid until clear().
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/containers.h"
#include "kernel/base/types.h"

namespace vivarium {

enum class EffectKind : std::uint8_t {
  // lane: one per channel
  kSend,          // payload: bytes to the peer, framing included
  kClose,         // close after what was sent before has left; no ChannelClosed follows
  kPauseReading,  // the kernel holds enough of this channel's bytes
  kResumeReading,
  kAwaitDrain,    // answered by ChannelDrained when little of what was sent before still waits to leave
  kAuthenticate,  // payload: ustring scheme, buffer credential; answered by AuthResult
  kAdminCommand,  // payload: the four letters (and the trace mask of stmk); the adapter answers and closes
  // lane: log
  kAppendLog,    // payload: one framed-less txn entry (txn.h); zxid
  kSyncLog,      // everything appended so far must become durable; answered by LogDurable{incarnation, zxid}
  kRollLog,      // the next record starts a new file
  kWriteEpochs,  // payload: long acceptedEpoch, long currentEpoch; answered by EpochDurable
  kTruncateLog,  // nothing behind zxid may be left; argument: the incarnation that appends after it carry.
                 // Answered by LogTruncated
  kReload,       // recover again from disk, appends after it carry the incarnation `argument`; answered by Reloaded
  kResetLog,     // a durable snapshot at zxid covers everything that is wanted: records behind it go, and damaged files
                 // are set aside; argument as for kTruncateLog; answered by LogTruncated
  // lane: snapshot
  kBeginSnapshot,  // zxid names the file
  kSnapshotChunk,  // payload: bytes; answered by SnapshotChunkWritten
  kEndSnapshot,    // make it durable under its name; answered by SnapshotDurable or SnapshotFailed
  kAbortSnapshot,  // forget the snapshot that was begun and not ended; not answered
  kReadLog,  // records behind zxid for `channel`, `argument` bytes at most (one record at least); answered by LogRead
  kPurge,    // keep `argument` valid snapshots and the logs that they need
  // lane: control
  kDialElection,  // argument: ServerId; answered by ChannelOpened or DialFailed
  kDialLeader,    // argument: ServerId; likewise
  kNote,          // payload: a line for the log file and the trace; argument: NoteLevel
  kHalt,          // payload: reason; argument: exit code. Nothing follows
};

enum class Lane : std::uint8_t { kChannel, kLog, kSnapshot, kControl };
constexpr Lane lane_of(EffectKind kind) {
  if (kind <= EffectKind::kAdminCommand) return Lane::kChannel;
  if (kind <= EffectKind::kResetLog) return Lane::kLog;
  if (kind <= EffectKind::kPurge) return Lane::kSnapshot;
  return Lane::kControl;
}

enum class NoteLevel : std::int32_t { kDebug, kInfo, kWarning, kError };

struct Effect {
  EffectKind kind = EffectKind::kNote;
  ChannelId channel;
  Zxid zxid;
  std::int64_t argument = 0;  // kAppendLog, kSyncLog: the incarnation; others as above
  std::size_t payload_offset = 0;
  std::size_t payload_size = 0;
  bool shared = false;  // the payload belongs to an effect before this one, too
};

/// A byte arena plus descriptors; cleared and reused for every step. Iteration order is emission order.
class Effects {
 public:
  void clear() {
    arena_.clear();
    list_.clear();
  }
  bool empty() const { return list_.empty(); }
  const Vector<Effect>& list() const { return list_; }
  std::string_view payload(const Effect& e) const { return {arena_.data() + e.payload_offset, e.payload_size}; }
  std::size_t arena_size() const { return arena_.size(); }
  std::size_t arena_capacity() const { return arena_.capacity(); }

  /// Starts an effect whose payload is written through writer() until end(). Consecutive sends to one channel merge.
  void begin(EffectKind kind, ChannelId channel = {}, Zxid zxid = {}, std::int64_t argument = 0) {
    KASSERT(!open_);
    open_ = true;
    const bool merge = kind == EffectKind::kSend && !list_.empty() && list_.back().kind == EffectKind::kSend &&
                       list_.back().channel == channel && !list_.back().shared;
    if (!merge) list_.push_back(Effect{kind, channel, zxid, argument, arena_.size(), 0, false});
  }
  /// As begin(), for a payload that send_again() will refer to: it merges with nothing.
  void begin_shared(EffectKind kind, ChannelId channel) {
    KASSERT(!open_);
    open_ = true;
    list_.push_back(Effect{kind, channel, {}, 0, arena_.size(), 0, true});
  }
  ByteWriter writer() {
    KASSERT(open_);
    return ByteWriter(arena_);
  }
  void end() {
    KASSERT(open_);
    open_ = false;
    list_.back().payload_size = arena_.size() - list_.back().payload_offset;
  }
  void emit(EffectKind kind, ChannelId channel = {}, Zxid zxid = {}, std::int64_t argument = 0,
            std::string_view payload = {}) {
    begin(kind, channel, zxid, argument);
    writer().bytes(payload);
    end();
  }
  /// Sends to one more channel what `first`, the index of an effect of this buffer, carries: encoded once, shared by
  /// all.
  void send_again(ChannelId channel, std::size_t first) {
    KASSERT(!open_);
    KASSERT(first < list_.size());
    KASSERT(list_[first].shared);
    Effect again = list_[first];
    again.kind = EffectKind::kSend;
    again.channel = channel;
    list_.push_back(again);
  }
  void note(NoteLevel level, std::string_view line) {
    emit(EffectKind::kNote, {}, {}, static_cast<std::int64_t>(level), line);
  }

 private:
  Vector<char> arena_;
  Vector<Effect> list_;
  bool open_ = false;
};

}  // namespace vivarium
