// Connections between servers: dials that are answered, refused or lost, and byte streams that behave as TCP's do.
//
// Bytes stay in order in each direction, are split anywhere, wait while a way is cut and arrive when it is healed. A
// connection may break with any prefix delivered, each end told in its own time or never; an end that speaks to a
// process that is gone is told so when the machine has power. Latencies are drawn from one stream per (kind, from, to),
// so that a disturbance of one pair leaves the others as they were. Must never: deliver anything of a broken connection
// behind its break; tell a server of a channel twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "kernel/input.h"
#include "sim/choice/stream.h"
#include "sim/net/pipe.h"
#include "sim/plan/plan.h"
#include "sim/world/scheduler.h"

namespace vivarium::sim {

/// One side of a connection, as the server that holds it names it.
struct PeerEnd {
  std::uint32_t connection = 0;
  std::uint32_t generation = 0;
  std::uint32_t side = 0;  // 0: dialled, 1: was dialled
};

/// What the network tells a server.
class PeerPort {
 public:
  virtual ~PeerPort() = default;
  virtual bool listening() const = 0;
  /// `dialed`: the answer to a dial. Returns the channel that was given to it.
  virtual ChannelId peer_opened(PeerEnd end, ChannelKind kind, std::uint32_t other, bool dialed) = 0;
  virtual void peer_bytes(ChannelId channel, std::string_view bytes) = 0;
  virtual void peer_closed(ChannelId channel) = 0;
  virtual void peer_drained(ChannelId channel) = 0;
  virtual void dial_failed(ChannelKind kind, std::uint32_t other) = 0;
};

class PeerNetwork {
 public:
  PeerNetwork(const Plan& plan, Scheduler& scheduler);
  void attach(std::uint32_t server, PeerPort& port) { ports_[server] = &port; }

  // ---- what servers do ------------------------------------------------------------------------------------------
  void dial(std::uint32_t from, std::uint32_t to, ChannelKind kind);
  void send(const PeerEnd& end, std::string_view bytes);
  /// After everything sent before; the channel is forgotten at once.
  void close(const PeerEnd& end);
  void pause(const PeerEnd& end, bool paused);
  void await_drain(const PeerEnd& end);

  // ---- what happens to servers ------------------------------------------------------------------------------------
  /// The process is gone. `told`: its machine says so; otherwise it lost its power.
  void died(std::uint32_t server, bool told);
  void set_power(std::uint32_t server, bool on) { powered_[server] = on; }

  // ---- what happens to links: each cut is undone once
  // ----------------------------------------------------------------
  void cut(std::uint32_t from, std::uint32_t to) { ++way(from, to).cuts; }
  void uncut(std::uint32_t from, std::uint32_t to);
  bool is_cut(std::uint32_t from, std::uint32_t to) const { return ways_[from * size_ + to].cuts > 0; }
  void clog(std::uint32_t from, std::uint32_t to, std::int64_t delay) { way(from, to).delay += delay; }
  /// Connections of the pair break, with any prefix delivered. `told`: each end may hear of it; otherwise nobody does.
  void break_pair(std::uint32_t a, std::uint32_t b, bool told);

  void on_event(const Event& event);
  std::uint64_t delivered_segments() const { return delivered_segments_; }

 private:
  enum class EndState : std::uint8_t {
    kDialing,
    kExpected,  // the dial has not arrived
    kOpen,
    kClosed,  // closed by itself, or told of the other's close
    kDead,    // the process that held it is gone
  };
  struct End {
    std::uint32_t server = 0;
    EndState state = EndState::kClosed;
    bool paused = false;
    ChannelId channel;
  };
  struct Direction {
    Pipe pipe;
    std::uint32_t stalled = 0;  // segments whose time came while the way was cut or the reader was busy
    std::uint64_t sent = 0, delivered = 0;
    std::uint64_t limit = UINT64_MAX;  // nothing behind it arrives: the connection broke there
    std::optional<std::uint64_t> drain_at;
  };
  struct Connection {
    std::uint32_t generation = 0;
    bool used = false;
    bool bounces = true;  // speaking into a break is answered, when the other machine has power
    bool reset_sent[2] = {false, false};
    ChannelKind kind = ChannelKind::kElection;
    std::int64_t deadline = 0;
    End ends[2];
    Direction ways[2];  // [0]: from the dialler
  };
  struct Way {
    std::uint32_t cuts = 0;
    std::int64_t delay = 0;
    Stream latency[2], splits[2];  // by kind
  };

  Way& way(std::uint32_t from, std::uint32_t to) { return ways_[from * size_ + to]; }
  /// nullptr when this side has no open channel any more.
  Connection* find_open(const PeerEnd& end);
  std::uint32_t place_for_connection();
  std::int64_t arrival(const Connection& connection, std::uint32_t direction);
  void schedule(std::uint32_t index, std::uint32_t direction, std::int64_t at);
  void push(std::uint32_t index, std::uint32_t direction, SegmentKind kind, std::string_view bytes,
            std::int64_t delay = 0);
  void resume(std::uint32_t index, std::uint32_t direction);
  void on_dial(std::uint32_t index);
  void give_up(std::uint32_t index);
  void on_segment(std::uint32_t index, std::uint32_t direction);
  void on_open_segment(std::uint32_t index, std::uint32_t direction);
  void on_bytes(std::uint32_t index, std::uint32_t direction, std::string_view bytes);
  /// Tells the sender of `direction` that nobody listens any more.
  void bounce(std::uint32_t index, std::uint32_t direction);
  void break_way(Connection& connection, std::uint32_t direction, std::uint64_t keep_all_per_thousand);
  void release_if_over(std::uint32_t index);

  const Plan& plan_;
  Scheduler& scheduler_;
  const std::uint32_t size_;
  std::vector<PeerPort*> ports_;
  std::vector<bool> powered_;
  std::vector<Way> ways_;
  std::vector<Connection> connections_;
  Stream breaks_;
  std::uint64_t delivered_segments_ = 0;
};

}  // namespace vivarium::sim
