// Draws plans of ensembles; see ensemble_swarm.h.
//
// A family's atoms are scattered over the whole run; how many there are grows with its length. Every draw of a knob has
// its own index, and every atom its own stream.
#include "sim/swarm/ensemble_swarm.h"

#include <algorithm>

#include "sim/choice/stream.h"

namespace vivarium::sim {
namespace {

constexpr std::int64_t kMs = 1'000'000;

class EnsembleDraw {
 public:
  EnsembleDraw(std::uint64_t seed, std::uint32_t allowed, Profile profile)
      : knobs_(Seed{seed}, Choice::kSwarm, static_cast<std::uint64_t>(profile)),
        seed_(seed),
        allowed_(allowed),
        profile_(profile) {
    plan_.seed = seed;
  }

  Plan run() {
    draw_members();
    draw_workload();
    draw_mix();
    draw_times();
    draw_server();
    draw_world();
    draw_faults();
    plan_.log_percent = one_of({33, 1'000'000, 1'000'000});
    plan_.recipes = one_of({0, 5, 10, 20});
    if (any()) plan_.last_counter = one_of({0xfffffffe, 0xfffffffe, 0xfffffffe, 300, 50});
    draw_laggards();
    return std::move(plan_);
  }

 private:
  template <std::size_t N>
  std::int64_t one_of(const std::int64_t (&values)[N]) {
    return values[knobs_.below(N)];
  }
  bool any() const { return profile_ == Profile::kAny; }

  void draw_members() {
    plan_.servers = profile_ == Profile::kStd5 ? 5 : 3;
    plan_.observers = profile_ == Profile::kStd5 ? 1 : 0;
    plan_.core = one_of({0, 0, 1});
    plan_.quorum_sync = one_of({0, 1});
    if (!any()) return;
    plan_.servers = knobs_.between(1, 7);
    plan_.observers = one_of({0, 0, 1, 2, 3});
    if (plan_.members() == 1) plan_.observers = 1;
    plan_.groups = plan_.servers >= 3 ? one_of({0, 0, 0, 2, 3}) : 0;
    plan_.heavy = one_of({1, 1, 2, 3});
    plan_.weightless = plan_.servers >= 5 ? one_of({0, 0, 1}) : 0;
    plan_.initialize = one_of({1, 1, 1, 0});
    if (plan_.servers == 1) plan_.initialize = 1;  // a sole voter never begins without the operator
    plan_.beyond = one_of({0, 0, 0, 0, 1});
  }

  void draw_workload() {
    const bool std5 = profile_ == Profile::kStd5;
    plan_.clients = std5 ? 20 : any() ? knobs_.between(1, 8) : 5;
    plan_.duration = (std5 ? 60'000 : 10'000) * kMs;
    plan_.operations = std5 ? 300 : one_of({40, 100, 200});
    plan_.window = one_of({1, 1, 2, 4, 16});
    plan_.think = plan_.duration / plan_.operations;
    plan_.names = one_of({2, 4, 8, 20});
    plan_.data_size = one_of({0, 10, 100, 100, 600});
    plan_.watch_percent = one_of({0, 20, 50});
    plan_.users = one_of({0, 0, 1, 3});
    plan_.hop_percent = one_of({10, 50, 100});
  }

  /// As many reads as writes.
  void draw_mix() {
    constexpr std::array<std::int64_t, kOpKinds> kUsual = {10, 6, 5, 5, 3, 2, 2, 8, 10, 2, 8, 3, 16,
                                                           10, 8, 8, 2, 6, 3, 1, 1, 1,  1, 1, 1, 1};
    for (std::size_t i = 0; i < kOpKinds; ++i) {
      constexpr std::int64_t kFactors[] = {0, 1, 1, 1, 1, 3};
      plan_.mix[i] = kUsual[i] * kFactors[knobs_.below(6)];
    }
    plan_.mix[0] += 1;  // something must happen
  }

  void draw_times() {
    plan_.tick = (any() ? one_of({50, 100, 200}) : one_of({100, 200})) * kMs;
    plan_.session_timeout = plan_.tick * one_of({4, 8, 20});
    plan_.init_limit = one_of({5, 10});
    plan_.sync_limit = one_of({2, 3, 5});
    plan_.min_notification = one_of({10, 20, 50}) * kMs;
    plan_.max_notification = one_of({200, 500, 1000}) * kMs;
    plan_.finalize_wait = one_of({10, 20, 50}) * kMs;
    plan_.dial_timeout = one_of({50, 200, 400}) * kMs;
  }

  void draw_server() {
    plan_.commit_log_count = any() ? one_of({1, 2, 10, 100, 500}) : one_of({10, 100, 500});
    // A minute at full load with a snapshot every few txns would be mostly snapshots; `smoke` and `any` have those.
    const bool long_run = profile_ == Profile::kStd5;
    plan_.snap_count = any()      ? one_of({3, 10, 100, 100'000})
                       : long_run ? one_of({200, 500, 1000, 100'000})
                                  : one_of({10, 50, 200, 100'000});
    plan_.log_size_limit = one_of({0, 0, 4000, 20'000});
    plan_.retain = one_of({3, 3, 4});
    plan_.purge_interval = one_of({0, 200, 1000}) * kMs;
    plan_.preallocate = one_of({0, 4096, 65'536});
    plan_.outstanding_limit = any() ? one_of({1, 4, 1000}) : one_of({10, 1000, 1000});
    plan_.extended_types = one_of({0, 1});
    plan_.digest = one_of({0, 1, 1, 1});
    plan_.container_interval = one_of({100, 500, 2000}) * kMs;
    if (plan_.extended_types == 0) plan_.mix[static_cast<std::size_t>(OpKind::kTtl)] /= 2;
  }

  void draw_world() {
    plan_.network_floor = one_of({20'000, 50'000, 500'000});
    plan_.network_spread = one_of({0, 200'000, 2'000'000});
    plan_.peer_floor = one_of({20'000, 100'000, 500'000});
    plan_.peer_spread = one_of({0, 200'000, 2'000'000});
    plan_.disk_floor = one_of({20'000, 100'000, 1'000'000});
    plan_.disk_spread = one_of({0, 100'000, 1'000'000});
    plan_.turn_spread = one_of({0, 10'000, 100'000});
    plan_.split_per_thousand = one_of({0, 0, 0, 30, 300});
    plan_.check_digests = one_of({0, 0, 0, 1});
  }

  // ---- faults
  // ---------------------------------------------------------------------------------------------------------

  bool family(Family which) {
    const bool drawn = knobs_.chance(intensity_);
    return drawn && (allowed_ & static_cast<std::uint32_t>(which)) != 0;
  }

  /// `most` atoms at most for every ten simulated seconds.
  template <class Make>
  void scatter(AtomKind kind, std::uint64_t most, Make&& make, std::uint64_t salt = 0) {
    const auto tens = static_cast<std::uint64_t>(std::max<std::int64_t>(1, plan_.duration / (10'000 * kMs)));
    const std::uint64_t count = 1 + knobs_.below(most * tens);
    for (std::uint64_t i = 0; i < count; ++i) {
      Stream stream(Seed{seed_}, Choice::kAtoms, static_cast<std::uint64_t>(kind) << 24 | salt << 16 | i);
      Atom atom;
      atom.kind = kind;
      // Whole microseconds: a plan is read by people.
      atom.at = stream.between(0, plan_.duration / 1000) * 1000;
      atom.server = stream.between(1, plan_.members());
      make(stream, atom);
      if (atom.server == atom.other) continue;  // a pair of one server
      plan_.atoms.push_back(atom);
    }
  }

  static std::int64_t downtime(Stream& stream) {
    return stream.chance(250) ? stream.between(1, 3000) * kMs : stream.between(1, 200) * kMs;
  }
  /// Most faults of links are over before anybody gives up, some last for many elections.
  std::int64_t window(Stream& stream) const {
    return stream.chance(300) ? stream.between(1, 400) * kMs : stream.between(1, 4000) * kMs;
  }
  std::uint64_t set(Stream& stream) const { return stream.below((std::uint64_t{1} << plan_.members()) - 1) + 1; }

  void draw_faults() {
    intensity_ = static_cast<std::uint32_t>(one_of({0, 150, 300, 300, 450}));
    draw_process_faults();
    draw_disk_faults();
    draw_clock_faults();
    draw_client_faults();
    draw_link_faults();
  }

  void draw_process_faults() {
    const auto down = [](Stream& s, Atom& a) { a.length = downtime(s); };
    if (family(Family::kPowerFamily)) scatter(AtomKind::kPower, 4, down);
    if (family(Family::kArmedPower)) {
      const auto inside = [](Stream& s, Atom& a) {
        a.length = downtime(s);
        a.value = s.between(1, 60);
      };
      scatter(AtomKind::kPower, 4, inside, 1);
    }
    if (family(Family::kPowerOfAll)) {
      const auto all = [](Stream& s, Atom& a) {
        a.length = downtime(s);
        a.server = 0;
      };
      scatter(AtomKind::kPower, 2, all, 2);
    }
    if (family(Family::kPowerInSyncFamily)) {
      scatter(AtomKind::kPowerInSync, 4, [](Stream& s, Atom& a) {
        a.length = downtime(s);
        a.value = s.between(1, 6);
      });
    }
    if (family(Family::kKills)) scatter(AtomKind::kKill, 5, down);
    if (family(Family::kStops)) scatter(AtomKind::kStop, 2, down);
    if (family(Family::kPauses)) {
      scatter(AtomKind::kPause, 3,
              [this](Stream& s, Atom& a) { a.length = s.between(1, 3 * plan_.session_timeout / kMs) * kMs; });
    }
    if (family(Family::kWipes)) scatter(AtomKind::kWipe, 2, down);
  }

  void draw_disk_faults() {
    if (family(Family::kSlowDisk)) {
      scatter(AtomKind::kSlow, 2, [](Stream& s, Atom& a) {
        a.length = s.between(10, 2000) * kMs;
        a.value = s.between(2, 100);
      });
    }
    if (family(Family::kSyncErrors))
      scatter(AtomKind::kFailSync, 2, [](Stream& s, Atom& a) { a.value = s.between(1, 3); });
    if (family(Family::kReadErrors)) {
      scatter(AtomKind::kFailReads, 1, [](Stream& s, Atom& a) { a.length = s.between(100, 900) * kMs; });
    }
    if (family(Family::kFullDisk)) {
      scatter(AtomKind::kFull, 2, [](Stream& s, Atom& a) {
        a.length = s.between(10, 1000) * kMs;
        a.value = s.between(0, 20'000);
      });
    }
    if (family(Family::kRotFamily)) scatter(AtomKind::kRot, 2, [](Stream& s, Atom& a) { a.value = s.between(0, 2); });
  }

  void draw_clock_faults() {
    if (family(Family::kLeaps)) {
      scatter(AtomKind::kLeap, 3, [](Stream& s, Atom& a) { a.value = s.between(-3'600'000, 3'600'000) * kMs; });
    }
    if (family(Family::kFreezes)) {
      scatter(AtomKind::kFreeze, 2,
              [this](Stream& s, Atom& a) { a.length = s.between(1, 3 * plan_.session_timeout / kMs) * kMs; });
    }
    if (family(Family::kDrifts)) {
      scatter(AtomKind::kDrift, 2, [](Stream& s, Atom& a) {
        a.length = s.between(100, 5000) * kMs;
        a.value = s.between(-100, 100);
      });
    }
  }

  void draw_client_faults() {
    if (family(Family::kCuts)) scatter(AtomKind::kCut, 8, [this](Stream& s, Atom& a) { strike_client(s, a); });
    if (family(Family::kLeaves)) scatter(AtomKind::kLeave, 1, [this](Stream& s, Atom& a) { strike_client(s, a); });
  }
  void strike_client(Stream& stream, Atom& atom) const {
    atom.server = 1;
    atom.value = stream.between(1, plan_.clients);
  }

  void draw_link_faults() {
    const auto pair = [this](Stream& s, Atom& a) { a.other = s.between(1, plan_.members()); };
    const auto pair_window = [this](Stream& s, Atom& a) {
      a.other = s.between(1, plan_.members());
      a.length = window(s);
    };
    const auto some = [this](Stream& s, Atom& a) {
      a.server = 1;
      a.set = set(s);
      a.length = window(s);
    };
    if (family(Family::kCutWays)) scatter(AtomKind::kCutWay, 4, pair_window);
    if (family(Family::kCutPairs)) scatter(AtomKind::kCutPair, 4, pair_window);
    if (family(Family::kIsolations))
      scatter(AtomKind::kIsolate, 3, [this](Stream& s, Atom& a) { a.length = window(s); });
    if (family(Family::kPartitions)) scatter(AtomKind::kPartition, 3, some);
    if (family(Family::kSwizzles)) scatter(AtomKind::kSwizzle, 2, some);
    if (family(Family::kClogs)) {
      scatter(AtomKind::kClog, 4, [&pair_window](Stream& s, Atom& a) {
        pair_window(s, a);
        a.value = s.between(1, s.chance(200) ? 1000 : 50) * kMs;
      });
    }
    if (family(Family::kHalfOpens)) scatter(AtomKind::kHalfOpen, 3, pair);
    if (family(Family::kBreaks)) scatter(AtomKind::kBreak, 6, pair);
  }

  /// What one server acknowledges alone while all other disks lag, and what becomes of that when its links are made
  /// anew.
  void draw_laggards() {
    if (!family(Family::kLaggards)) return;
    const auto tens = static_cast<std::uint64_t>(std::max<std::int64_t>(1, plan_.duration / (10'000 * kMs)));
    const std::uint64_t count = 1 + knobs_.below(3 * tens);
    for (std::uint64_t i = 0; i < count; ++i) {
      constexpr std::uint64_t kSalt = 0xff;
      Stream stream(Seed{seed_}, Choice::kAtoms, kSalt << 24 | i);
      const std::int64_t fast = stream.between(1, plan_.members());
      Atom slow;
      slow.kind = AtomKind::kSlow;
      slow.at = stream.between(0, plan_.duration / 1000) * 1000;
      slow.length = stream.between(100, 1500) * kMs;
      slow.value = stream.between(50, 1000);
      for (slow.server = 1; slow.server <= plan_.members(); ++slow.server) {
        if (slow.server != fast) plan_.atoms.push_back(slow);
      }
      Atom gap;
      gap.kind = AtomKind::kKill;
      gap.at = slow.at + stream.between(1, 100) * kMs;
      gap.length = stream.between(1, 20) * kMs;
      gap.server = fast;
      plan_.atoms.push_back(gap);
    }
  }

  Plan plan_;
  Stream knobs_;
  std::uint64_t seed_;
  std::uint32_t allowed_;
  Profile profile_;
  std::uint32_t intensity_ = 0;
};

}  // namespace

Plan draw_ensemble_plan(std::uint64_t seed, std::uint32_t allowed, Profile profile) {
  return EnsembleDraw(seed, allowed, profile).run();
}

}  // namespace vivarium::sim
