// Client connections: at most one per client, to one server at a time, each a pair of pipes with its own latencies.
//
// Bytes stay in order; segments may be split anywhere; a connection may break with any prefix delivered. Must never:
// deliver anything of an older connection to a newer one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernel/base/types.h"
#include "sim/choice/stream.h"
#include "sim/net/pipe.h"
#include "sim/plan/plan.h"
#include "sim/world/scheduler.h"

namespace vivarium::sim {

struct Link {
  std::uint32_t generation = 0;  // of the connection that uses it now
  std::uint32_t server = 0;      // index of the server that it leads to
  bool client_open = false;      // the client believes that it is connected (or connecting)
  bool server_open = false;      // the server has the channel
  bool server_closing = false;   // the server closed; its last bytes are on their way
  ChannelId channel;             // when server_open
  Pipe up, down;
  Stream up_latency, down_latency, splits;
};

class Network {
 public:
  Network(const Plan& plan, Scheduler& scheduler);

  Link& link(std::uint32_t client) { return links_[client]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(links_.size()); }

  std::uint32_t servers() const { return static_cast<std::uint32_t>(plan_.members()); }

  /// The client dials server `server` (an index below servers()): everything older on this link is forgotten.
  void connect(std::uint32_t client, std::uint32_t server);
  void send_up(std::uint32_t client, std::string_view bytes);
  void send_down(std::uint32_t client, std::string_view bytes);
  /// The client hangs up; the server hears of it after everything sent before.
  void close_up(std::uint32_t client);
  /// The server hangs up; likewise.
  void close_down(std::uint32_t client);
  /// The connection is gone with everything on its way. Neither end is told.
  void sever(std::uint32_t client);

 private:
  void send(Pipe& pipe, Stream& latency, Stream& splits, EventKind kind, std::uint32_t client, std::string_view bytes);
  std::int64_t arrival(Stream& latency) {
    return scheduler_.now() + draw_latency(latency, plan_.network_floor, plan_.network_spread);
  }

  const Plan& plan_;
  Scheduler& scheduler_;
  std::vector<Link> links_;
};

}  // namespace vivarium::sim
