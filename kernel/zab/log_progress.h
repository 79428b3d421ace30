// How far this server's history goes: what was logged, what of it survives power loss, what may be applied, and what is
// known to be committed.
//
// Who decides is elsewhere: a standalone server commits what is durable, a leader what a quorum has made durable, a
// learner what its leader says. Must never: take a completion of another incarnation of the log; let a mark go back,
// except by restart() after the log itself was cut or read anew. Invariants: Z7, Z10, Z14.
#pragma once

#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/base/hash.h"
#include "kernel/base/types.h"
#include "kernel/input.h"

namespace vivarium {

/// Whether `next` is the txn behind `last`: the next of its epoch, or the first of a later one.
constexpr bool may_follow(Zxid last, Zxid next) {
  return next == last.next() || (next.epoch() > last.epoch() && next.counter() == 1);
}

class LogProgress {
 public:
  /// `recovered`: last zxid of log or snapshot, durable by definition.
  LogProgress(Zxid recovered, Incarnation incarnation)
      : incarnation_(incarnation), logged_(recovered), durable_(recovered), released_(recovered) {}

  Incarnation incarnation() const { return incarnation_; }
  Zxid last_logged() const { return logged_; }
  Zxid last_durable() const { return durable_; }
  /// Everything up to here may be applied.
  Zxid released() const { return released_; }
  /// Everything up to here is known to be committed. Zero until somebody says so: the tail of a member's log may not
  /// be.
  Zxid committed() const { return committed_; }
  bool all_durable() const { return durable_ == logged_; }

  void logged(Zxid zxid) {
    KASSERT(zxid > logged_);
    logged_ = zxid;
  }
  /// False for a completion of another life, or one that tells nothing new.
  bool log_durable(const LogDurable& done) {
    if (done.incarnation != incarnation_ || done.zxid <= durable_) return false;
    KASSERT(done.zxid <= logged_);
    durable_ = done.zxid;
    return true;
  }
  void release(Zxid zxid) {
    KASSERT(zxid <= logged_);
    released_ = std::max(released_, zxid);
  }
  void commit(Zxid zxid) {
    release(zxid);
    committed_ = std::max(committed_, zxid);
  }
  /// Memory took over a leader's history up to `last`; nothing of it is durable.
  void load(Zxid last) {
    KASSERT(logged_ == Zxid{});
    logged_ = released_ = last;
  }
  /// History now ends at `last`, durable and applied: the log was cut, replaced by a snapshot, or read anew.
  void restart(Zxid last, Incarnation incarnation) {
    incarnation_ = incarnation;
    logged_ = durable_ = released_ = last;
    committed_ = std::min(committed_, last);
  }

  void hash_into(StateHash& hash) const {
    hash.add(incarnation_.value);
    hash.add(static_cast<std::uint64_t>(logged_.value));
    hash.add(static_cast<std::uint64_t>(durable_.value));
    hash.add(static_cast<std::uint64_t>(released_.value));
    hash.add(static_cast<std::uint64_t>(committed_.value));
  }

 private:
  Incarnation incarnation_;
  Zxid logged_, durable_, released_, committed_;
};

}  // namespace vivarium
