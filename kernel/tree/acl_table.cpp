// Slots, ids and reference counts of ACL lists.
#include "kernel/tree/acl_table.h"

#include "kernel/base/assert.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {

AclSlot AclTable::acquire(AclBytes acl) {
  if (acl == open_acl()) return kOpenAclSlot;
  const auto known = by_bytes_.find(acl);
  const AclSlot slot = known != by_bytes_.end() ? known->second : allocate(last_id_ + 1, acl);
  ++entries_[slot].references;
  return slot;
}

void AclTable::add_reference(AclSlot slot) {
  if (slot == kOpenAclSlot) return;
  KASSERT(entries_[slot].id != 0);
  ++entries_[slot].references;
}

void AclTable::release(AclSlot slot) {
  if (slot == kOpenAclSlot) return;
  KASSERT(entries_[slot].references > 0);
  if (--entries_[slot].references == 0) drop(slot);
}

AclBytes AclTable::bytes(AclSlot slot) const {
  if (slot == kOpenAclSlot) return open_acl();
  KASSERT(entries_[slot].id != 0);
  return view(entries_[slot].bytes);
}

std::int64_t AclTable::id(AclSlot slot) const {
  if (slot == kOpenAclSlot) return kOpenAclId;
  KASSERT(entries_[slot].id != 0);
  return entries_[slot].id;
}

std::int64_t AclTable::references(AclSlot slot) const { return slot == kOpenAclSlot ? 0 : entries_[slot].references; }

AclSlot AclTable::allocate(std::int64_t id, AclBytes acl) {
  KASSERT(id > 0);
  if (entries_.empty()) entries_.emplace_back();
  AclSlot slot;
  if (free_.empty()) {
    slot = static_cast<AclSlot>(entries_.size());
    entries_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  entries_[slot].id = id;
  entries_[slot].bytes = to_string(acl);
  if (id > last_id_) last_id_ = id;
  by_id_.emplace(id, slot);
  by_bytes_.emplace(to_string(acl), slot);  // keeps the first slot when a snapshot lists an ACL twice
  return slot;
}

void AclTable::drop(AclSlot slot) {
  Entry& entry = entries_[slot];
  by_id_.erase(entry.id);
  const auto same_bytes = by_bytes_.find(entry.bytes);
  if (same_bytes != by_bytes_.end() && same_bytes->second == slot) by_bytes_.erase(same_bytes);
  entry = Entry{};
  free_.push_back(slot);
}

void AclTable::load(std::int64_t id, AclBytes acl) {
  if (id <= 0 || by_id_.find(id) != by_id_.end()) return;
  if (acl == open_acl()) {
    loaded_open_ids_.insert(id);
    if (id > last_id_) last_id_ = id;
    return;
  }
  allocate(id, acl);
}

std::optional<AclSlot> AclTable::slot_of_loaded(std::int64_t id) const {
  if (id == kOpenAclId || loaded_open_ids_.find(id) != loaded_open_ids_.end()) return kOpenAclSlot;
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return std::nullopt;
  return known->second;
}

void AclTable::end_load() {
  loaded_open_ids_.clear();
  for (AclSlot slot = 1; slot < entries_.size(); ++slot) {
    if (entries_[slot].id != 0 && entries_[slot].references == 0) drop(slot);
  }
}

}  // namespace vivarium
