// The open sockets, of clients and of other members: what arrived on them, what waits to leave. One epoll set, one
// thread.
//
// A turn of the driver is wait, collect, (a kernel step), send..., flush: everything that is ready is read into one
// buffer, and everything for a channel leaves in one write. A client that does not read is not read from, and is
// dropped when too much waits for it. A member is always read from: a leader must hear acknowledgements most of all
// when it cannot get rid of proposals. How much waits for a member is the kernel's business, within a generous limit.
// Must never: block on a socket; reuse a slot while the kernel may still name it with the old generation; deliver
// ChannelClosed for a channel that the kernel asked to close. See docs/decisions/0010 for why this is not an Asio
// socket per client.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/config/server_config.h"
#include "adapters/net/peer_address.h"
#include "adapters/net/unique_fd.h"
#include "kernel/base/limits.h"
#include "kernel/base/time.h"
#include "kernel/input.h"

namespace vivarium {

struct NetLimits {
  std::size_t read_chunk = 64 * 1024;        // of one socket in one turn
  std::size_t read_buffer = 2u << 20;        // of all sockets in one turn
  std::size_t output_high_water = 1u << 20;  // waiting for one client: stop reading from it
  std::size_t output_limit = 256u << 20;     // waiting for one client: drop it
  // Waiting for one member: drop it. All that gathered behind a snapshot may become due at once.
  std::size_t member_output_limit = limits::kMaxLearnerBacklog + (256u << 20);
  // Channels of members that connected to us. Those that do not belong are closed by the kernel, oldest first; this is
  // for the moment in which it has not seen them yet.
  std::size_t member_channels = 2 * limits::kMaxLearners;
  Duration close_patience = Duration::seconds(5);  // for the last bytes of a closing channel to leave
};

struct NetCounters {
  std::uint64_t bytes_received = 0, bytes_sent = 0;
  std::uint64_t rejected = 0;  // over a limit, at accept
  std::uint64_t dropped = 0;   // too much output waited
};

class ChannelSet {
 public:
  enum class Adoption { kTaken, kTooManyFromAddress, kTooMany, kTooManyMembers };

  explicit ChannelSet(ConnectionLimits limits, NetLimits net_limits = {});
  ~ChannelSet();

  /// `fd` becomes readable when another thread wants the driver's attention; wait() returns then.
  void watch_wakeups(int fd);
  /// Takes a connected socket; over a limit it is closed instead, but never one that we `dialed`.
  Adoption adopt(UniqueFd socket, const PeerAddress& peer, ChannelId& id, ChannelKind kind = ChannelKind::kClient,
                 bool dialed = false);

  // ---- a turn ----------------------------------------------------------------------------------------------------
  /// Until something is ready or `timeout_ms` passed (-1: no limit). True when the wakeup descriptor is readable.
  bool wait(int timeout_ms);
  /// What arrived: ChannelBytes, ChannelDrained and ChannelClosed. Views are valid until the next collect.
  void collect(std::vector<Input>& inputs);
  /// `bytes` must stay valid until flush.
  void send(ChannelId id, std::string_view bytes);
  /// What was sent leaves first.
  void close(ChannelId id);
  void pause_reading(ChannelId id);
  void resume_reading(ChannelId id);
  /// collect() reports ChannelDrained when little of what was sent before still waits.
  void await_drain(ChannelId id);
  /// One write per channel that has something to send; then what is to be closed is closed.
  void flush(Instant now);
  /// Something to collect did not come from wait: do not sleep.
  bool has_pending() const { return !broken_.empty() || !drained_.empty(); }
  /// When a closing channel's patience ends; expire() drops those.
  Instant next_deadline() const;
  void expire(Instant now);

  // ---- views -----------------------------------------------------------------------------------------------------
  const PeerAddress* peer(ChannelId id) const;
  bool is_reading(ChannelId id) const;
  bool is_writing(ChannelId id) const;
  /// Of clients.
  std::size_t size() const { return clients_; }
  const NetCounters& counters() const { return counters_; }

 private:
  struct Channel;
  struct Piece {
    std::string_view bytes;
    std::int32_t next;
  };

  Channel* find(ChannelId id) const;
  std::optional<Adoption> over_limit(const PeerAddress& peer, ChannelKind kind, bool dialed) const;
  Channel& take_slot();
  void read_from(std::uint32_t slot, std::vector<Input>& inputs);
  void write_pieces(Channel& channel);
  void write_scattered(Channel& channel);
  void write_queued(Channel& channel);
  void queue_pieces(Channel& channel);
  std::size_t write_some(Channel& channel, std::string_view bytes);
  std::size_t took(Channel& channel, ssize_t size);
  const Piece& piece(std::int32_t at) const { return pieces_[static_cast<std::size_t>(at)]; }
  void update_interest(Channel& channel);
  void mark_dirty(Channel& channel);
  void mark_broken(Channel& channel);
  void settle(Channel& channel, Instant now);
  void give_up(Channel& channel);
  void release(Channel& channel);

  ConnectionLimits limits_;
  NetLimits net_limits_;
  UniqueFd epoll_;
  std::vector<std::unique_ptr<Channel>> channels_;  // by slot
  std::vector<std::uint32_t> free_slots_;           // min-heap
  std::map<std::string, int> per_address_;
  std::size_t clients_ = 0, members_ = 0;
  std::vector<std::uint32_t> ready_;      // slots that wait() found readable
  std::vector<std::uint32_t> dirty_;      // slots that flush() must look at
  std::vector<std::uint32_t> broken_;     // slots whose end the kernel has not heard of yet
  std::vector<ChannelId> drained_;        // asked for, not yet reported
  std::vector<std::uint32_t> lingering_;  // closing, with output that has not left
  std::vector<Piece> pieces_;
  std::unique_ptr<char[]> read_buffer_;
  std::string scratch_;
  std::size_t read_used_ = 0;
  NetCounters counters_;
};

}  // namespace vivarium
