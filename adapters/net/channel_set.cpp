#include "adapters/net/channel_set.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <functional>

#include "kernel/base/assert.h"

namespace vivarium {
namespace {

constexpr int kEventsPerWait = 512;
constexpr std::uint32_t kWakeupSlot = UINT32_MAX;
constexpr std::int32_t kNoPiece = -1;
/// Pieces of this size, on average, are not joined before they are written.
constexpr std::size_t kScatteredPiece = 1024;
constexpr std::size_t kMostScattered = 64;
/// Memory kept by an emptied output queue for its next use.
constexpr std::size_t kKeptOutput = 4096;
constexpr int kElectionIdleSeconds = 10, kElectionProbeSeconds = 5, kElectionProbes = 3;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// The peer's unread bytes would turn our close into a reset that can overtake the last reply: take them first.
void close_gently(int fd) {
  char sink[4096];
  for (int i = 0; i < 16; ++i) {
    if (::recv(fd, sink, sizeof sink, MSG_DONTWAIT) <= 0) break;
  }
  ::shutdown(fd, SHUT_WR);
}

void set(int fd, int level, int option, int value) { ::setsockopt(fd, level, option, &value, sizeof value); }

/// Election links carry nothing for days, so that only TCP can notice that one is dead. Learners are pinged.
void tune(int fd, ChannelKind kind) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (kind != ChannelKind::kElection) return;
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, kElectionIdleSeconds);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, kElectionProbeSeconds);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, kElectionProbes);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (kElectionIdleSeconds + kElectionProbes * kElectionProbeSeconds) * 1000);
}

}  // namespace

struct ChannelSet::Channel {
  UniqueFd fd;
  ChannelId id;
  PeerAddress peer;
  ChannelKind kind = ChannelKind::kClient;
  std::string output;           // did not fit the socket
  std::size_t output_sent = 0;  // of `output`
  std::int32_t first_piece = kNoPiece, last_piece = kNoPiece;
  std::uint32_t registered = 0;  // epoll events, besides errors, which are always reported
  bool in_epoll = false;
  bool kernel_paused = false;
  bool output_full = false;  // above the high-water mark
  bool ended = false;        // the peer closed or the link broke: released after the next flush
  bool awaiting_drain = false;
  bool closing = false;  // the kernel asked: released when the output has left
  bool dirty = false;
  Instant close_deadline = Instant::never();

  std::size_t waiting() const { return output.size() - output_sent; }
  bool is_client() const { return kind == ChannelKind::kClient; }
  bool wants_reading() const { return !kernel_paused && !(output_full && is_client()) && !ended && !closing; }
};

ChannelSet::ChannelSet(ConnectionLimits limits, NetLimits net_limits)
    : limits_(limits),
      net_limits_(net_limits),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      read_buffer_(new char[net_limits.read_buffer]) {
  KASSERT(epoll_.valid());
}

ChannelSet::~ChannelSet() = default;

void ChannelSet::watch_wakeups(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = kWakeupSlot;
  const int result = epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  KASSERT(result == 0);
}

ChannelSet::Channel* ChannelSet::find(ChannelId id) const {
  if (id.slot >= channels_.size()) return nullptr;
  Channel* channel = channels_[id.slot].get();
  return channel->fd.valid() && channel->id == id ? channel : nullptr;
}

std::optional<ChannelSet::Adoption> ChannelSet::over_limit(const PeerAddress& peer, ChannelKind kind,
                                                           bool dialed) const {
  if (kind != ChannelKind::kClient) {
    const bool too_many = !dialed && members_ >= net_limits_.member_channels;
    return too_many ? std::optional(Adoption::kTooManyMembers) : std::nullopt;
  }
  if (limits_.total > 0 && clients_ >= static_cast<std::size_t>(limits_.total)) return Adoption::kTooMany;
  const auto from_address = per_address_.find(peer.host);
  const bool too_many =
      limits_.per_address > 0 && from_address != per_address_.end() && from_address->second >= limits_.per_address;
  return too_many ? std::optional(Adoption::kTooManyFromAddress) : std::nullopt;
}

ChannelSet::Channel& ChannelSet::take_slot() {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(channels_.size()));
    channels_.push_back(std::make_unique<Channel>());
    channels_.back()->id.slot = free_slots_.back();
  }
  std::pop_heap(free_slots_.begin(), free_slots_.end(), std::greater<>());
  Channel& channel = *channels_[free_slots_.back()];
  free_slots_.pop_back();
  const ChannelId next{channel.id.slot, channel.id.generation + 1};
  channel = Channel{};
  channel.id = next;
  return channel;
}

ChannelSet::Adoption ChannelSet::adopt(UniqueFd socket, const PeerAddress& peer, ChannelId& id, ChannelKind kind,
                                       bool dialed) {
  if (const auto refusal = over_limit(peer, kind, dialed)) {
    ++counters_.rejected;
    return *refusal;
  }
  Channel& channel = take_slot();
  id = channel.id;
  channel.fd = std::move(socket);
  channel.peer = peer;
  channel.kind = kind;
  if (channel.is_client()) {
    ++clients_;
    ++per_address_[peer.host];
  } else {
    ++members_;
  }
  tune(channel.fd.get(), kind);
  update_interest(channel);
  return Adoption::kTaken;
}

void ChannelSet::update_interest(Channel& channel) {
  std::uint32_t wanted = channel.wants_reading() ? EPOLLIN : 0u;
  if (channel.waiting() > 0) wanted |= EPOLLOUT;
  if (channel.in_epoll && wanted == channel.registered) return;
  epoll_event event{};
  event.events = wanted;
  event.data.u32 = channel.id.slot;
  const int operation = channel.in_epoll ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  const int result = epoll_ctl(epoll_.get(), operation, channel.fd.get(), &event);
  KASSERT(result == 0);
  channel.in_epoll = true;
  channel.registered = wanted;
}

bool ChannelSet::wait(int timeout_ms) {
  epoll_event events[kEventsPerWait];
  const int count = epoll_wait(epoll_.get(), events, kEventsPerWait, timeout_ms);
  bool woken = false;
  ready_.clear();
  for (int i = 0; i < count; ++i) {
    const std::uint32_t slot = events[i].data.u32;
    if (slot == kWakeupSlot) {
      woken = true;
      continue;
    }
    Channel& channel = *channels_[slot];
    if ((events[i].events & EPOLLOUT) != 0) mark_dirty(channel);
    if ((events[i].events & EPOLLIN) != 0) {
      ready_.push_back(slot);
    } else if ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0) {
      mark_broken(channel);
    }
  }
  return woken;
}

void ChannelSet::collect(std::vector<Input>& inputs) {
  read_used_ = 0;
  for (std::uint32_t slot : ready_) {
    // What does not fit this turn stays readable and is found by the next wait.
    if (read_used_ + net_limits_.read_chunk > net_limits_.read_buffer) break;
    read_from(slot, inputs);
  }
  ready_.clear();
  for (ChannelId id : drained_) {
    if (find(id) != nullptr) inputs.push_back(ChannelDrained{id});
  }
  drained_.clear();
  for (std::uint32_t slot : broken_) {
    Channel& channel = *channels_[slot];
    KASSERT(channel.ended);
    if (!channel.closing) inputs.push_back(ChannelClosed{channel.id});
    mark_dirty(channel);
  }
  broken_.clear();
}

void ChannelSet::read_from(std::uint32_t slot, std::vector<Input>& inputs) {
  Channel& channel = *channels_[slot];
  if (!channel.wants_reading()) return;
  char* into = read_buffer_.get() + read_used_;
  const ssize_t size = ::recv(channel.fd.get(), into, net_limits_.read_chunk, MSG_DONTWAIT);
  if (size > 0) {
    read_used_ += static_cast<std::size_t>(size);
    counters_.bytes_received += static_cast<std::uint64_t>(size);
    inputs.push_back(ChannelBytes{channel.id, {into, static_cast<std::size_t>(size)}});
  } else if (size == 0 || (!would_block(errno) && errno != EINTR)) {
    mark_broken(channel);
  }
}

void ChannelSet::mark_dirty(Channel& channel) {
  if (channel.dirty) return;
  channel.dirty = true;
  dirty_.push_back(channel.id.slot);
}

void ChannelSet::mark_broken(Channel& channel) {
  if (channel.ended) return;
  channel.ended = true;
  broken_.push_back(channel.id.slot);
}

void ChannelSet::send(ChannelId id, std::string_view bytes) {
  Channel* channel = find(id);
  if (channel == nullptr || bytes.empty() || channel->closing) return;
  const std::int32_t at = static_cast<std::int32_t>(pieces_.size());
  pieces_.push_back({bytes, kNoPiece});
  if (channel->first_piece == kNoPiece) {
    channel->first_piece = at;
  } else {
    pieces_[static_cast<std::size_t>(channel->last_piece)].next = at;
  }
  channel->last_piece = at;
  mark_dirty(*channel);
}

void ChannelSet::close(ChannelId id) {
  Channel* channel = find(id);
  if (channel == nullptr) return;
  channel->closing = true;
  mark_dirty(*channel);
}

void ChannelSet::pause_reading(ChannelId id) {
  Channel* channel = find(id);
  if (channel == nullptr) return;
  channel->kernel_paused = true;
  mark_dirty(*channel);
}

void ChannelSet::resume_reading(ChannelId id) {
  Channel* channel = find(id);
  if (channel == nullptr) return;
  channel->kernel_paused = false;
  mark_dirty(*channel);
}

void ChannelSet::await_drain(ChannelId id) {
  Channel* channel = find(id);
  if (channel == nullptr) return;
  channel->awaiting_drain = true;
  mark_dirty(*channel);
}

std::size_t ChannelSet::write_some(Channel& channel, std::string_view bytes) {
  return took(channel, ::send(channel.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

/// Of the answer of a write: bytes that the socket took; 0 with `ended` set when the link is broken.
std::size_t ChannelSet::took(Channel& channel, ssize_t size) {
  if (size >= 0) {
    counters_.bytes_sent += static_cast<std::uint64_t>(size);
    return static_cast<std::size_t>(size);
  }
  if (!would_block(errno) && errno != EINTR) mark_broken(channel);
  return 0;
}

void ChannelSet::write_pieces(Channel& channel) {
  std::size_t count = 0, size = 0;
  for (std::int32_t at = channel.first_piece; at != kNoPiece; at = piece(at).next) {
    ++count;
    size += piece(at).bytes.size();
  }
  // Small pieces are joined first: copying them costs less than a scattered write.
  if (count > 1 && size >= count * kScatteredPiece) return write_scattered(channel);
  std::string_view bytes = piece(channel.first_piece).bytes;
  if (count > 1) {
    scratch_.clear();
    for (std::int32_t at = channel.first_piece; at != kNoPiece; at = piece(at).next) scratch_.append(piece(at).bytes);
    bytes = scratch_;
  }
  channel.first_piece = channel.last_piece = kNoPiece;
  const std::size_t sent = write_some(channel, bytes);
  if (sent < bytes.size()) channel.output.append(bytes.substr(sent));
}

/// Straight from where the pieces lie, which may be the same place for many channels; only what the socket does not
/// take is copied.
void ChannelSet::write_scattered(Channel& channel) {
  for (bool took_all = true; took_all && channel.first_piece != kNoPiece;) {
    iovec vector[kMostScattered];
    std::size_t count = 0, size = 0;
    std::int32_t at = channel.first_piece;
    for (; at != kNoPiece && count < kMostScattered; at = piece(at).next) {
      const std::string_view bytes = piece(at).bytes;
      vector[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
      size += bytes.size();
    }
    msghdr message{};
    message.msg_iov = vector;
    message.msg_iovlen = count;
    std::size_t sent = took(channel, ::sendmsg(channel.fd.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL));
    took_all = sent == size;
    // What was taken is done with; the rest of the piece in which it ended goes first.
    for (; channel.first_piece != at; channel.first_piece = piece(channel.first_piece).next) {
      const std::string_view bytes = piece(channel.first_piece).bytes;
      if (sent < bytes.size()) break;
      sent -= bytes.size();
    }
    if (took_all) continue;
    channel.output.append(piece(channel.first_piece).bytes.substr(sent));
    channel.first_piece = piece(channel.first_piece).next;
  }
  queue_pieces(channel);
}

void ChannelSet::queue_pieces(Channel& channel) {
  for (std::int32_t at = channel.first_piece; at != kNoPiece; at = piece(at).next) {
    channel.output.append(piece(at).bytes);
  }
  channel.first_piece = channel.last_piece = kNoPiece;
}

void ChannelSet::write_queued(Channel& channel) {
  channel.output_sent += write_some(channel, std::string_view(channel.output).substr(channel.output_sent));
  if (channel.waiting() == 0) {
    channel.output.clear();
    channel.output_sent = 0;
    if (channel.output.capacity() > kKeptOutput) channel.output = std::string();
  } else if (channel.output_sent > channel.output.size() / 2) {
    channel.output.erase(0, channel.output_sent);
    channel.output_sent = 0;
  }
}

void ChannelSet::flush(Instant now) {
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    Channel& channel = *channels_[dirty_[i]];
    if (channel.fd.valid()) settle(channel, now);  // else expire() released it
  }
  dirty_.clear();
  pieces_.clear();
  if (scratch_.capacity() > net_limits_.output_high_water) scratch_ = std::string();
}

/// Brings one channel in order: writes, limits, interest, end of life.
void ChannelSet::settle(Channel& channel, Instant now) {
  channel.dirty = false;
  const bool was_ended = channel.ended;
  if (channel.waiting() > 0) {
    queue_pieces(channel);
    write_queued(channel);
  } else if (channel.first_piece != kNoPiece) {
    write_pieces(channel);
  }
  if (was_ended) return release(channel);
  if (channel.ended) {
    // A write found the link broken: the next collect tells the kernel, or the end is ours alone.
    if (channel.closing) mark_dirty(channel);
    return;
  }
  const std::size_t most = channel.is_client() ? net_limits_.output_limit : net_limits_.member_output_limit;
  if (channel.waiting() > most) return give_up(channel);
  if (channel.awaiting_drain && channel.waiting() <= net_limits_.output_high_water / 2) {
    channel.awaiting_drain = false;
    drained_.push_back(channel.id);
  }
  if (channel.closing) {
    if (channel.waiting() == 0) return release(channel);
    if (channel.close_deadline == Instant::never()) {
      channel.close_deadline = now + net_limits_.close_patience;
      lingering_.push_back(channel.id.slot);
    }
  }
  channel.output_full = channel.waiting() > net_limits_.output_high_water;
  update_interest(channel);
}

/// Too much waits for one that does not read.
void ChannelSet::give_up(Channel& channel) {
  ++counters_.dropped;
  channel.output = std::string();
  channel.output_sent = 0;
  mark_broken(channel);
}

void ChannelSet::release(Channel& channel) {
  KASSERT(channel.fd.valid());
  close_gently(channel.fd.get());
  channel.fd.reset();
  channel.output = std::string();
  channel.output_sent = 0;
  if (channel.is_client()) {
    const auto count = per_address_.find(channel.peer.host);
    KASSERT(count != per_address_.end());
    if (--count->second == 0) per_address_.erase(count);
    --clients_;
  } else {
    --members_;
  }
  if (channel.close_deadline != Instant::never()) std::erase(lingering_, channel.id.slot);
  std::erase(broken_, channel.id.slot);
  free_slots_.push_back(channel.id.slot);
  std::push_heap(free_slots_.begin(), free_slots_.end(), std::greater<>());
}

Instant ChannelSet::next_deadline() const {
  Instant first = Instant::never();
  for (std::uint32_t slot : lingering_) first = std::min(first, channels_[slot]->close_deadline);
  return first;
}

void ChannelSet::expire(Instant now) {
  for (std::size_t i = lingering_.size(); i-- > 0;) {
    Channel& channel = *channels_[lingering_[i]];
    if (channel.close_deadline <= now) release(channel);
  }
}

const PeerAddress* ChannelSet::peer(ChannelId id) const {
  const Channel* channel = find(id);
  return channel == nullptr ? nullptr : &channel->peer;
}

bool ChannelSet::is_reading(ChannelId id) const {
  const Channel* channel = find(id);
  return channel != nullptr && channel->wants_reading();
}

bool ChannelSet::is_writing(ChannelId id) const {
  const Channel* channel = find(id);
  return channel != nullptr && channel->waiting() > 0;
}

}  // namespace vivarium
