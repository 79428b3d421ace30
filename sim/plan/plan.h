// A plan: everything that a run intends, as a value. Configuration, workload, fault atoms, and the key of the small
// choices.
//
// A seed is only a name for a plan that the swarm drew. A plan prints to text and parses back to the same plan;
// removing an atom leaves every other choice where it was. Must never: hold anything that the text does not show.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/result.h"

namespace vivarium::sim {

/// Kinds of client operation that the workload mixes. Names are in plan_fields.cpp, in this order.
enum class OpKind : std::uint8_t {
  kCreate,
  kCreate2,
  kEphemeral,
  kSequential,
  kEphemeralSequential,
  kContainer,
  kTtl,
  kDelete,
  kSet,
  kSetAcl,
  kMulti,
  kMultiRead,
  kGet,
  kExists,
  kChildren,
  kChildren2,
  kGetAcl,
  kSync,
  kAddWatch,
  kRemoveWatches,
  kCheckWatches,
  kGetEphemerals,
  kCountDescendants,
  kWhoAmI,
  kReconnect,  // drop the connection, come back with the same session
  kClose,      // close the session, start another
};
inline constexpr std::size_t kOpKinds = static_cast<std::size_t>(OpKind::kClose) + 1;

enum class AtomKind : std::uint8_t {
  kPower,        // power loss; `value` > 0: inside the value-th disk operation from then
  kKill,         // kill -9: the page cache stays
  kStop,         // orderly shutdown
  kPause,        // the process is frozen for `length`
  kSlow,         // the disk takes `value` times as long
  kFailSync,     // the next `value` syncs fail, and the page cache lies about it
  kFailReads,    // some reads fail
  kFull,         // `value` bytes are left on the disk
  kRot,          // a bit of the durable log or snapshot flips (`value` 0 log, 1 snapshot, 2 epochs)
  kLeap,         // the wall clock jumps by `value` nanoseconds
  kCut,          // the connection of client `value` breaks
  kLeave,        // client `value` goes away without a word: its session must expire
  kPowerInSync,  // power loss inside the `value`-th sync of unsynced data from then, before any of it is surely written
  // ensembles
  kStart,      // a server that is down starts
  kWipe,       // the disk is replaced by an empty one; the server is down for `length`
  kFreeze,     // as kPause, but the machine's monotonic clock stands still, too
  kDrift,      // the monotonic clock runs `value` thousandths too fast
  kCutWay,     // nothing gets from `server` to `other`; what is sent waits
  kCutPair,    // nothing gets through between them
  kIsolate,    // nothing gets through between `server` and any other member
  kPartition,  // nothing gets through between the members of `set` and the others
  kSwizzle,    // the members of `set` are isolated one by one, and healed one by one in another order
  kClog,       // what `server` sends to `other` takes `value` nanoseconds longer
  kHalfOpen,   // connections between the pair carry nothing any more, and nobody is told
  kBreak,      // connections between the pair break, with any prefix delivered
  kHeal,       // every cut, partition and clog ends
};
inline constexpr std::size_t kAtomKinds = static_cast<std::size_t>(AtomKind::kHeal) + 1;

/// A length that ends only when the faults of the run do (or with `start`, or `heal`).
inline constexpr std::int64_t kForever = -1;

struct Atom {
  AtomKind kind = AtomKind::kPower;
  std::int64_t at = 0;      // nanoseconds of virtual time
  std::int64_t length = 0;  // downtime, or the length of the window; kForever
  std::int64_t value = 0;
  std::int64_t server = 1;  // from 1; 0: all of them at once
  std::int64_t other = 0;   // the second of a pair
  std::uint64_t set = 0;    // bit i: server i + 1
  friend bool operator==(const Atom&, const Atom&) = default;
};

struct Plan {
  std::uint64_t seed = 0;
  // times are nanoseconds
  std::int64_t duration = 3'000'000'000;
  // workload
  std::int64_t clients = 3;
  std::int64_t operations = 100;  // per client
  std::int64_t window = 4;        // in flight per client
  std::int64_t think = 1'000'000;
  std::int64_t names = 8;  // size of the shared name space
  std::int64_t data_size = 20;
  std::int64_t watch_percent = 30;
  std::int64_t users = 0;  // how many clients authenticate
  std::array<std::int64_t, kOpKinds> mix{};
  std::int64_t recipes = 0;       // how many of a hundred operations start a lock, a queue or a counter's step
  std::int64_t hop_percent = 50;  // how often a client that reconnects tries another server
  // ensemble
  std::int64_t servers = 1;     // voters; one, and no observers: a standalone server
  std::int64_t observers = 0;   // numbered behind the voters
  std::int64_t groups = 0;      // 0: a majority decides; otherwise voters are dealt out to so many groups
  std::int64_t heavy = 1;       // weight of s1 when there are groups
  std::int64_t weightless = 0;  // so many of the last voters have no weight when there are groups
  std::int64_t init_limit = 10, sync_limit = 5;  // ticks
  std::int64_t min_notification = 20'000'000, max_notification = 1'000'000'000, finalize_wait = 20'000'000;
  std::int64_t commit_log_count = 500;
  std::int64_t log_percent = 1'000'000;    // of a snapshot: what a learner may be sent from the log on disk
  std::int64_t last_counter = 0xfffffffe;  // an epoch holds so many txns
  std::int64_t quorum_sync = 0;
  std::int64_t read_only_mode = 0;
  std::int64_t initialize = 1;  // fresh servers carry the operator's word that they are meant to be new
  std::int64_t core = 0;        // at the end only a random core with a quorum is healed, the others stay down
  std::int64_t beyond = 0;      // permanent damage may hit more than the model promises to survive
  // server
  std::int64_t tick = 200'000'000;
  std::int64_t session_timeout = 1'000'000'000;
  std::int64_t snap_count = 100'000;
  std::int64_t log_size_limit = 0;
  std::int64_t retain = 3;
  std::int64_t purge_interval = 0;
  std::int64_t preallocate = 65'536;
  std::int64_t outstanding_limit = 1000;
  std::int64_t extended_types = 0;
  std::int64_t digest = 1;
  std::int64_t container_interval = 500'000'000;
  // the world
  std::int64_t network_floor = 50'000, network_spread = 200'000;
  std::int64_t peer_floor = 50'000, peer_spread = 200'000;  // between servers
  std::int64_t dial_timeout = 300'000'000;                  // of a dial that nobody answers
  std::int64_t disk_floor = 100'000, disk_spread = 400'000;
  std::int64_t turn_spread = 20'000;  // how long arrivals may gather before a step
  std::int64_t split_per_thousand = 0;
  std::int64_t check_digests = 0;  // the oracle recomputes every digest
  std::vector<Atom> atoms;

  /// Voters and observers.
  std::int64_t members() const { return servers + observers; }
  bool ensemble() const { return members() > 1; }

  friend bool operator==(const Plan&, const Plan&) = default;
};
inline constexpr std::int64_t kMostServers = 32;

std::string print_plan(const Plan& plan);
/// The error names the line and what was expected.
Result<Plan, std::string> parse_plan(std::string_view text);
std::string print_atom(const Atom& atom);

}  // namespace vivarium::sim
