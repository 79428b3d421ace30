// The ACL lists in use, each stored once (ReferenceCountedACLCache). A node holds a slot; snapshots hold ids.
//
// Ids count up from 1 and are never reused; the open ACL is id -1 (slot 0) and never in the table. Which id a list has
// depends on history and may differ between replicas, so ids are not part of the compared state.
// Must never: drop a list that a node refers to. Reference counts are exact: one per node.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/base/containers.h"
#include "kernel/base/types.h"
#include "kernel/tree/znode.h"

namespace vivarium {

class AclTable {
 public:
  /// The slot of this encoded list, with one reference more.
  AclSlot acquire(AclBytes acl);
  /// One reference more to a slot in use.
  void add_reference(AclSlot slot);
  /// One reference fewer; the last one drops the list.
  void release(AclSlot slot);

  /// Encoded list; valid until the next change.
  AclBytes bytes(AclSlot slot) const;
  /// Id for snapshots; kOpenAclId for slot 0.
  std::int64_t id(AclSlot slot) const;
  std::int64_t references(AclSlot slot) const;
  /// Lists stored, the open ACL not counted.
  std::size_t size() const { return by_id_.size(); }
  /// Calls visit(id, bytes) in id order: the ACL map of a snapshot.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [id, slot] : by_id_) visit(id, view(entries_[slot].bytes));
  }

  // ---- loading a snapshot -----------------------------------------------------------------------------------------
  /// An entry of the snapshot's ACL map, without references. A second entry with the same id replaces nothing.
  void load(std::int64_t id, AclBytes acl);
  /// The slot for an id of the snapshot; nullopt when its map lacks it.
  std::optional<AclSlot> slot_of_loaded(std::int64_t id) const;
  /// Drops lists that no node refers to.
  void end_load();

 private:
  struct Entry {
    std::int64_t id = 0;  // 0: free
    std::int64_t references = 0;
    String bytes;
  };
  AclSlot allocate(std::int64_t id, AclBytes acl);
  void drop(AclSlot slot);

  Vector<Entry> entries_;  // [0] is unused: the open ACL
  Vector<AclSlot> free_;
  Map<std::int64_t, AclSlot> by_id_;
  Map<String, AclSlot, BytesLess> by_bytes_;
  FlatSet<std::int64_t> loaded_open_ids_;  // ids under which a snapshot lists the open ACL
  std::int64_t last_id_ = 0;
};

}  // namespace vivarium
