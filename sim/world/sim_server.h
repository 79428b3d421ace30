// One server of a world: one incarnation after another of {Store, Replica} over one disk that outlives them.
//
// Carries out the kernel's effects as a driver would, each lane at its own pace: channels through the network, the log and
// snapshot lanes as events with the disk's latency that call the real Store. What queued while the disk was busy is carried
// out as one group. Must never: report a completion before the store did, or reorder inside a lane.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapters/storage/store.h"
#include "kernel/invariants.h"
#include "kernel/replica.h"
#include "sim/disk/sim_disk.h"
#include "sim/net/network.h"
#include "sim/plan/plan.h"
#include "sim/report/text.h"
#include "sim/world/lane_queue.h"
#include "sim/world/scheduler.h"
#include "sim/world/server_listener.h"
#include "sim/zoo/mutation.h"

namespace vivarium::sim {

class SimServer {
 public:
  /// `index` from 0; its name is s<index + 1>.
  SimServer(std::uint32_t index, const Plan& plan, Scheduler& scheduler, Network& network, ServerListener& listener,
            Mutation* mutation);
  ~SimServer();

  std::uint32_t index() const { return index_; }
  std::string name() const { return text("s", index_ + 1); }
  SimDisk& disk() { return disk_; }
  const SimDisk& disk() const { return disk_; }
  bool up() const { return replica_ != nullptr; }
  const Replica* replica() const { return replica_.get(); }
  /// Since when the server has been up, awake and not waiting for a slow disk.
  std::int64_t awake_since() const { return std::max({booted_at_, paused_until_, disk_busy_until_}); }

  /// Starts an incarnation. On failure says why and stays down.
  std::optional<RecoveryError> boot();
  /// The process is gone. The page cache stays; what the network does is the caller's business. `orderly`: it ended by
  /// itself, so that the store may still tidy up.
  void die(bool orderly);
  void ask_to_stop();

  // ---- faults and clocks ------------------------------------------------------------------------------------------
  void pause_until(std::int64_t time) { paused_until_ = std::max(paused_until_, time); }
  void set_slowness(std::int64_t times) { slowness_ = times; }
  void leap(std::int64_t nanos) { leap_ += nanos; }
  std::int64_t wall_ms() const;
  /// Nothing is being written, and what was written has its persist evidence.
  bool log_at_rest() const { return up() && !log_lane_.busy && log_lane_.queue.empty() && evidence_written_; }

  // ---- events -------------------------------------------------------------------------------------------------------
  /// Returns false for an event of an earlier incarnation.
  bool on_event(const Event& event);
  void on_segment(std::uint32_t client);
  void on_orphan(std::uint32_t slot, std::uint32_t generation);

 private:
  enum class ArrivalKind : std::uint8_t { kOpened, kBytes, kClosed, kAuthenticated, kDrained, kCompletion, kShutdown };
  struct Arrival {
    ArrivalKind kind;
    ChannelId channel;
    std::uint32_t client = 0;
    std::size_t offset = 0, size = 0;  // in arrivals_arena_; index of the completion
  };
  struct Slot {
    std::uint32_t generation = 0;
    std::int32_t client = -1;
    bool open = false;
    bool hung_up = false;  // its ChannelClosed is in the batch being stepped
    bool paused = false;
    bool held_close = false;
    std::string held;  // bytes that arrived while paused
    std::string credential;
  };
  struct StorageLane {
    LaneQueue queue;
    bool busy = false;
    std::vector<StorageCompletion> done;
    Stream latency;
  };

  Instant instant();
  Slot* slot_of(ChannelId channel);
  void arrive(Arrival arrival, std::string_view bytes = {});
  void schedule_step();
  void step();
  void build_inputs();
  void check_invariants(const StateSummary& before);
  void carry_out();
  void carry_out_channel(const Effect& effect, std::string_view payload);
  void carry_out_log(const Effect& effect, std::string_view payload);
  void carry_out_snapshot(const Effect& effect, std::string_view payload);
  void wake(StorageLane& lane, EventKind kind);
  void perform(StorageLane& lane, bool is_log);
  void finish(StorageLane& lane, bool is_log);
  void report(const StorageCompletion& completion);
  void push_input(const Arrival& arrival);
  void open_slot(std::uint32_t client, ChannelId& channel);
  void free_slot(ChannelId channel);
  void answer_authentication(std::uint32_t slot);
  std::int64_t disk_time(StorageLane& lane) const;
  StoreOptions store_options() const;
  Config kernel_config() const;
  void at(std::int64_t time, std::uint16_t lane, EventKind kind, std::uint16_t entity = 0) {
    scheduler_.at(time, lanes::of_server(lane, index_), kind, entity, incarnation_, index_);
  }

  const std::uint32_t index_;
  const Plan& plan_;
  Scheduler& scheduler_;
  Network& network_;
  ServerListener& listener_;
  Mutation* mutation_;
  const Seed seed_;
  SimDisk disk_;
  const std::string data_directory_ = "/data", log_directory_ = "/log";

  std::uint32_t incarnation_ = 0;
  std::uint64_t steps_ = 0;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Replica> replica_;
  std::int64_t booted_at_ = 0, instant_origin_ = 0, leap_ = 0, paused_until_ = 0, slowness_ = 1;
  std::int64_t disk_busy_until_ = 0, latest_boot_wall_ = 0;
  std::int64_t wall_told_ = 0;
  std::int64_t timer_at_ = -1;
  bool step_scheduled_ = false;
  bool evidence_written_ = false;
  std::uint32_t idle_generation_ = 0;

  std::vector<Slot> slots_;
  std::vector<ChannelId> closed_channels_;
  std::vector<Arrival> arrivals_;
  std::string arrivals_arena_;
  std::vector<StorageCompletion> arrived_completions_;
  std::vector<Input> inputs_;
  std::vector<AuthResult::Id> auth_ids_;
  std::vector<std::string> auth_texts_;
  std::vector<std::string> peers_;
  Effects effects_;
  StorageLane log_lane_, snapshot_lane_;
  Stream turns_, auth_latency_;
  std::string scratch_;
};

}  // namespace vivarium::sim
