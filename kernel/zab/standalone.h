// The ensemble of one: gives out zxids, and decides what is committed by its own durability alone.
//
// The seam that an ensemble replaces: a leader gives out zxids of its epoch and commits what a quorum has made durable.
// The rest of the replica only asks for `next_zxid` and `committed`.
// Must never: count a record as committed that LogDurable has not covered. Invariants: Z7, Z10.
#pragma once

#include "kernel/base/assert.h"
#include "kernel/base/hash.h"
#include "kernel/base/types.h"
#include "kernel/input.h"

namespace vivarium {

class Standalone {
 public:
  /// `recovered`: last zxid in the log or snapshot, durable by definition.
  Standalone(Zxid recovered, Incarnation incarnation)
      : incarnation_(incarnation), proposed_(recovered), durable_(recovered) {}

  Incarnation incarnation() const { return incarnation_; }
  Zxid next_zxid() const { return proposed_.next(); }
  Zxid last_proposed() const { return proposed_; }
  Zxid last_durable() const { return durable_; }
  /// Everything up to here may be applied and acknowledged.
  Zxid committed() const { return durable_; }

  void proposed(Zxid zxid) {
    KASSERT(zxid == next_zxid());
    proposed_ = zxid;
  }
  /// False for a completion of another life, or one that tells nothing new.
  bool log_durable(const LogDurable& done) {
    if (done.incarnation != incarnation_ || done.zxid <= durable_) return false;
    KASSERT(done.zxid <= proposed_);
    durable_ = done.zxid;
    return true;
  }

  void hash_into(StateHash& hash) const {
    hash.add(incarnation_.value);
    hash.add(static_cast<std::uint64_t>(proposed_.value));
    hash.add(static_cast<std::uint64_t>(durable_.value));
  }

 private:
  Incarnation incarnation_;
  Zxid proposed_;
  Zxid durable_;
};

}  // namespace vivarium
