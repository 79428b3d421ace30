// acceptedEpoch and currentEpoch: what this member promised, and whose history it adopted (Zab 1.0; Z2).
//
// One write at a time; what is promised counts only once EpochDurable said so. Must never: go back, or let currentEpoch
// pass acceptedEpoch.
#pragma once

#include "kernel/base/assert.h"
#include "kernel/base/hash.h"
#include "kernel/base/types.h"
#include "kernel/effect.h"
#include "kernel/input.h"

namespace vivarium {

class DurableEpoch {
 public:
  DurableEpoch() = default;
  DurableEpoch(Epoch accepted, Epoch current) : accepted_(accepted), current_(current) { KASSERT(current <= accepted); }

  Epoch accepted() const { return accepted_; }
  Epoch current() const { return current_; }
  bool writing() const { return writing_; }

  /// Starts to make them durable. Precondition: nothing is being written, and neither goes back.
  void write(Epoch accepted, Epoch current, Effects& out) {
    KASSERT(!writing_);
    KASSERT(accepted >= accepted_);
    KASSERT(current >= current_);
    KASSERT(current <= accepted);
    writing_ = true;
    next_accepted_ = accepted;
    next_current_ = current;
    out.begin(EffectKind::kWriteEpochs);
    ByteWriter writer = out.writer();
    writer.i64(accepted.value);
    writer.i64(current.value);
    out.end();
  }
  /// Both become `epoch`, its history being durable here; a promise to a later leader stays.
  void adopt(Epoch epoch, Effects& out) { write(accepted_ < epoch ? epoch : accepted_, epoch, out); }
  /// False for an answer to nothing.
  bool durable(const EpochDurable& done) {
    if (!writing_ || done.accepted != next_accepted_ || done.current != next_current_) return false;
    writing_ = false;
    accepted_ = next_accepted_;
    current_ = next_current_;
    return true;
  }

  void hash_into(StateHash& hash) const {
    hash.add(static_cast<std::uint64_t>(accepted_.value));
    hash.add(static_cast<std::uint64_t>(current_.value));
    hash.add(std::uint64_t{writing_});
    if (!writing_) return;
    hash.add(static_cast<std::uint64_t>(next_accepted_.value));
    hash.add(static_cast<std::uint64_t>(next_current_.value));
  }

 private:
  Epoch accepted_, current_;
  bool writing_ = false;
  Epoch next_accepted_, next_current_;
};

}  // namespace vivarium
