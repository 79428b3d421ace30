// The network; see network.h.
#include "sim/net/network.h"

namespace vivarium::sim {

Network::Network(const Plan& plan, Scheduler& scheduler)
    : plan_(plan), scheduler_(scheduler), links_(static_cast<std::size_t>(plan.clients)) {
  for (std::uint32_t client = 0; client < links_.size(); ++client) {
    links_[client].up_latency = Stream(Seed{plan.seed}, Choice::kUplink, client);
    links_[client].down_latency = Stream(Seed{plan.seed}, Choice::kDownlink, client);
    links_[client].splits = Stream(Seed{plan.seed}, Choice::kSplit, client);
  }
}

void Network::send(Pipe& pipe, Stream& latency, Stream& splits, EventKind kind, std::uint32_t client,
                   std::string_view bytes) {
  const auto lane = static_cast<std::uint16_t>(lanes::kClients + client * 2 + (kind == EventKind::kToServer ? 0 : 1));
  const auto push = [&](std::string_view piece) {
    const std::int64_t at = pipe.push(SegmentKind::kBytes, piece, arrival(latency));
    scheduler_.at(at, lane, kind, static_cast<std::uint16_t>(client), links_[client].generation, links_[client].server);
  };
  while (bytes.size() > 1 && plan_.split_per_thousand > 0 &&
         splits.chance(static_cast<std::uint32_t>(plan_.split_per_thousand))) {
    const std::size_t cut = 1 + splits.below(bytes.size() - 1);
    push(bytes.substr(0, cut));
    bytes.remove_prefix(cut);
  }
  push(bytes);
}

void Network::connect(std::uint32_t client, std::uint32_t server) {
  KASSERT(server < servers());
  Link& link = links_[client];
  if (link.server_open) {
    // The server still holds the old connection; it hears of its end in its own time.
    scheduler_.at(arrival(link.up_latency), static_cast<std::uint16_t>(lanes::kClients + client * 2),
                  EventKind::kOrphan, static_cast<std::uint16_t>(link.channel.slot), link.channel.generation,
                  link.server);
  }
  ++link.generation;
  link.server = server;
  link.client_open = true;
  link.server_open = link.server_closing = false;
  link.up.reset();
  link.down.reset();
  const std::int64_t at = link.up.push(SegmentKind::kOpen, {}, arrival(link.up_latency));
  scheduler_.at(at, static_cast<std::uint16_t>(lanes::kClients + client * 2), EventKind::kToServer,
                static_cast<std::uint16_t>(client), link.generation, link.server);
}

void Network::send_up(std::uint32_t client, std::string_view bytes) {
  Link& link = links_[client];
  if (link.client_open) send(link.up, link.up_latency, link.splits, EventKind::kToServer, client, bytes);
}

void Network::send_down(std::uint32_t client, std::string_view bytes) {
  Link& link = links_[client];
  if (link.client_open) send(link.down, link.down_latency, link.splits, EventKind::kToClient, client, bytes);
}

void Network::close_up(std::uint32_t client) {
  Link& link = links_[client];
  link.client_open = false;
  const std::int64_t at = link.up.push(SegmentKind::kClose, {}, arrival(link.up_latency));
  scheduler_.at(at, static_cast<std::uint16_t>(lanes::kClients + client * 2), EventKind::kToServer,
                static_cast<std::uint16_t>(client), link.generation, link.server);
}

void Network::sever(std::uint32_t client) {
  Link& link = links_[client];
  ++link.generation;  // segments on their way arrive nowhere
  link.server_open = link.server_closing = false;
  link.up.reset();
  link.down.reset();
}

void Network::close_down(std::uint32_t client) {
  Link& link = links_[client];
  link.server_open = false;
  link.server_closing = true;
  if (!link.client_open) return;
  const std::int64_t at = link.down.push(SegmentKind::kClose, {}, arrival(link.down_latency));
  scheduler_.at(at, static_cast<std::uint16_t>(lanes::kClients + client * 2 + 1), EventKind::kToClient,
                static_cast<std::uint16_t>(client), link.generation, link.server);
}

}  // namespace vivarium::sim
