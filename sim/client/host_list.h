// The servers that a client knows, in an order of its own (Apache's StaticHostProvider): shuffled once, then one after
// the other.
//
// After a failed attempt the next server is tried; after a connection that worked, the same one or the next, as the
// plan says.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/choice/stream.h"

namespace vivarium::sim {

class HostList {
 public:
  HostList(std::uint32_t servers, Stream draws) : draws_(draws) {
    for (std::uint32_t server = 0; server < servers; ++server) order_.push_back(server);
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[draws_.below(i)]);
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(order_.size()); }
  std::uint32_t current() const { return order_[at_]; }
  /// An attempt failed.
  void next() { at_ = (at_ + 1) % order_.size(); }
  /// A connection that had worked is over.
  void after_success(std::int64_t hop_percent) {
    if (order_.size() > 1 && draws_.below(100) < static_cast<std::uint64_t>(hop_percent)) next();
  }

 private:
  std::vector<std::uint32_t> order_;
  std::size_t at_ = 0;
  Stream draws_;
};

}  // namespace vivarium::sim
