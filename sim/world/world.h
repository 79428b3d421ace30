// A world: one server, its clients, its disk and its network, driven by a plan until the plan's end is checked.
//
// The run has three parts: the workload under faults; then the faults stop and every client must get through and say goodbye;
// then every session must expire, and a last crash must bring back exactly the model's state. Must never: let an inspection
// change a run.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "sim/check/history.h"
#include "sim/check/log_book.h"
#include "sim/check/oracle.h"
#include "sim/client/sim_client.h"
#include "sim/net/network.h"
#include "sim/plan/plan.h"
#include "sim/world/run_result.h"
#include "sim/world/scheduler.h"
#include "sim/world/sim_server.h"

namespace vivarium::sim {

class World final : private ServerListener {
 public:
  World(const Plan& plan, Story* story, Mutation* mutation);

  /// Runs to the end. Throws SeedFailure when a law is broken.
  void run();
  /// Counters and hash so far.
  RunResult result() const;

 private:
  enum class Phase : std::uint8_t { kFaults, kHealed, kSettling, kOver };

  void dispatch(const Event& event);
  void to_client(std::uint32_t client, std::uint32_t generation);
  void hear_refusals(SimClient& client);

  // ---- faults (world_faults.cpp)
  void begin_atom(const Atom& atom, std::uint16_t index, std::uint32_t attempt);
  void end_atom(const Atom& atom);
  void lose_power(std::int64_t downtime);
  void kill(std::int64_t downtime);
  /// The process is gone: connections break with some prefix delivered.
  void break_connections(bool promptly);
  void cut(std::uint32_t client);
  void boot_at(std::int64_t time);
  void boot();
  void stop_faults();

  // ---- ending (world_end.cpp)
  void heal();
  void look_for_the_end();
  void finish();
  std::int64_t settling_time() const;

  void on_append(Zxid zxid, std::string_view txn) override;
  void on_contact(std::uint32_t client) override;
  void on_recovered(const RecoveredState& recovered) override;
  void on_power_lost() override;
  void on_halt(std::string_view reason, std::int64_t exit_code) override;

  const Plan plan_;
  Scheduler scheduler_;
  Network network_;
  History history_;
  LogBook log_;
  Oracle oracle_;
  std::vector<std::unique_ptr<SimClient>> clients_;
  SimServer server_;

  Phase phase_ = Phase::kFaults;
  std::uint32_t boot_generation_ = 0;
  bool booting_ = false;
  std::int64_t armed_downtime_ = 0, stop_downtime_ = -1;
  std::uint64_t faults_before_ = 0;  // felt before this incarnation
  bool rotted_ = false, refused_ = false;
  std::map<std::int64_t, std::int64_t> contacts_;  // session: when its client was last heard
  std::set<std::int64_t> closed_;                  // sessions for which a close was ever proposed
  Stream cuts_, restarts_;
  std::uint64_t boots_ = 0, crashes_ = 0;
};

}  // namespace vivarium::sim
