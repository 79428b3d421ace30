#include "adapters/driver/inbox.h"

#include <sys/eventfd.h>

#include "kernel/base/assert.h"

namespace vivarium {

void Inbox::Contents::clear() {
  sockets.clear();
  failed_dials.clear();
  reports.clear();
  shutdown = false;
}

Inbox::Inbox() : event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { KASSERT(event_.valid()); }

void Inbox::post(NewSocket socket) {
  {
    const std::lock_guard lock(mutex_);
    if (socket.kind != ChannelKind::kClient && !socket.dialed) {
      if (waiting_members_ >= kMaxWaitingMembers) return;
      ++waiting_members_;
    }
    contents_.sockets.push_back(std::move(socket));
  }
  wake();
}

void Inbox::post(DialFailed failure) {
  {
    const std::lock_guard lock(mutex_);
    contents_.failed_dials.push_back(failure);
  }
  wake();
}

void Inbox::post(LaneReport report) {
  {
    const std::lock_guard lock(mutex_);
    contents_.reports.push_back(std::move(report));
  }
  wake();
}

void Inbox::post_shutdown() {
  {
    const std::lock_guard lock(mutex_);
    contents_.shutdown = true;
  }
  wake();
}

/// One write per turn of the driver, however many posts there are.
void Inbox::wake() {
  if (!signalled_.exchange(true)) eventfd_write(event_.get(), 1);
}

void Inbox::take(Contents& out) {
  eventfd_t ignored = 0;
  eventfd_read(event_.get(), &ignored);
  signalled_.store(false);  // before the lists: a post after this wakes again
  const std::lock_guard lock(mutex_);
  waiting_members_ = 0;
  std::swap(out, contents_);
}

}  // namespace vivarium
