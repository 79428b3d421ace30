// Bucketed deadlines; see the header.
#include "kernel/session/expiry_queue.h"

namespace vivarium {

void ExpiryQueue::schedule(Slot slot, Instant at) {
  KASSERT(slot != kNone);
  const std::int64_t bucket = bucket_of(at);
  if (slot < nodes_.size() && nodes_[slot].bucket == bucket) return;
  cancel(slot);
  if (slot >= nodes_.size()) nodes_.resize(std::size_t{slot} + 1);
  Node& node = nodes_[slot];
  const auto [head, is_new] = heads_.try_emplace(bucket, slot);
  node = Node{bucket, kNone, is_new ? kNone : head->second};
  if (!is_new) {
    KASSERT(nodes_[node.next].previous == kNone);
    nodes_[node.next].previous = slot;
    head->second = slot;
  }
}

void ExpiryQueue::cancel(Slot slot) {
  if (!contains(slot)) return;
  const Node node = nodes_[slot];
  nodes_[slot] = Node{};
  if (node.next != kNone) {
    KASSERT(nodes_[node.next].previous == slot);
    nodes_[node.next].previous = node.previous;
  }
  if (node.previous != kNone) {
    KASSERT(nodes_[node.previous].next == slot);
    nodes_[node.previous].next = node.next;
    return;
  }
  const auto head = heads_.find(node.bucket);
  KASSERT(head != heads_.end());
  KASSERT(head->second == slot);
  if (node.next == kNone) {
    heads_.erase(head);
  } else {
    head->second = node.next;
  }
}

void ExpiryQueue::clear() {
  nodes_.clear();
  heads_.clear();
}

Instant ExpiryQueue::deadline(Slot slot) const {
  return contains(slot) ? bucket_deadline(nodes_[slot].bucket) : Instant::never();
}

Instant ExpiryQueue::next_deadline() const {
  return heads_.empty() ? Instant::never() : bucket_deadline(heads_.begin()->first);
}

bool ExpiryQueue::pop_due(Instant now, Vector<Slot>& slots) {
  if (next_deadline() > now || heads_.empty()) return false;
  const auto first = heads_.begin();
  for (Slot slot = first->second; slot != kNone;) {
    KASSERT(nodes_[slot].bucket == first->first);
    slots.push_back(slot);
    const Slot next = nodes_[slot].next;
    nodes_[slot] = Node{};
    slot = next;
  }
  heads_.erase(first);
  return true;
}

}  // namespace vivarium
