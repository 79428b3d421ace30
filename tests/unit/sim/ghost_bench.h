// A little ensemble made by hand for tests of the ghost: the test plays the world, and bends one thing.
#pragma once

#include <string>
#include <vector>

#include "kernel/wire/txn.h"
#include "sim/check/ghost.h"
#include "sim/report/failure.h"

namespace vivarium::sim {

class GhostBench {
 public:
  explicit GhostBench(Member voters = 3, Member observers = 0)
      : ghost(ensemble(voters, observers)), views(voters + observers) {
    for (Member m = 0; m < views.size(); ++m) boot(m);
  }

  Ghost ghost;
  std::vector<MemberView> views;

  static EnsembleConfig ensemble(Member voters, Member observers) {
    EnsembleConfig config;
    for (Member m = 0; m < voters + observers; ++m) config.members.push_back({ServerId{m + 1}, m < voters, 0, 1});
    return config;
  }
  static Zxid at(std::int64_t epoch, std::uint32_t counter) { return Zxid::make(Epoch{epoch}, counter); }

  /// Recovery finds exactly what the ghost expects, or what the test says.
  void boot(Member m) { recover(m, last_logged(m)); }
  void recover(Member m, Zxid last, RecoveryVerdict verdict = RecoveryVerdict::kIntact) {
    ghost.on_recovered(m, recovered(m, last, verdict));
    const Epoch accepted = views[m].accepted_epoch, current = views[m].current_epoch;
    views[m] = MemberView{};
    views[m].role = Role::kLooking;
    views[m].accepted_epoch = accepted;
    views[m].current_epoch = current;
    views[m].last_logged = views[m].last_durable = views[m].applied = last;
  }
  RecoveredState recovered(Member m, Zxid last, RecoveryVerdict verdict = RecoveryVerdict::kIntact) const {
    RecoveredState state;
    state.verdict = verdict;
    state.last_zxid = last;
    state.accepted_epoch = views[m].accepted_epoch;
    state.current_epoch = views[m].current_epoch;
    return state;
  }
  void crash(Member m) { ghost.on_down(m); }

  void step(Member m) { ghost.on_stepped(m, views[m], 0, false); }
  void step(Member m, std::uint64_t digest) { ghost.on_stepped(m, views[m], digest, true); }
  void append(Member m, Zxid zxid, const std::string& bytes = "") {
    ghost.on_append(m, zxid, bytes.empty() ? "txn " + std::to_string(zxid.value) : bytes, 0);
    views[m].last_logged = zxid;
  }
  void durable(Member m, Zxid zxid) {
    ghost.on_durable(m, zxid);
    views[m].last_durable = zxid;
  }
  void log(Member m, Zxid zxid) {
    append(m, zxid);
    durable(m, zxid);
  }
  void promise(Member m, std::int64_t epoch) { epochs(m, epoch, views[m].current_epoch.value); }
  void join(Member m, std::int64_t epoch) { epochs(m, epoch, epoch); }
  void epochs(Member m, std::int64_t accepted, std::int64_t current) {
    ghost.on_epochs_durable(m, Epoch{accepted}, Epoch{current});
    views[m].accepted_epoch = Epoch{accepted};
    views[m].current_epoch = Epoch{current};
  }

  // ---- an honest leader's way, in three parts
  void crown(Member leader, const std::vector<Member>& followers, std::int64_t epoch) {
    views[leader].role = Role::kLeading;
    views[leader].leader_epoch = Epoch{epoch};
    step(leader);
    promise(leader, epoch);
    for (const Member f : followers) promise(f, epoch);
    join(leader, epoch);
    step(leader);
  }
  void establish(Member leader) {
    views[leader].established = views[leader].serving = true;
    views[leader].committed = views[leader].applied = views[leader].last_logged;
    step(leader);
  }
  void elect(Member leader, const std::vector<Member>& followers, std::int64_t epoch) {
    crown(leader, followers, epoch);
    for (const Member f : followers) {
      views[f].role = Role::kFollowing;
      join(f, epoch);
    }
    establish(leader);
  }
  void commit(Member m, Zxid zxid) {
    views[m].serving = true;
    views[m].committed = views[m].applied = zxid;
    step(m);
  }
  /// The leader proposes, everybody logs, the leader commits.
  void write(Member leader, const std::vector<Member>& followers, Zxid zxid) {
    log(leader, zxid);
    step(leader);
    for (const Member f : followers) log(f, zxid);
    commit(leader, zxid);
  }

 private:
  Zxid last_logged(Member m) const { return views[m].last_logged; }
};

/// The law that `act` breaks; "" when it breaks none.
template <class Act>
std::string broken_by(Act&& act) {
  try {
    act();
  } catch (const SeedFailure& failure) {
    return failure.law;
  }
  return "";
}

}  // namespace vivarium::sim
