// The election port: which members are connected, and who dials whom (QuorumCnxManager; protocol.md 6.1).
//
// Only connections that the larger server id dialled live: the smaller side dials, says who it is and hangs up, and is
// dialled back. Bytes become notifications for zab/election, and its outbox becomes frames. A member that cannot be
// reached costs the others nothing.
//
// What cannot leave is not kept. Whenever a link comes up, a LOOKING member says what it wants now, and whoever looks
// on the other side does the same and is answered. (Apache repeats the last message instead, which may be long untrue;
// a member with a wiped disk could take it for a proof that nobody has anything.)
//
// Must never: let a stranger's bytes near the election; keep two links to one member; trust a length.
#pragma once

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/effect.h"
#include "kernel/input.h"
#include "kernel/replica/note_limit.h"
#include "kernel/zab/election.h"

namespace vivarium {

struct ReplicaState;

/// What is known of the way to one other member.
struct ElectionPeer {
  ServerId id;
  bool linked = false;
  ChannelId channel;  // when linked
  bool dialing = false;
  bool knocked = false;       // it is smaller and asked to be dialled
  Instant next_dial;          // not before
  std::int32_t failures = 0;  // dials since it was last heard
};

/// A channel of the election port: anonymous until its greeting was read, or a link from the start when we dialled it.
struct ElectionChannel {
  ChannelId channel;
  String address;  // where it came from, for notes
  bool known = false;
  ServerId peer;  // when known
  Instant greeting_due;
  Vector<char> unfinished;
};

struct ElectionPort {
  Vector<ElectionPeer> peers;        // in id order, without this server
  Vector<ElectionChannel> channels;  // in order of opening
  NoteLimit refusals, links;

  void hash_into(StateHash& hash) const;
};

ElectionPort make_election_port(const EnsembleConfig& config, ServerId me);

void open_election_channel(ReplicaState& s, const ChannelOpened& opened, Effects& out);
void take_election_bytes(ReplicaState& s, const ChannelBytes& arrived, Effects& out);
/// False when the channel is not one of the election port.
bool forget_election_channel(ReplicaState& s, ChannelId channel);
bool is_election_channel(const ReplicaState& s, ChannelId channel);
void election_dial_failed(ReplicaState& s, ServerId server);
/// At the end of every step: what the election wants to say leaves, links are dialled, its clock advances.
void keep_election(ReplicaState& s, Effects& out);
Instant next_election_deadline(const ReplicaState& s);

}  // namespace vivarium
