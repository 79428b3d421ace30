// Proposals in zxid order, from being proposed to being applied, with the bytes that were logged.
//
// What decides that a proposal is committed is not here: this queue only holds, in order, what was proposed and hands
// out the front once it is released (zab/log_progress). Must never: have a gap between zxids of one epoch, or hand out
// a proposal twice. Invariants: Z4, Z7, Z17.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/fifo.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/wire/op_code.h"

namespace vivarium {

/// Who asked for a txn, and so who hears of it when it is applied.
struct ProposalOrigin {
  enum class Kind : std::uint8_t {
    kLocalChannel,  // a client connection of this server
    kInternal,      // this server itself: expiry, container and TTL removal, orphans
    kForwarded,     // a learner's client (ensembles)
  };
  Kind kind = Kind::kInternal;
  ChannelId channel;                // kLocalChannel
  ServerId learner;                 // kForwarded
  OpCode request = OpCode::kError;  // what was asked, which decides the form of the reply
  Xid xid;
  Instant arrived;  // for latency
};

struct Proposal {
  Zxid zxid;
  ProposalOrigin origin;
  std::uint64_t position = 0;  // of the encoded txn in the queue's bytes
  std::uint32_t size = 0;
};

class ProposalQueue {
 public:
  /// `zxid` must follow the last one pushed directly, or start a later epoch.
  void push(Zxid zxid, const ProposalOrigin& origin, std::string_view txn);
  bool empty() const { return proposals_.empty(); }
  std::size_t size() const { return proposals_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  const Proposal& front() const { return proposals_.front(); }
  const Proposal& operator[](std::size_t i) const { return proposals_[i]; }
  /// The encoded txn, as logged. Valid until the next push or pop.
  std::string_view txn(const Proposal& proposal) const { return bytes_.at(proposal.position, proposal.size); }
  void pop();
  /// Forgets what was never logged, or what was read again from the log.
  void clear();

  void hash_into(StateHash& hash) const;

 private:
  Fifo<Proposal> proposals_;
  ByteFifo bytes_;
};

}  // namespace vivarium
