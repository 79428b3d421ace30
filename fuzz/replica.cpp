// The whole kernel as outside bytes meet it: three client connections whose streams, cuts, completions and pauses come
// from the input. The first byte of each chunk says what happens, the next how long it is.
//
// Whatever arrives, every invariant holds after each step, and nothing is acknowledged before it is durable.
#include "kernel/replica.h"

#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/invariants.h"
#include "kernel/session/session_table.h"
#include "kernel/session/watch_table.h"

namespace vivarium {
namespace {

constexpr std::uint32_t kSlots = 3;

class World {
 public:
  World() : replica_(config(), recovered(), Seed{1}, Instant{}, WallTime{1'700'000'000'000}) {
    for (std::uint32_t slot = 0; slot < kSlots; ++slot) reopen(slot);
  }

  void run(std::string_view input) {
    while (input.size() >= 2) {
      const auto what = static_cast<std::uint8_t>(input[0]);
      const auto size = static_cast<std::uint8_t>(input[1]);
      input.remove_prefix(2);
      const std::string_view bytes = input.substr(0, size);
      input.remove_prefix(bytes.size());
      act(what, bytes);
    }
    make_durable();
    make_durable();
  }

 private:
  static Config config() {
    Config config;
    config.tick = Duration::seconds(1);
    config.global_outstanding_limit = 4;
    config.snap_count = 8;
    config.extended_types_enabled = true;
    config.enforce_quota = true;
    return config;
  }
  static RecoveredState recovered() {
    RecoveredState state;
    TreeOptions options;
    options.extended_types = true;
    state.tree = DataTree(options);
    state.verdict = RecoveryVerdict::kIntact;
    return state;
  }

  void act(std::uint8_t what, std::string_view bytes) {
    const std::uint32_t slot = what % kSlots;
    switch (what / kSlots % 8) {
      case 0:
        return make_durable();
      case 1:
        now_ = now_ + Duration::millis(100 * static_cast<std::int64_t>(bytes.size()));
        return step(nullptr);
      case 2:
        return reopen(slot);
      case 3: {
        const AuthResult::Id id{"digest", "user:hash"};
        const Input input = AuthResult{channels_[slot], !bytes.empty(), std::span(&id, 1)};
        return step(&input);
      }
      case 4: {
        const Input input = SnapshotChunkWritten{snapshot_};
        return step(&input);
      }
      default: {
        const Input input = ChannelBytes{channels_[slot], bytes};
        return step(&input);
      }
    }
  }
  void reopen(std::uint32_t slot) {
    const Input closed = ChannelClosed{channels_[slot]};
    step(&closed);
    channels_[slot] = ChannelId{slot, channels_[slot].generation + 1};
    const Input opened = ChannelOpened{channels_[slot], ChannelKind::kClient, "10.1.2.3", {}};
    step(&opened);
  }
  void make_durable() {
    if (asked_.zxid <= replica_.last_durable()) return;
    const Input input = asked_;
    step(&input);
  }
  void step(const Input* input) {
    const StateSummary before = summarize(replica_);
    effects_.clear();
    replica_.step(now_, input == nullptr ? std::span<const Input>() : std::span(input, 1), effects_);
    KASSERT(check_state_fully(replica_) == nullptr);
    KASSERT(check_delta(before, summarize(replica_)) == nullptr);
    bool ended = false;
    for (const Effect& effect : effects_.list()) {
      if (effect.kind == EffectKind::kSyncLog) {
        asked_ = LogDurable{Incarnation{static_cast<std::uint64_t>(effect.argument)}, effect.zxid};
      }
      if (effect.kind == EffectKind::kBeginSnapshot) snapshot_ = effect.zxid;
      if (effect.kind == EffectKind::kEndSnapshot) ended = true;
    }
    if (!ended) return;
    const Input durable = SnapshotDurable{snapshot_};
    step(&durable);
  }

  Replica replica_;
  Effects effects_;
  Instant now_;
  ChannelId channels_[kSlots];
  LogDurable asked_{};
  Zxid snapshot_;
};

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vivarium::World().run({reinterpret_cast<const char*>(data), size});
  return 0;
}
