// One server of a world: one incarnation after another of {Store, Replica} over one disk that outlives them.
//
// Carries out the kernel's effects as a driver would, each lane at its own pace: channels through the network, the log
// and snapshot lanes as events with the disk's latency that call the real Store. What queued while the disk was busy is
// carried out as one group. Must never: report a completion before the store did, or reorder inside a lane.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/storage/store.h"
#include "kernel/invariants.h"
#include "kernel/replica.h"
#include "sim/disk/sim_disk.h"
#include "sim/net/network.h"
#include "sim/net/peer_network.h"
#include "sim/plan/plan.h"
#include "sim/report/text.h"
#include "sim/world/lane_queue.h"
#include "sim/world/scheduler.h"
#include "sim/world/server_listener.h"
#include "sim/zoo/mutation.h"

namespace vivarium::sim {

constexpr bool proposes(Role role) { return role == Role::kLeading || role == Role::kStandalone; }

class SimServer final : private PeerPort {
 public:
  /// `index` from 0; its name is s<index + 1>.
  SimServer(std::uint32_t index, const Plan& plan, Scheduler& scheduler, Network& network, PeerNetwork& peers,
            ServerListener& listener, Mutation* mutation);
  ~SimServer() override;

  std::uint32_t index() const { return index_; }
  std::string name() const { return text("s", index_ + 1); }
  SimDisk& disk() { return disk_; }
  const SimDisk& disk() const { return disk_; }
  bool up() const { return replica_ != nullptr; }
  /// Of every incarnation.
  Probes probes() const {
    Probes all = probes_;
    if (up()) all.add(replica_->probes());
    return all;
  }
  const Replica* replica() const { return replica_.get(); }
  /// Since when the server has been up and awake; and not waiting for a slow disk.
  std::int64_t running_since() const { return std::max(came_up_at_, paused_until_); }
  std::int64_t awake_since() const { return std::max({came_up_at_, paused_until_, disk_busy_until_}); }

  /// Starts an incarnation. On failure says why and stays down.
  std::optional<RecoveryError> boot();
  /// The process is gone. The page cache stays; what the network does is the caller's business. `orderly`: it ended by
  /// itself, so that the store may still tidy up.
  void die(bool orderly);
  void ask_to_stop();
  /// An empty disk, without power, takes the place of the one there is. Precondition: !up().
  void wipe();

  // ---- faults and clocks ------------------------------------------------------------------------------------------
  void pause_until(std::int64_t time) { paused_until_ = std::max(paused_until_, time); }
  /// Until then the disk takes so many times as long. What it was asked for meanwhile is done soon after at the latest.
  void slow_disk(std::int64_t times, std::int64_t until) {
    slowness_ = times;
    slow_until_ = until;
  }
  void leap(std::int64_t nanos) { leap_ += nanos; }
  /// From now the monotonic clock runs so many thousandths too fast.
  void set_drift(std::int64_t per_thousand);
  /// The machine stands still, its monotonic clock, too.
  void freeze_until(std::int64_t time);
  std::int64_t wall_ms() const;
  /// Nothing is being written, and what was written has its persist evidence.
  bool log_at_rest() const { return up() && !log_lane_.busy && log_lane_.queue.empty() && evidence_written_; }

  // ---- events -------------------------------------------------------------------------------------------------------
  /// Returns false for an event of an earlier incarnation.
  bool on_event(const Event& event);
  void on_segment(std::uint32_t client);
  void on_orphan(std::uint32_t slot, std::uint32_t generation);

 private:
  enum class ArrivalKind : std::uint8_t {
    kOpened,
    kBytes,
    kClosed,
    kAuthenticated,
    kDrained,
    kCompletion,
    kDialFailed,
    kShutdown
  };
  struct Arrival {
    ArrivalKind kind;
    ChannelId channel;
    std::uint32_t other = 0;           // kDialFailed: the server that was dialled
    std::size_t offset = 0, size = 0;  // in arrivals_arena_; index of the completion; kDialFailed: the kind
  };
  struct Slot {
    std::uint32_t generation = 0;
    std::int32_t client = -1;     // of a client's connection
    std::optional<PeerEnd> peer;  // of another server's
    ChannelKind kind = ChannelKind::kClient;
    std::uint32_t other = 0;
    bool dialed = false;
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

  bool listening() const override { return up(); }
  ChannelId peer_opened(PeerEnd end, ChannelKind kind, std::uint32_t other, bool dialed) override;
  void peer_bytes(ChannelId channel, std::string_view bytes) override;
  void peer_closed(ChannelId channel) override;
  void peer_drained(ChannelId channel) override;
  void dial_failed(ChannelKind kind, std::uint32_t other) override;

  std::int64_t clock() const;
  Instant instant();
  std::int64_t true_time_of(Instant deadline);
  void arm_timer();
  Slot* slot_of(ChannelId channel);
  void arrive(Arrival arrival, std::string_view bytes = {});
  void schedule_step();
  void step();
  void build_inputs();
  void check_invariants(const StateSummary& before);
  void carry_out();
  void carry_out_channel(const Effect& effect, std::string_view payload);
  void carry_out_peer(const Effect& effect, Slot& slot, std::string_view payload);
  void carry_out_control(const Effect& effect, std::string_view payload);
  void carry_out_log(const Effect& effect, std::string_view payload);
  void carry_out_snapshot(const Effect& effect, std::string_view payload);
  void wake(StorageLane& lane, EventKind kind);
  void perform(StorageLane& lane, bool is_log);
  void finish(StorageLane& lane, bool is_log);
  void report(const StorageCompletion& completion);
  void push_input(const Arrival& arrival);
  Slot& open_slot(ChannelId& channel);
  void free_slot(ChannelId channel);
  static void clear(Slot& slot);
  ChannelOpened opened_input(ChannelId channel, const Slot& slot) const;
  void answer_authentication(std::uint32_t slot);
  std::int64_t disk_time(StorageLane& lane) const;
  void make_directories();
  void mark_as_new();
  StoreOptions store_options() const;
  Config kernel_config() const;
  void at(std::int64_t time, std::uint16_t lane, EventKind kind, std::uint16_t entity = 0) {
    scheduler_.at(time, lanes::of_server(lane, index_), kind, entity, incarnation_, index_);
  }

  const std::uint32_t index_;
  const Plan& plan_;
  Scheduler& scheduler_;
  Network& network_;
  PeerNetwork& peers_;
  ServerListener& listener_;
  Mutation* mutation_;
  const Seed seed_;
  SimDisk disk_;
  const std::string data_directory_ = "/data", log_directory_ = "/log";

  std::uint32_t incarnation_ = 0;
  std::uint64_t steps_ = 0;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Replica> replica_;
  Probes probes_;  // of the incarnations that are over
  std::int64_t came_up_at_ = 0, rate_since_ = 0, instant_origin_ = 0, drift_ = 0, leap_ = 0, paused_until_ = 0,
               slowness_ = 1, slow_until_ = 0;
  std::int64_t disk_busy_until_ = 0;
  bool led_before_step_ = false;
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
  std::vector<std::string> client_addresses_, server_addresses_;
  Effects effects_;
  StorageLane log_lane_, snapshot_lane_;
  Stream turns_, auth_latency_;
  std::string scratch_;
};

}  // namespace vivarium::sim
