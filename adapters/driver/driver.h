// The loop of a server: gather what happened, step the kernel once, carry out what it asks, flush. One thread owns the
// kernel and the sockets; storage lanes work beside it and steps go on while a sync runs.
//
// Must never: block, except in wait(); step the kernel with a clock that went back; carry out an effect of a channel's
// lane out of order.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/admin/four_letter_words.h"
#include "adapters/auth/authenticator.h"
#include "adapters/driver/inbox.h"
#include "adapters/driver/machine.h"
#include "adapters/driver/storage_lane.h"
#include "adapters/net/channel_set.h"
#include "kernel/effect.h"

namespace vivarium {

/// What the loop measures besides the sockets.
struct StorageCounters {
  std::uint64_t slow_syncs = 0;
  LatencyStats sync;      // one log batch: written and durable
  LatencyStats snapshot;  // begin to durable
};

class Driver {
 public:
  struct Parts {
    Machine& machine;
    ChannelSet& channels;
    Inbox& inbox;
    StorageLane& log_lane;
    StorageLane& snapshot_lane;
    Authenticator& authenticator;
    std::int64_t sync_warning_ms = 1000;
    ConnectionLimits limits;
    std::function<void(ChannelKind, ServerId)> dial = {};  // of a member of an ensemble
  };
  explicit Driver(const Parts& parts);
  /// Words are answered from views of this very server, which may need the driver: hence set afterwards.
  void set_words(FourLetterWords& words) { words_ = &words; }

  /// Until the kernel halts; its exit code. Everything queued for clients has been offered to their sockets.
  int run();
  const StorageCounters& storage_counters() const { return storage_counters_; }

 private:
  struct PendingAuth {
    ChannelId channel;
    AuthVerdict verdict;
    std::vector<AuthResult::Id> ids;
  };

  int timeout_ms(Instant now) const;
  void turn();
  void gather_inbox();
  void gather_pending();
  void adopt(NewSocket& socket);
  void take_report(const LaneReport& report);
  void log_notes(std::string_view text);
  void carry_out();
  void carry_out_control(const Effect& effect);
  void carry_out_channel(const Effect& effect);
  void authenticate(const Effect& effect);
  void answer_word(const Effect& effect);
  void refuse(const NewSocket& socket, ChannelSet::Adoption why);

  Parts parts_;
  FourLetterWords* words_ = nullptr;
  std::vector<Input> inputs_;
  Effects effects_;
  Inbox::Contents arrived_;
  std::deque<PendingAuth> pending_auths_, served_auths_;  // views of the current step point into the second
  std::vector<Input> pending_inputs_;                     // closed channels, resets: for the next step
  std::deque<std::string> texts_;                         // of this flush
  std::optional<int> exit_code_;
  WallTime last_wall_{-1};
  Instant snapshot_begun_ = Instant::never();
  Instant next_refusal_note_{};
  std::uint64_t refusals_since_note_ = 0;
  bool noted_ = false;
  StorageCounters storage_counters_;
};

}  // namespace vivarium
