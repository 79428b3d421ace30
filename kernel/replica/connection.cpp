#include "kernel/replica/connection.h"

namespace vivarium {

ConnectionView Connection::show() const {
  ConnectionView shown;
  shown.channel = id;
  shown.peer = view(peer);
  shown.has_session = phase == Phase::kOpen || phase == Phase::kDraining;
  shown.session = session;
  shown.timeout_ms = timeout_ms;
  shown.received = received;
  shown.sent = sent;
  shown.outstanding = static_cast<std::int64_t>(pending_count());
  shown.last_op = last_op;
  shown.last_xid = last_xid;
  shown.last_zxid = last_zxid;
  shown.established = established;
  shown.last_response = last_response;
  shown.last_latency_ms = last_latency_ms;
  shown.latency = latency;
  return shown;
}

void Connection::hash_into(StateHash& hash) const {
  hash.add((std::uint64_t{id.slot} << 32) | id.generation);
  hash.add(static_cast<std::uint64_t>(phase));
  hash.add(std::uint64_t{awaiting_auth} | std::uint64_t{stalled} << 1 | std::uint64_t{paused} << 2 |
           std::uint64_t{connect_read_only.has_value()} << 3 | std::uint64_t{connect_read_only.value_or(false)} << 4 |
           std::uint64_t{awaiting_drain} << 5);
  hash.add(burst);
  hash.add(static_cast<std::uint64_t>(static_cast<std::int64_t>(auth_xid.value)));
  hash.add(view(peer));
  hash.add(view(unfinished));
  hash.add(identities.size());
  for (const Identity& identity : identities) {
    hash.add(view(identity.scheme));
    hash.add(view(identity.id));
  }
  hash.add(static_cast<std::uint64_t>(session.value));
  hash.add(static_cast<std::uint64_t>(timeout_ms));
  hash.add(waiting.size());
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const WaitingRequest& request = waiting[i];
    hash.add(request.after_write - writes_answered);
    hash.add(static_cast<std::uint64_t>(static_cast<std::int64_t>(request.xid.value)));
    hash.add(static_cast<std::uint64_t>(static_cast<std::int64_t>(request.op)));
    hash.add(waiting_bytes.at(request.position, request.size));
    hash.add(std::uint64_t{request.throttled});
  }
  arrivals.hash_into(hash);
  hash.add(large.size());
  for (std::size_t i = 0; i < large.size(); ++i) {
    hash.add(large[i].after_write - writes_answered);
    hash.add(static_cast<std::uint64_t>(large[i].size));
  }
  hash.add(writes_proposed - writes_answered);
}

Connection& ConnectionTable::open(ChannelId channel, std::string_view peer) {
  if (channel.slot >= slots_.size()) slots_.resize(channel.slot + 1);
  Connection& connection = slots_[channel.slot];
  KASSERT(!connection.in_use());
  connection.id = channel;
  connection.phase = Connection::Phase::kGreeting;
  connection.peer = to_string(peer);
  ++in_use_;
  return connection;
}

Connection* ConnectionTable::find(ChannelId channel) {
  Connection* connection = in_slot(channel.slot);
  return connection != nullptr && connection->id == channel ? connection : nullptr;
}

Connection* ConnectionTable::in_slot(std::uint32_t slot) {
  if (slot >= slots_.size() || !slots_[slot].in_use()) return nullptr;
  return &slots_[slot];
}

Connection* ConnectionTable::of_session(SessionId session) {
  const auto found = by_session_.find(session.value);
  if (found == by_session_.end()) return nullptr;
  Connection* connection = in_slot(found->second);
  KASSERT(connection != nullptr);
  KASSERT(connection->session == session);
  return connection;
}

void ConnectionTable::attach(const Connection& connection) {
  KASSERT(connection.in_use());
  KASSERT(connection.session.value != 0);
  KASSERT(of_session(connection.session) == nullptr);
  by_session_.emplace(connection.session.value, connection.id.slot);
}

void ConnectionTable::forget(Connection& connection) {
  KASSERT(connection.in_use());
  if (connection.session.value != 0) {
    const auto found = by_session_.find(connection.session.value);
    if (found != by_session_.end() && found->second == connection.id.slot) by_session_.erase(found);
  }
  connection = Connection{};
  KASSERT(in_use_ > 0);
  --in_use_;
}

}  // namespace vivarium
