// When the bytes that a connection holds back arrived, so that a request can be told how long it had to wait.
//
// Must never: say that bytes are older than they are.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernel/base/fifo.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"

namespace vivarium {

class Arrivals {
 public:
  /// `size` more bytes.
  void note(std::size_t size, Instant now) {
    if (size == 0) return;
    if (!pieces_.empty() && pieces_.back().when == now) {
      pieces_.back().size += size;
    } else {
      pieces_.push_back({size, now});
    }
  }
  /// All of them, `size` in number, begin to wait now: what they waited for so far was no throttle.
  void restart(std::size_t size, Instant now) {
    pieces_.clear();
    note(size, now);
  }
  /// Takes `size` bytes off the front; when the last of them arrived. What is not known arrived just now.
  Instant take(std::size_t size, Instant now) {
    Instant last = now;
    while (size > 0 && !pieces_.empty()) {
      Piece& first = pieces_.front();
      const std::size_t part = std::min(size, first.size);
      last = first.when;
      first.size -= part;
      size -= part;
      if (first.size == 0) pieces_.pop_front();
    }
    return size == 0 ? last : now;
  }

  std::size_t size() const {
    std::size_t size = 0;
    for (std::size_t i = 0; i < pieces_.size(); ++i) size += pieces_[i].size;
    return size;
  }

  void hash_into(StateHash& hash) const {
    hash.add(pieces_.size());
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      hash.add(pieces_[i].size);
      hash.add(static_cast<std::uint64_t>(pieces_[i].when.nanos));
    }
  }

 private:
  struct Piece {
    std::size_t size;
    Instant when;
  };
  Fifo<Piece> pieces_;
};

}  // namespace vivarium
