#include "kernel/replica/election_port.h"

#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/state.h"
#include "kernel/wire/vote_packet.h"

namespace vivarium {

namespace {

constexpr std::size_t kLengthSize = 4;
constexpr Duration kFirstRedial = Duration::millis(100);
constexpr Duration kLastRedial = Duration::seconds(5);
constexpr std::int32_t kNotificationVersion = 2;

template <class Peers>
auto find_peer(Peers& peers, ServerId id) -> decltype(peers.data()) {
  for (auto& peer : peers) {
    if (peer.id == id) return &peer;
  }
  return nullptr;
}

template <class Channels>
auto find_channel(Channels& channels, ChannelId id) -> decltype(channels.data()) {
  for (auto& channel : channels) {
    if (channel.channel == id) return &channel;
  }
  return nullptr;
}

Duration redial_delay(std::int32_t failures) {
  Duration delay = kFirstRedial;
  for (std::int32_t i = 1; i < failures && delay < kLastRedial; ++i) delay = delay * 2;
  return std::min(delay, kLastRedial);
}

void forget(ReplicaState& s, ChannelId id) {
  ElectionPort& port = s.ensemble.port;
  ElectionChannel* channel = find_channel(port.channels, id);
  KASSERT(channel != nullptr);
  ElectionPeer* peer = channel->known ? find_peer(port.peers, channel->peer) : nullptr;
  if (peer != nullptr && peer->linked && peer->channel == id) {
    peer->linked = false;
    peer->next_dial = s.now + redial_delay(peer->failures);
  }
  port.channels.erase(port.channels.begin() + (channel - port.channels.data()));
}

void close_channel(ReplicaState& s, ChannelId id, Effects& out) {
  out.emit(EffectKind::kClose, id);
  forget(s, id);
}

void refuse(ReplicaState& s, const ElectionChannel& channel, std::string_view why, Effects& out) {
  NoteText note;
  note.text("closing an election connection from ").text(view(channel.address));
  if (channel.known) note.text(", server ").number(channel.peer.value);
  s.ensemble.port.refusals.note(s.now, NoteLevel::kWarning, note.text(": ").text(why), out);
  close_channel(s, channel.channel, out);
}

void send(const ReplicaState& s, ChannelId channel, const Notification& notification, Effects& out) {
  NotificationPacket packet;
  packet.state = static_cast<std::int32_t>(notification.state);
  packet.leader = notification.vote.leader;
  packet.zxid = notification.vote.zxid;
  packet.round = notification.vote.round.value;
  packet.peer_epoch = notification.vote.peer_epoch;
  packet.version = kNotificationVersion;
  packet.config = view(s.config.ensemble.text);
  out.begin(EffectKind::kSend, channel);
  ByteWriter writer = out.writer();
  encode_frame(writer, packet);
  out.end();
}

void send_greeting(const ReplicaState& s, ChannelId channel, Effects& out) {
  out.begin(EffectKind::kSend, channel);
  ByteWriter writer = out.writer();
  encode(writer, ElectionGreeting{s.config.my_id, view(s.config.ensemble.election_address)});
  out.end();
}

void link(ReplicaState& s, ElectionPeer& peer, ChannelId channel, Effects& out) {
  KASSERT(!peer.linked);
  peer.linked = true;
  peer.channel = channel;
  peer.knocked = false;
  NoteText note;
  s.ensemble.port.links.note(s.now, NoteLevel::kInfo, note.text("election link with server ").number(peer.id.value),
                             out);
  if (s.ensemble.election.looking() && s.ensemble.quorum.is_voter(peer.id)) {
    send(s, channel, s.ensemble.election.current(), out);
  }
}

void add_channel(ReplicaState& s, const ChannelOpened& opened, const ElectionPeer* peer) {
  const Duration patience = s.config.tick * s.config.ensemble.sync_limit;
  ElectionChannel channel;
  channel.channel = opened.channel;
  channel.address = to_string(opened.peer);
  channel.known = peer != nullptr;
  if (peer != nullptr) channel.peer = peer->id;
  channel.greeting_due = peer != nullptr ? Instant::never() : s.now + patience;
  s.ensemble.port.channels.push_back(std::move(channel));
}

void open_dialed(ReplicaState& s, const ChannelOpened& opened, Effects& out) {
  ElectionPeer* peer = find_peer(s.ensemble.port.peers, *opened.dialed);
  const bool wanted = peer != nullptr && peer->dialing && !peer->linked;
  if (peer != nullptr) {
    peer->dialing = false;
    peer->next_dial = s.now + redial_delay(peer->failures);
  }
  // A greeting would make the other side drop the link that came up meanwhile.
  if (!wanted) return out.emit(EffectKind::kClose, opened.channel);
  send_greeting(s, opened.channel, out);
  if (s.config.my_id < peer->id) return out.emit(EffectKind::kClose, opened.channel);  // a knock: it dials back
  add_channel(s, opened, peer);
  link(s, *peer, opened.channel, out);
}

void open_accepted(ReplicaState& s, const ChannelOpened& opened, Effects& out) {
  std::size_t anonymous = 0;
  const ElectionChannel* oldest = nullptr;
  for (const ElectionChannel& channel : s.ensemble.port.channels) {
    if (channel.known) continue;
    if (anonymous == 0) oldest = &channel;
    ++anonymous;
  }
  if (anonymous >= limits::kMaxAnonymousLinks) refuse(s, *oldest, "too many that do not say who they are", out);
  add_channel(s, opened, nullptr);
}

/// A greeting was read. False: the channel is gone.
bool take_greeting(ReplicaState& s, ElectionChannel& channel, ServerId sender, Effects& out) {
  const ServerId me = s.config.my_id;
  if (sender == me) {
    refuse(s, channel, "it claims our own id; two servers are configured alike", out);
    return false;
  }
  ElectionPeer* peer = find_peer(s.ensemble.port.peers, sender);
  if (peer == nullptr) {
    NoteText why;
    refuse(s, channel, why.text("server ").number(sender.value).text(" is not in our configuration").line(), out);
    return false;
  }
  const ChannelId id = channel.channel;
  if (peer->linked) close_channel(s, peer->channel, out);  // it would not come again if it still had that one
  if (sender < me) {
    close_channel(s, id, out);
    peer->knocked = true;
    peer->next_dial = s.now;
    return false;
  }
  ElectionChannel* kept = find_channel(s.ensemble.port.channels, id);  // closing another may have moved it
  kept->known = true;
  kept->peer = sender;
  kept->greeting_due = Instant::never();
  link(s, *peer, id, out);
  return true;
}

bool take_message(ReplicaState& s, const ElectionChannel& channel, std::string_view message, Effects& out) {
  const auto packet = decode_notification(message);
  const bool sane = packet && packet->state >= static_cast<std::int32_t>(PeerState::kLooking) &&
                    packet->state <= static_cast<std::int32_t>(PeerState::kObserving);
  if (!sane) {
    refuse(s, channel, "its notification is malformed", out);
    return false;
  }
  ElectionPeer* peer = find_peer(s.ensemble.port.peers, channel.peer);
  KASSERT(peer != nullptr);
  peer->failures = 0;
  const Vote vote{packet->leader, packet->zxid, packet->peer_epoch, Round{packet->round}};
  s.ensemble.election.receive(channel.peer, Notification{static_cast<PeerState>(packet->state), vote}, s.now);
  return true;
}

/// Takes one greeting or notification off the front of `bytes`. Returns the bytes taken; 0: it is not whole yet, or the
/// channel is gone.
std::size_t take_one(ReplicaState& s, ElectionChannel& channel, std::string_view bytes, Effects& out) {
  if (!channel.known) {
    const ElectionGreetingParse parsed = parse_election_greeting(bytes);
    if (parsed.status == ElectionGreetingParse::Status::kMalformed) refuse(s, channel, "malformed greeting", out);
    if (parsed.status != ElectionGreetingParse::Status::kWhole) return 0;
    return take_greeting(s, channel, parsed.greeting.sender, out) ? parsed.size : 0;
  }
  if (bytes.size() < kLengthSize) return 0;
  const auto length = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(bytes.data()));
  if (length < 1 || length > kMaxElectionMessage) {
    NoteText why;
    refuse(s, channel, why.text("message length ").number(length).line(), out);
    return 0;
  }
  const auto size = static_cast<std::size_t>(length);
  if (bytes.size() - kLengthSize < size) return 0;
  return take_message(s, channel, slice(bytes, kLengthSize, size), out) ? kLengthSize + size : 0;
}

void close_late_greeters(ReplicaState& s, Effects& out) {
  const auto is_late = [&s](const ElectionChannel& channel) { return channel.greeting_due <= s.now; };
  Vector<ElectionChannel>& channels = s.ensemble.port.channels;
  for (;;) {
    const auto late = std::find_if(channels.begin(), channels.end(), is_late);
    if (late == channels.end()) return;
    refuse(s, *late, "it did not say who it is in time", out);
  }
}

/// A link can be dead while neither side hears of it. Apache waits for TCP to notice; a new link costs next to nothing.
void drop_silent_links(ReplicaState& s, Effects& out) {
  for (const ServerId id : s.ensemble.election.silent_voters()) {
    ElectionPeer* peer = find_peer(s.ensemble.port.peers, id);
    if (peer == nullptr || !peer->linked) continue;
    NoteText note;
    out.note(NoteLevel::kInfo, note.text("no word from server ").number(id.value).text(", dialling it anew").line());
    close_channel(s, peer->channel, out);
    peer->next_dial = s.now;
  }
  s.ensemble.election.silent_voters().clear();
}

VoterSet absent_voters(const ReplicaState& s) {
  VoterSet absent;
  for (const ElectionPeer& peer : s.ensemble.port.peers) {
    // Who did not answer the last dial is not waited for while it is dialled again.
    const bool may_answer = peer.dialing && peer.failures <= 1;
    if (peer.linked || may_answer || peer.knocked) continue;  // nearly always; this is asked in every step
    const std::size_t voter = s.ensemble.quorum.index_of(peer.id);
    if (voter != Quorum::kNotAVoter) absent.insert(voter);
  }
  return absent;
}

/// Members are dialled by who looks for a leader, and dialled back by anybody.
bool wants_link(const ReplicaState& s, const ElectionPeer& peer) {
  if (peer.linked || peer.dialing) return false;
  return peer.knocked || (s.ensemble.election.looking() && s.ensemble.quorum.is_voter(peer.id));
}

}  // namespace

ElectionPort make_election_port(const EnsembleConfig& config, ServerId me) {
  ElectionPort port;
  for (const MemberConfig& member : config.members) {
    if (member.id == me) continue;
    ElectionPeer peer;
    peer.id = member.id;
    port.peers.push_back(peer);
  }
  return port;
}

void open_election_channel(ReplicaState& s, const ChannelOpened& opened, Effects& out) {
  if (s.shutting_down || !s.ensemble.enabled) return out.emit(EffectKind::kClose, opened.channel);
  KASSERT(!is_election_channel(s, opened.channel));
  opened.dialed ? open_dialed(s, opened, out) : open_accepted(s, opened, out);
}

void take_election_bytes(ReplicaState& s, const ChannelBytes& arrived, Effects& out) {
  Vector<ElectionChannel>& channels = s.ensemble.port.channels;
  ElectionChannel* channel = find_channel(channels, arrived.channel);
  if (channel == nullptr || s.shutting_down) return;
  // The buffer must not move under the views into it: it is put aside meanwhile.
  Vector<char> buffer = std::move(channel->unfinished);
  channel->unfinished.clear();
  buffer.insert(buffer.end(), arrived.bytes.data(), arrived.bytes.data() + arrived.bytes.size());
  std::size_t taken = 0;
  while (channel != nullptr) {
    const std::size_t size = take_one(s, *channel, slice(view(buffer), taken), out);
    channel = find_channel(channels, arrived.channel);
    if (size == 0) break;
    taken += size;
  }
  if (channel == nullptr) return;
  buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(taken));
  channel->unfinished = std::move(buffer);
}

bool forget_election_channel(ReplicaState& s, ChannelId channel) {
  if (!is_election_channel(s, channel)) return false;
  forget(s, channel);
  return true;
}

bool is_election_channel(const ReplicaState& s, ChannelId channel) {
  return find_channel(s.ensemble.port.channels, channel) != nullptr;
}

void election_dial_failed(ReplicaState& s, ServerId server) {
  ElectionPeer* peer = find_peer(s.ensemble.port.peers, server);
  if (peer == nullptr || !peer->dialing) return;
  peer->dialing = false;
  peer->next_dial = s.now + redial_delay(peer->failures);
}

void keep_election(ReplicaState& s, Effects& out) {
  if (s.shutting_down || !s.ensemble.enabled) return;
  ElectionPort& port = s.ensemble.port;
  Election& election = s.ensemble.election;
  close_late_greeters(s, out);
  election.set_absent(absent_voters(s), s.now);
  election.tick(s.now);
  for (const OutgoingNotification& outgoing : election.outbox()) {
    const ElectionPeer* peer = find_peer(port.peers, outgoing.to);
    if (peer != nullptr && peer->linked) send(s, peer->channel, outgoing.notification, out);
  }
  election.outbox().clear();
  drop_silent_links(s, out);
  const bool at_once = election.take_reconnect_wish();
  for (ElectionPeer& peer : port.peers) {
    if (!wants_link(s, peer)) continue;
    if (at_once) peer.failures = 0;
    if (!at_once && peer.next_dial > s.now) continue;
    peer.dialing = true;
    ++peer.failures;
    out.emit(EffectKind::kDialElection, {}, {}, peer.id.value);
  }
}

Instant next_election_deadline(const ReplicaState& s) {
  if (s.shutting_down || !s.ensemble.enabled) return Instant::never();
  Instant next = s.ensemble.election.next_deadline();
  for (const ElectionChannel& channel : s.ensemble.port.channels) next = std::min(next, channel.greeting_due);
  for (const ElectionPeer& peer : s.ensemble.port.peers) {
    if (wants_link(s, peer)) next = std::min(next, peer.next_dial);
  }
  return next;
}

void ElectionPort::hash_into(StateHash& hash) const {
  const auto add_channel = [&hash](ChannelId id) { hash.add((std::uint64_t{id.slot} << 32) | id.generation); };
  hash.add(peers.size());
  for (const ElectionPeer& peer : peers) {
    hash.add(std::uint64_t{peer.linked} | std::uint64_t{peer.dialing} << 1 | std::uint64_t{peer.knocked} << 2);
    add_channel(peer.channel);
    hash.add(static_cast<std::uint64_t>(peer.next_dial.nanos));
    hash.add(static_cast<std::uint64_t>(peer.failures));
  }
  hash.add(channels.size());
  for (const ElectionChannel& channel : channels) {
    add_channel(channel.channel);
    hash.add(view(channel.address));
    hash.add(std::uint64_t{channel.known});
    hash.add(static_cast<std::uint64_t>(channel.peer.value));
    hash.add(static_cast<std::uint64_t>(channel.greeting_due.nanos));
    hash.add(view(channel.unfinished));
  }
  refusals.hash_into(hash);
  links.hash_into(hash);
}

}  // namespace vivarium
