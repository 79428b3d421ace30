// A storage lane's queue: effects copied out of the kernel's arena until the lane gets to them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/storage/store.h"
#include "kernel/effect.h"

namespace vivarium::sim {

class LaneQueue {
 public:
  bool empty() const { return queued_.empty(); }
  void clear() {
    queued_.clear();
    arena_.clear();
  }
  void push(EffectKind kind, Zxid zxid, std::int64_t argument, std::string_view payload, ChannelId channel = {}) {
    queued_.push_back({kind, zxid, argument, channel, arena_.size(), payload.size()});
    arena_.append(payload);
  }
  /// Everything queued, in order; the queue is empty afterwards. Views are valid until the next call of take.
  const std::vector<StorageOp>& take() {
    taken_.clear();
    taken_arena_.swap(arena_);
    arena_.clear();
    for (const Queued& op : queued_) {
      taken_.push_back(
          {op.kind, op.zxid, op.argument, std::string_view(taken_arena_).substr(op.offset, op.size), op.channel});
    }
    queued_.clear();
    return taken_;
  }

 private:
  struct Queued {
    EffectKind kind;
    Zxid zxid;
    std::int64_t argument;
    ChannelId channel;
    std::size_t offset, size;
  };
  std::vector<Queued> queued_;
  std::string arena_, taken_arena_;
  std::vector<StorageOp> taken_;
};

}  // namespace vivarium::sim
