// A world around one Replica for tests: plays inputs, carries out effects in memory, and shows what each channel got.
//
// By default nothing completes by itself: a test decides when the log is durable and when a snapshot moves on. The log
// is kept as entries, so a test can recover another server from it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernel/replica.h"
#include "kernel/replica/state.h"
#include "kernel/request/apply.h"
#include "kernel/session/password.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/txn.h"

namespace vivarium::testing {

inline std::string to_std(std::string_view s) { return std::string(s.data(), s.size()); }

/// Bytes built with the kernel's own encoders.
template <class Write>
std::string bytes_of(Write&& write) {
  Vector<char> buffer;
  ByteWriter writer(buffer);
  write(writer);
  return to_std(view(buffer));
}
template <class Write>
std::string frame_of(Write&& write) {
  return bytes_of([&](ByteWriter& out) {
    const std::size_t at = begin_frame(out);
    write(out);
    end_frame(out, at);
  });
}
template <class Write>
std::string request(int xid, OpCode op, Write&& write_body) {
  return frame_of([&](ByteWriter& out) {
    encode(out, RequestHeader{Xid{xid}, op});
    write_body(out);
  });
}
inline std::string bare_request(int xid, OpCode op) {
  return request(xid, op, [](ByteWriter&) {});
}
inline std::string ping() { return bare_request(-2, OpCode::kPing); }
inline std::string close_session(int xid) { return bare_request(xid, OpCode::kCloseSession); }
inline std::string create(int xid, std::string_view path, std::string_view data = "", int flags = 0,
                          OpCode op = OpCode::kCreate, std::int64_t ttl = 0, AclBytes acl = open_acl()) {
  return request(xid, op, [&](ByteWriter& out) { encode(out, CreateRequest{path, data, acl, flags, ttl}, op); });
}
inline std::string set_data(int xid, std::string_view path, std::string_view data, int version = -1) {
  return request(xid, OpCode::kSetData, [&](ByteWriter& out) { encode(out, SetDataRequest{path, data, version}); });
}
inline std::string set_acl(int xid, std::string_view path, AclBytes acl) {
  return request(xid, OpCode::kSetAcl, [&](ByteWriter& out) { encode(out, SetAclRequest{path, acl, -1}); });
}
inline std::string remove(int xid, std::string_view path, int version = -1) {
  return request(xid, OpCode::kDelete, [&](ByteWriter& out) { encode(out, PathVersionRequest{path, version}); });
}
inline std::string get_data(int xid, std::string_view path, bool watch = false) {
  return request(xid, OpCode::kGetData, [&](ByteWriter& out) { encode(out, PathWatchRequest{path, watch}); });
}
inline std::string exists(int xid, std::string_view path, bool watch = false) {
  return request(xid, OpCode::kExists, [&](ByteWriter& out) { encode(out, PathWatchRequest{path, watch}); });
}
inline std::string auth(std::string_view scheme, std::string_view credential) {
  return request(-4, OpCode::kAuth, [&](ByteWriter& out) { encode(out, AuthRequest{0, scheme, credential}); });
}
inline std::string connect_frame(const ConnectRequest& connect) {
  return frame_of([&](ByteWriter& out) { encode(out, connect); });
}
inline std::string password_of(SessionId id) {
  const Password password = session_password(id);
  return std::string(password.bytes, sizeof password.bytes);
}
inline std::string new_session(int timeout_ms = 10'000) {
  ConnectRequest connect;
  connect.timeout_ms = timeout_ms;
  const std::string password(16, '\0');
  connect.password = password;
  connect.read_only = false;
  return connect_frame(connect);
}
inline std::string resume_session(SessionId id, const std::string& password, int timeout_ms = 10'000) {
  ConnectRequest connect;
  connect.timeout_ms = timeout_ms;
  connect.session_id = id;
  connect.password = password;
  connect.read_only = false;
  return connect_frame(connect);
}

struct Reply {
  int xid = 0;
  std::int64_t zxid = 0;
  ErrorCode error = ErrorCode::kOk;
  std::string body;
  friend bool operator==(const Reply&, const Reply&) = default;
};

struct LogEntry {
  std::int64_t zxid;
  std::string bytes;
  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

/// What one channel got so far.
struct Channel {
  ChannelId id;
  std::string sent;       // by the server, whole life
  std::size_t taken = 0;  // by the test
  bool closed = false;
  bool paused = false;
  int pauses = 0;
  std::vector<std::string> admin, authenticate;
  int drains_asked = 0;
};

class Server {
 public:
  explicit Server(Config config = {}, std::optional<RecoveredState> recovered = std::nullopt, Seed seed = Seed{1})
      : Server(Replica(config, recovered ? std::move(*recovered) : empty_directory(), seed, Instant{}, kBoot)) {}
  explicit Server(Replica replica) : replica_(std::move(replica)) {}

  static constexpr WallTime kBoot{1'700'000'000'000};
  /// A directory that holds the snapshot of an empty tree.
  static RecoveredState empty_directory() {
    RecoveredState recovered;
    recovered.verdict = RecoveryVerdict::kIntact;
    return recovered;
  }

  Replica& replica() { return replica_; }
  const ReplicaState& state() const { return replica_.state(); }
  Instant now() const { return now_; }

  // ---- inputs ----------------------------------------------------------------------------------------------------
  void step(std::span<const Input> inputs) {
    effects_.clear();
    replica_.step(now_, inputs, effects_);
    carry_out();
  }
  void step(const Input& input) { step(std::span<const Input>(&input, 1)); }
  void step() { step(std::span<const Input>()); }
  void pass(Duration time) {
    now_ = now_ + time;
    step();
  }
  /// The process was stopped: time passes, and nothing steps until the next input.
  void sleep(Duration time) { now_ = now_ + time; }
  /// Jumps from deadline to deadline, as a driver does.
  void run_until(Instant end) {
    while (replica_.next_deadline() <= end) {
      if (replica_.next_deadline() > now_) now_ = replica_.next_deadline();
      step();
      make_durable();
    }
    now_ = end;
    step();
    make_durable();
  }
  ChannelId open(std::uint32_t slot, std::string_view peer = "127.0.0.1") {
    Channel& channel = channels_[slot];
    const std::uint32_t generation = channel.id.generation + 1;
    channel = Channel{};
    channel.id = ChannelId{slot, generation};
    step(ChannelOpened{channel.id, ChannelKind::kClient, peer, {}});
    return channel.id;
  }
  void send(std::uint32_t slot, std::string_view bytes) { step(ChannelBytes{channels_[slot].id, bytes}); }
  void hang_up(std::uint32_t slot) { step(ChannelClosed{channels_[slot].id}); }
  /// Everything that was appended becomes durable.
  void make_durable() {
    if (sync_asked_ > durable_) make_durable(sync_asked_);
  }
  void make_durable(std::int64_t zxid) {
    durable_ = zxid;
    step(LogDurable{incarnation_, Zxid{zxid}});
  }
  /// Opens a connection with a new session; its createSession is made durable.
  SessionId connect(std::uint32_t slot, int timeout_ms = 10'000) {
    open(slot);
    send(slot, new_session(timeout_ms));
    make_durable();
    const auto response = take_connect_response(slot);
    return response ? response->session_id : SessionId{};
  }

  // ---- what came out -----------------------------------------------------------------------------------------------
  Channel& channel(std::uint32_t slot) { return channels_[slot]; }
  /// Next unread frame, without its length.
  std::optional<std::string> take_frame(std::uint32_t slot) {
    Channel& channel = channels_[slot];
    ByteReader reader(std::string_view(channel.sent).substr(channel.taken));
    const std::string body = to_std(reader.ustring());
    if (!reader.ok()) return std::nullopt;
    channel.taken += 4 + body.size();
    return body;
  }
  /// The password view of the result points into `last_connect_frame_`.
  std::optional<ConnectResponse> take_connect_response(std::uint32_t slot) {
    const auto frame = take_frame(slot);
    if (!frame) return std::nullopt;
    last_connect_frame_ = *frame;
    return decode_connect_response(last_connect_frame_);
  }
  std::vector<Reply> take_replies(std::uint32_t slot) {
    std::vector<Reply> replies;
    while (auto frame = take_frame(slot)) {
      ByteReader reader(*frame);
      const ReplyHeader header = decode_reply_header(reader);
      replies.push_back(Reply{header.xid.value, header.zxid.value, header.error, to_std(reader.rest())});
    }
    return replies;
  }
  std::vector<int> take_xids(std::uint32_t slot) {
    std::vector<int> xids;
    for (const Reply& reply : take_replies(slot)) xids.push_back(reply.xid);
    return xids;
  }
  const std::vector<LogEntry>& log() const { return log_; }
  const std::vector<std::string>& notes() const { return notes_; }
  std::optional<std::int64_t> exit_code() const { return exit_code_; }
  const Effects& effects() const { return effects_; }
  int count(EffectKind kind) const {
    int n = 0;
    for (const Effect& effect : effects_.list()) n += effect.kind == kind ? 1 : 0;
    return n;
  }
  /// Effects of a kind over the whole life.
  int total(EffectKind kind) const {
    const auto found = totals_.find(kind);
    return found == totals_.end() ? 0 : found->second;
  }
  const std::map<std::int64_t, std::string>& snapshots() const { return snapshots_; }
  bool snapshot_open() const { return snapshot_open_; }
  std::int64_t snapshot_zxid() const { return snapshot_zxid_; }

  /// Lets the snapshot under way go on to its end.
  void finish_snapshot() {
    while (snapshot_open_) step(SnapshotChunkWritten{Zxid{snapshot_zxid_}});
    step(SnapshotDurable{Zxid{snapshot_zxid_}});
  }

 private:
  void carry_out() {
    for (const Effect& effect : effects_.list()) {
      ++totals_[effect.kind];
      const std::string payload = to_std(effects_.payload(effect));
      carry_out(effect, payload);
    }
  }
  void carry_out(const Effect& effect, const std::string& payload) {
    if (lane_of(effect.kind) == Lane::kChannel) {
      Channel& channel = channels_[effect.channel.slot];
      if (channel.id == effect.channel) on_channel(channel, effect.kind, payload);
      return;
    }
    switch (effect.kind) {
      case EffectKind::kAppendLog:
        incarnation_ = Incarnation{static_cast<std::uint64_t>(effect.argument)};
        log_.push_back(LogEntry{effect.zxid.value, payload});
        break;
      case EffectKind::kSyncLog:
        sync_asked_ = effect.zxid.value;
        break;
      case EffectKind::kBeginSnapshot:
        snapshot_open_ = true;
        snapshot_zxid_ = effect.zxid.value;
        snapshots_[snapshot_zxid_].clear();
        break;
      case EffectKind::kSnapshotChunk:
        snapshots_[effect.zxid.value] += payload;
        break;
      case EffectKind::kEndSnapshot:
        snapshot_open_ = false;
        break;
      case EffectKind::kNote:
        notes_.push_back(payload);
        break;
      case EffectKind::kHalt:
        exit_code_ = effect.argument;
        break;
      default:
        break;
    }
  }
  static void on_channel(Channel& channel, EffectKind kind, const std::string& payload) {
    switch (kind) {
      case EffectKind::kSend:
        channel.sent += payload;
        break;
      case EffectKind::kClose:
        channel.closed = true;
        break;
      case EffectKind::kPauseReading:
        channel.paused = true;
        ++channel.pauses;
        break;
      case EffectKind::kResumeReading:
        channel.paused = false;
        break;
      case EffectKind::kAwaitDrain:
        ++channel.drains_asked;
        break;
      case EffectKind::kAuthenticate:
        channel.authenticate.push_back(payload);
        break;
      case EffectKind::kAdminCommand:
        channel.admin.push_back(payload);
        break;
      default:
        break;
    }
  }

  Replica replica_;
  Effects effects_;
  Instant now_;
  std::map<std::uint32_t, Channel> channels_;
  std::vector<LogEntry> log_;
  std::vector<std::string> notes_;
  std::map<EffectKind, int> totals_;
  std::map<std::int64_t, std::string> snapshots_;
  bool snapshot_open_ = false;
  std::int64_t snapshot_zxid_ = 0;
  Incarnation incarnation_;
  std::int64_t sync_asked_ = 0;
  std::int64_t durable_ = 0;
  std::optional<std::int64_t> exit_code_;
  std::string last_connect_frame_;
};

}  // namespace vivarium::testing
