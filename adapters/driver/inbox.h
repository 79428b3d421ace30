// What other threads tell the driver: new sockets, dials that failed, storage completions, signals. The one place where
// threads meet.
//
// Must never: hold its lock while doing anything but moving lists.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "adapters/net/peer_address.h"
#include "adapters/net/unique_fd.h"
#include "adapters/storage/store.h"

namespace vivarium {

struct NewSocket {
  UniqueFd socket;
  PeerAddress peer;
  ChannelKind kind = ChannelKind::kClient;
  std::optional<ServerId> dialed = {};  // the member that we connected to; absent when it connected to us
};

/// Completions of one round of a storage lane, with what the round took.
struct LaneReport {
  std::vector<StorageCompletion> completions;
  bool synced = false;
  std::int64_t took_ms = 0;
};

class Inbox {
 public:
  /// Sockets that connected to the ports for members and wait for the driver: strangers must not use up descriptors
  /// while it is busy. More are closed; a member tries again.
  static constexpr std::size_t kMaxWaitingMembers = 256;

  struct Contents {
    std::vector<NewSocket> sockets;
    std::vector<DialFailed> failed_dials;
    std::vector<LaneReport> reports;
    bool shutdown = false;
    void clear();
  };

  Inbox();
  /// Readable when something was posted.
  int wakeup_fd() const { return event_.get(); }

  void post(NewSocket socket);
  void post(DialFailed failure);
  void post(LaneReport report);
  void post_shutdown();
  /// Driver only: moves everything out. `out` must be clear.
  void take(Contents& out);

 private:
  void wake();

  std::size_t waiting_members_ = 0;  // of `contents_`
  UniqueFd event_;
  std::atomic<bool> signalled_{false};
  std::mutex mutex_;
  Contents contents_;
};

}  // namespace vivarium
