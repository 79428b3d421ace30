// Draws plans of a lone server; see swarm.h. Every draw has its own index, so a new knob at the end changes no older
// seed's other knobs.
#include "sim/swarm/swarm.h"

#include "sim/choice/stream.h"
#include "sim/swarm/ensemble_swarm.h"

namespace vivarium::sim {
namespace {

constexpr std::int64_t kMs = 1'000'000;

class Draw {
 public:
  Draw(std::uint64_t seed, std::uint32_t allowed)
      : knobs_(Seed{seed}, Choice::kSwarm, 0), seed_(seed), allowed_(allowed) {
    plan_.seed = seed;
  }

  Plan run() {
    draw_workload();
    draw_mix();
    draw_server();
    draw_world();
    draw_faults();
    plan_.recipes = one_of({0, 5, 10, 20});
    return std::move(plan_);
  }

 private:
  template <std::size_t N>
  std::int64_t one_of(const std::int64_t (&values)[N]) {
    return values[knobs_.below(N)];
  }

  void draw_workload() {
    plan_.clients = knobs_.between(1, 5);
    plan_.operations = one_of({20, 40, 60, 100, 160});
    plan_.window = one_of({1, 1, 2, 4, 16, 64});
    plan_.duration = one_of({1000, 2000, 3000, 5000}) * kMs;
    plan_.think = plan_.duration / plan_.operations * one_of({0, 1, 2, 3}) / 4;
    plan_.names = one_of({2, 4, 8, 20});
    plan_.data_size = one_of({0, 10, 100, 100, 600, 1500});
    plan_.watch_percent = one_of({0, 20, 50});
    plan_.users = one_of({0, 0, 1, 3});
  }

  void draw_mix() {
    constexpr std::array<std::int64_t, kOpKinds> kUsual = {10, 6, 5, 5, 3, 2, 2, 8, 10, 2, 8, 2, 8,
                                                           5,  4, 4, 1, 2, 2, 1, 1, 1,  1, 1, 1, 1};
    for (std::size_t i = 0; i < kOpKinds; ++i) {
      constexpr std::int64_t kFactors[] = {0, 1, 1, 1, 3};
      plan_.mix[i] = kUsual[i] * kFactors[knobs_.below(5)];
    }
    plan_.mix[0] += 1;  // something must happen
  }

  void draw_server() {
    plan_.tick = one_of({20, 50, 100, 200}) * kMs;
    plan_.session_timeout = plan_.tick * one_of({2, 4, 8, 20});
    plan_.snap_count = one_of({2, 4, 10, 30, 100'000});
    plan_.log_size_limit = one_of({0, 0, 2000, 8000});
    plan_.retain = one_of({3, 3, 4});
    plan_.purge_interval = one_of({0, 50, 200, 1000}) * kMs;
    plan_.preallocate = one_of({0, 512, 4096, 65'536});
    plan_.outstanding_limit = one_of({1, 4, 1000, 1000});
    plan_.extended_types = one_of({0, 1});
    plan_.digest = one_of({0, 1, 1, 1});
    plan_.container_interval = one_of({20, 100, 500}) * kMs;
    if (plan_.extended_types == 0) plan_.mix[static_cast<std::size_t>(OpKind::kTtl)] /= 2;
  }

  void draw_world() {
    plan_.network_floor = one_of({1'000, 20'000, 50'000, 500'000});
    plan_.network_spread = one_of({0, 20'000, 200'000, 2'000'000});
    plan_.disk_floor = one_of({1'000, 20'000, 100'000, 1'000'000});
    plan_.disk_spread = one_of({0, 50'000, 500'000, 5'000'000});
    plan_.turn_spread = one_of({0, 1'000, 50'000, 500'000});
    plan_.split_per_thousand = one_of({0, 0, 50, 500});
    plan_.check_digests = one_of({0, 0, 0, 1});
  }

  bool family(Family which) {
    const bool drawn = knobs_.chance(450);
    return drawn && (allowed_ & static_cast<std::uint32_t>(which)) != 0;
  }

  /// `most` atoms at most, each with its own stream, so that dropping one leaves the others.
  template <class Make>
  void scatter(AtomKind kind, std::uint64_t most, Make&& make, std::uint64_t salt = 0) {
    const std::uint64_t count = 1 + knobs_.below(most);
    for (std::uint64_t i = 0; i < count; ++i) {
      Stream stream(Seed{seed_}, Choice::kAtoms, static_cast<std::uint64_t>(kind) << 16 | salt << 8 | i);
      Atom atom;
      atom.kind = kind;
      // Whole microseconds: a plan is read by people.
      atom.at = stream.between(0, plan_.duration / 1000) * 1000;
      make(stream, atom);
      plan_.atoms.push_back(atom);
    }
  }

  static std::int64_t downtime(Stream& stream) { return stream.between(1, stream.chance(200) ? 800 : 60) * kMs; }

  void draw_faults() {
    if (family(Family::kPowerFamily)) {
      scatter(AtomKind::kPower, 4, [](Stream& s, Atom& a) { a.length = downtime(s); });
    }
    if (family(Family::kArmedPower)) {
      const auto inside = [](Stream& s, Atom& a) {
        a.length = downtime(s);
        a.value = s.between(1, 40);
      };
      scatter(AtomKind::kPower, 4, inside, 1);
    }
    if (family(Family::kKills)) scatter(AtomKind::kKill, 4, [](Stream& s, Atom& a) { a.length = downtime(s); });
    if (family(Family::kStops)) scatter(AtomKind::kStop, 2, [](Stream& s, Atom& a) { a.length = downtime(s); });
    if (family(Family::kPauses)) {
      scatter(AtomKind::kPause, 2,
              [this](Stream& s, Atom& a) { a.length = s.between(1, plan_.session_timeout / kMs) * kMs; });
    }
    if (family(Family::kSlowDisk)) {
      scatter(AtomKind::kSlow, 2, [](Stream& s, Atom& a) {
        a.length = s.between(10, 800) * kMs;
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
        a.length = s.between(10, 600) * kMs;
        a.value = s.between(0, 20'000);
      });
    }
    if (family(Family::kRotFamily) && knobs_.chance(300)) {
      scatter(AtomKind::kRot, 2, [](Stream& s, Atom& a) { a.value = s.between(0, 1); });
    }
    if (family(Family::kLeaps)) {
      scatter(AtomKind::kLeap, 3, [](Stream& s, Atom& a) { a.value = s.between(-3'600'000, 3'600'000) * kMs; });
    }
    if (family(Family::kCuts))
      scatter(AtomKind::kCut, 5, [this](Stream& s, Atom& a) { a.value = s.between(1, plan_.clients); });
    if (family(Family::kPowerInSyncFamily)) {
      scatter(AtomKind::kPowerInSync, 5, [](Stream& s, Atom& a) {
        a.length = downtime(s);
        a.value = s.between(1, 6);
      });
    }
    if (family(Family::kLeaves)) {
      scatter(AtomKind::kLeave, 1, [this](Stream& s, Atom& a) { a.value = s.between(1, plan_.clients); });
    }
  }

  Plan plan_;
  Stream knobs_;
  std::uint64_t seed_;
  std::uint32_t allowed_;
};

}  // namespace

namespace {

struct ProfileText {
  const char *name, *summary;
};
constexpr ProfileText kProfileTexts[kProfiles] = {
    {"standalone", "one server, 1 to 5 sessions, 1 to 5 simulated seconds"},
    {"smoke", "3 voters, 5 sessions, 10 simulated seconds"},
    {"std5", "5 voters and 1 observer, 20 sessions, 50 writes and 50 reads a second, all faults, 60 simulated seconds"},
    {"any", "1 to 7 voters, 0 to 3 observers, groups and weights, tiny windows and queues, 10 simulated seconds"},
};

}  // namespace

const char* profile_name(Profile profile) { return kProfileTexts[static_cast<std::size_t>(profile)].name; }
const char* profile_summary(Profile profile) { return kProfileTexts[static_cast<std::size_t>(profile)].summary; }
std::optional<Profile> find_profile(std::string_view name) {
  for (std::size_t i = 0; i < kProfiles; ++i) {
    if (name == kProfileTexts[i].name) return static_cast<Profile>(i);
  }
  return std::nullopt;
}

Plan draw_plan(std::uint64_t seed, std::uint32_t allowed, Profile profile) {
  return profile == Profile::kStandalone ? Draw(seed, allowed).run() : draw_ensemble_plan(seed, allowed, profile);
}

}  // namespace vivarium::sim
