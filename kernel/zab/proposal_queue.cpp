#include "kernel/zab/proposal_queue.h"

namespace vivarium {

void ProposalQueue::push(Zxid zxid, const ProposalOrigin& origin, std::string_view txn) {
  KASSERT(!txn.empty());
  KIMPLIES(!proposals_.empty(), zxid == proposals_.back().zxid.next() || zxid.epoch() > proposals_.back().zxid.epoch());
  const std::uint64_t position = bytes_.append(txn);
  proposals_.push_back(Proposal{zxid, origin, position, static_cast<std::uint32_t>(txn.size())});
}

void ProposalQueue::pop() {
  const Proposal& first = proposals_.front();
  bytes_.drop_until(first.position + first.size);
  proposals_.pop_front();
  KIMPLIES(proposals_.empty(), bytes_.size() == 0);
}

void ProposalQueue::clear() {
  while (!empty()) pop();
}

void ProposalQueue::hash_into(StateHash& hash) const {
  hash.add(proposals_.size());
  for (std::size_t i = 0; i < proposals_.size(); ++i) {
    const Proposal& p = proposals_[i];
    hash.add(static_cast<std::uint64_t>(p.zxid.value));
    hash.add(static_cast<std::uint64_t>(p.origin.kind));
    hash.add((std::uint64_t{p.origin.channel.slot} << 32) | p.origin.channel.generation);
    hash.add(static_cast<std::uint64_t>(p.origin.learner.value));
    hash.add(static_cast<std::uint64_t>(static_cast<std::int64_t>(p.origin.request)));
    hash.add(static_cast<std::uint64_t>(static_cast<std::int64_t>(p.origin.xid.value)));
    hash.add(static_cast<std::uint64_t>(p.origin.arrived.nanos));
    hash.add(txn(p));
  }
}

}  // namespace vivarium
