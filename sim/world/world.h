// A world: servers with their disks, clients, and the networks between them, driven by a plan until the plan's end is
// checked.
//
// The run has three parts: the workload under faults; then the faults stop and every client must get through and say
// goodbye; then every session must expire, and a last crash must bring back exactly the model's state. Must never: let
// an inspection change a run.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "sim/check/ghost.h"
#include "sim/check/history.h"
#include "sim/check/oracle.h"
#include "sim/check/quorum_rule.h"
#include "sim/check/session_laws.h"
#include "sim/client/sim_client.h"
#include "sim/net/network.h"
#include "sim/net/peer_network.h"
#include "sim/plan/plan.h"
#include "sim/world/inspector.h"
#include "sim/world/run_result.h"
#include "sim/world/scheduler.h"
#include "sim/world/sim_server.h"

namespace vivarium::sim {

class World final : private ServerListener, private WorldView {
 public:
  World(const Plan& plan, Story* story, Mutation* mutation, Inspector* inspector = nullptr);

  /// Runs to the end. Throws SeedFailure when a law is broken.
  void run();
  /// Counters and hash so far.
  RunResult result() const;

 private:
  enum class Phase : std::uint8_t { kFaults, kHealed, kSettling, kLastCrash, kOver };

  // What a kFinish event is about.
  static constexpr std::uint32_t kHealStep = 0, kPatienceStep = 1, kSettledStep = 2, kConvergenceStep = 3;

  void dispatch(const Event& event);
  void to_client(std::uint32_t client, std::uint32_t generation);
  void hear_refusals(SimClient& client);

  /// One server and what the world knows of its life.
  struct Host {
    std::unique_ptr<SimServer> server;
    std::uint32_t boot_generation = 0;
    bool booting = false;
    std::int64_t armed_downtime = 0;
    std::optional<std::int64_t> stop_downtime;  // it was asked to stop, and comes back after so long
    std::uint64_t faults_before = 0;            // felt before this incarnation
    bool rotted = false;                        // until the disk is replaced
    bool unreadable = false;                    // some reads fail now
    bool harmed = false;                        // new, wiped, or read with errors; until it is seen to be whole
    Role role = Role::kStandalone;
    bool serving = false;
    std::int64_t role_since = 0;  // or since it began or ceased to serve in this role
    Stream restarts;
  };
  std::uint32_t size() const override { return static_cast<std::uint32_t>(hosts_.size()); }
  SimServer& server(std::uint32_t index) { return *hosts_[index].server; }

  /// A way that an atom of the plan has closed, or (delay > 0) made slow.
  struct LinkFault {
    std::uint16_t atom = 0;
    std::uint32_t from = 0, to = 0;
    std::int64_t delay = 0;
    std::uint32_t isolated = 0;  // of a swizzle: whose isolation this is part of
  };

  // ---- faults (world_faults.cpp)
  void begin_atom(const Atom& atom, std::uint16_t index, std::uint32_t attempt);
  void begin_server_atom(const Atom& atom, std::uint32_t server, std::uint16_t index, std::uint32_t attempt);
  void end_atom(const Atom& atom, std::uint16_t index);
  void lose_power(std::uint32_t server, std::int64_t downtime);
  void kill(std::uint32_t server, std::int64_t downtime);
  void wipe(std::uint32_t server, std::int64_t downtime);
  /// The process is gone: connections break with some prefix delivered.
  void break_connections(std::uint32_t server, bool promptly);
  void cut(std::uint32_t client);
  /// kForever: only `start` or the end of the faults brings it back.
  void boot_after(std::uint32_t server, std::int64_t downtime);
  void boot(std::uint32_t server);
  void stop_faults();
  void stop_faults(Host& host);
  // ---- the fault atlas (world_atlas.cpp)
  /// Its disk holds what it ever promised: never damaged for good, or repaired since.
  bool intact(std::uint32_t server);
  /// Permanent damage here leaves a quorum of intact voters.
  bool may_damage(std::uint32_t server);
  std::uint32_t intact_voters(std::uint32_t except);

  // ---- faults of the links between servers (world_links.cpp)
  /// Which ways an atom of this kind closes: true for "nothing gets from `from` to `to`".
  static bool closes(const Atom& atom, std::uint32_t from, std::uint32_t to);
  void begin_link_atom(const Atom& atom, std::uint16_t index, std::uint32_t attempt);
  void begin_swizzle(const Atom& atom, std::uint16_t index);
  void close_ways(const Atom& atom, std::uint16_t index);
  /// Ends what atom `index` did to links; with `only`, where that server is concerned.
  void end_link_atom(std::uint16_t index, std::optional<std::uint32_t> only = {});
  void heal_links();

  void watch_role(std::uint32_t server, const MemberView& view);

  // ---- ending (world_end.cpp, world_end_ensemble.cpp)
  void heal();
  void look_for_the_end();
  void finish();
  void finish_standalone();
  std::int64_t settling_time() const;
  void heal_ensemble();
  void choose_core();
  bool in_core(std::uint32_t server) const { return (core_ >> server & 1) != 0; }
  std::int64_t election_timeout() const;
  void look_for_convergence();
  std::string who_is_stuck();
  std::string unsettled();
  void finish_ensemble();
  void last_crash();
  void judge_last_recovery(std::uint32_t server, const RecoveredState& recovered);
  /// The core did not come to life: a bug, except beyond the model.
  void stuck(const std::string& what);
  /// "s2 looking since 3.2s, ...".
  std::string describe(std::uint32_t server) const override;
  std::optional<MemberView> member(std::uint32_t server) const override;
  Zxid committed() const override { return ghost_.committed(); }
  std::uint64_t commits() const override { return ghost_.book().committed_count(); }
  std::uint64_t elections() const override { return ghost_.reigns(); }
  const History& history() const override { return history_; }

  // ---- what servers are seen to do (world_laws.cpp)
  void on_append(std::uint32_t server, const Appended& appended) override;
  void on_durable(std::uint32_t server, Zxid zxid) override;
  void on_truncate(std::uint32_t server, Zxid zxid) override;
  void on_reset(std::uint32_t server, Zxid zxid) override;
  void on_cut_durable(std::uint32_t server) override;
  void on_cut_failed(std::uint32_t server) override;
  void on_snapshot_durable(std::uint32_t server, Zxid zxid) override;
  void on_epochs_durable(std::uint32_t server, Epoch accepted, Epoch current) override;
  void on_recovered(std::uint32_t server, const RecoveredState& recovered, bool reload) override;
  void on_stepped(std::uint32_t server, const Replica& replica) override;
  void on_down(std::uint32_t server) override;
  void on_damaged(std::uint32_t server) override;
  void on_wiped(std::uint32_t server) override;
  void on_contact(std::uint32_t server, std::uint32_t client) override;
  void on_power_lost(std::uint32_t server) override;
  void on_halt(std::uint32_t server, std::string_view reason, std::int64_t exit_code) override;

  const Plan plan_;
  Scheduler scheduler_;
  Inspector* const inspector_;
  Network network_;
  PeerNetwork peers_;
  History history_;
  Ghost ghost_;
  QuorumRule rule_;
  Oracle oracle_;
  std::vector<std::unique_ptr<SimClient>> clients_;
  std::vector<Host> hosts_;
  std::vector<LinkFault> link_faults_;

  Phase phase_ = Phase::kFaults;
  bool refused_ = false;
  std::uint32_t core_ = 0;  // members that are healed at the end, as bits
  std::int64_t healed_at_ = 0, converged_after_ = -1, settle_until_ = 0;
  SessionLaws sessions_;
  Stream cuts_;  // of connections to clients
  std::uint64_t boots_ = 0, crashes_ = 0;
};

}  // namespace vivarium::sim
