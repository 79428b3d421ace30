// The election port as the outside meets it: connections that open, speak, break and are answered in any order. Two
// bytes say what happens, where, and how many bytes of the input it takes.
//
// Whatever arrives: a member has one link at most, nothing is sent to a channel that is closed, strangers stay few, and
// no deadline lies in the past.
#include "kernel/replica/election_port.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/replica/state.h"
#include "kernel/wire/vote_packet.h"

namespace vivarium {
namespace {

constexpr std::uint32_t kSlots = 80;  // more than anonymous channels may be

class World {
 public:
  World() : s_(config(), recovered(), Seed{1}, Instant{1'000'000'000}, WallTime{}) {}

  void run(std::string_view input) {
    while (input.size() >= 2) {
      const auto what = static_cast<std::uint8_t>(input[0]);
      const auto where = static_cast<std::uint8_t>(input[1]);
      const std::size_t wanted = what / 16 * 4;
      input.remove_prefix(2);
      const std::string_view bytes = input.substr(0, wanted);
      input.remove_prefix(bytes.size());
      out_.clear();
      act(what % 16, where, bytes);
      keep_election(s_, out_);
      check();
    }
  }

 private:
  static Config config() {
    Config config;
    config.my_id = ServerId{3};
    for (int id = 1; id <= 6; ++id) {
      MemberConfig member;
      member.id = ServerId{id};
      member.voter = id != 6;
      config.ensemble.members.push_back(member);
    }
    config.ensemble.election_address = to_string("127.0.0.1:3888");
    config.ensemble.text = to_string("version=0");
    return config;
  }
  static RecoveredState recovered() {
    RecoveredState state;
    state.verdict = RecoveryVerdict::kIntact;
    return state;
  }

  void act(std::uint32_t what, std::uint32_t where, std::string_view bytes) {
    const std::uint32_t slot = where % kSlots;
    const ServerId server{where % 8};
    switch (what) {
      case 0:
        return open(slot, std::nullopt);
      case 1:
        return open(slot, server);
      case 2:
        return shut(slot);
      case 3:
        return election_dial_failed(s_, server);
      case 4:
        s_.now = s_.now + Duration::millis(std::int64_t{where} * where);
        return;
      case 5:
        return look(where);
      case 6:
        return s_.ensemble.election.leave_role();
      case 7:
        return s_.ensemble.election.set_current_epoch(Epoch{where});
      case 8:
        return greet(slot, ServerId{bytes.empty() ? 0 : bytes[0] & 7});
      case 9:
      case 10:
        return notify(slot, bytes);
      default:
        return say(slot, bytes);
    }
  }
  void open(std::uint32_t slot, std::optional<ServerId> dialed) {
    shut(slot);
    channels_[slot] = ChannelId{slot, channels_[slot].generation + 1};
    open_[slot] = true;
    open_election_channel(s_, ChannelOpened{channels_[slot], ChannelKind::kElection, "10.1.2.3", dialed}, out_);
  }
  void shut(std::uint32_t slot) {
    if (!open_[slot]) return;
    open_[slot] = false;
    KASSERT(forget_election_channel(s_, channels_[slot]));
  }
  void say(std::uint32_t slot, std::string_view bytes) {
    take_election_bytes(s_, ChannelBytes{channels_[slot], bytes}, out_);
  }
  void greet(std::uint32_t slot, ServerId server) {
    Vector<char> bytes;
    ByteWriter writer(bytes);
    encode(writer, ElectionGreeting{server, "127.0.0.1:3888"});
    say(slot, view(bytes));
  }
  void notify(std::uint32_t slot, std::string_view bytes) {
    const auto field = [&bytes](std::size_t i) { return i < bytes.size() ? std::int64_t{bytes[i]} : 0; };
    NotificationPacket packet;
    packet.state = static_cast<std::int32_t>(field(0));
    packet.leader = ServerId{field(1)};
    packet.zxid = Zxid{field(2)};
    packet.round = field(3);
    packet.peer_epoch = Epoch{field(4)};
    Vector<char> frame;
    ByteWriter writer(frame);
    encode_frame(writer, packet);
    say(slot, view(frame));
  }
  void look(std::uint32_t where) {
    constexpr std::array kStandings{Standing::kVoter, Standing::kFresh, Standing::kGuest};
    const Standing standing = kStandings[where % 3];
    const Zxid zxid{standing == Standing::kFresh ? 0 : where};
    s_.ensemble.election.look(standing, Vote{s_.config.my_id, zxid, Epoch{}, Round{}}, s_.now);
  }

  void check() {
    for (const Effect& effect : out_.list()) {
      if (lane_of(effect.kind) != Lane::kChannel) continue;
      const std::uint32_t slot = effect.channel.slot;
      KASSERT(open_[slot]);
      KASSERT(effect.channel == channels_[slot]);
      if (effect.kind == EffectKind::kClose) open_[slot] = false;
    }
    for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
      KASSERT(open_[slot] == is_election_channel(s_, channels_[slot]));
    }
    const ElectionPort& port = s_.ensemble.port;
    std::size_t anonymous = 0, links = 0;
    for (const ElectionChannel& channel : port.channels) anonymous += channel.known ? 0 : 1;
    for (const ElectionPeer& peer : port.peers) {
      if (!peer.linked) continue;
      ++links;
      KASSERT(is_election_channel(s_, peer.channel));
    }
    KASSERT(anonymous <= limits::kMaxAnonymousLinks);
    KASSERT(anonymous + links == port.channels.size());
    KASSERT(next_election_deadline(s_) > s_.now);
  }

  ReplicaState s_;
  Effects out_;
  std::array<ChannelId, kSlots> channels_{};
  std::array<bool, kSlots> open_{};
};

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vivarium::World().run({reinterpret_cast<const char*>(data), size});
  return 0;
}
