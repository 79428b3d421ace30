// What nodes will look like once every prepared txn is applied: a thin overlay over the tree (outstandingChanges).
//
// Holds only what later requests are judged by: existence, stored stat, child count, data length, ACL and node digest.
// Look-ups fall through to the tree. A record goes when the last txn that changed its node was applied; a failed multi
// is undone exactly (ZK-1624), from saved copies, never by recomputing. Also runs the tree digest ahead, so that each
// txn can carry the digest that the tree will have after it. Must never: be iterated by hash. Records are recycled, so
// that a write allocates nothing in steady state. Invariants: D4, D6.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {

class DataTree;
struct Znode;

/// A node as txns after the prepared ones will find it. Views are valid until the next change of tree or overlay.
struct FoundNode {
  bool exists = false;
  StatPersisted stat;
  std::uint32_t child_count = 0;
  std::uint32_t data_length = 0;
  AclBytes acl;
  // Where it was found, so that changing it does not search again.
  std::string_view path;
  std::uint64_t path_hash = 0;
  std::uint32_t record = UINT32_MAX;
  const Znode* node = nullptr;
};

class OutstandingChanges {
 public:
  FoundNode find(const DataTree& tree, std::string_view path) const;

  // ---- changes of the txn `zxid`; what makes them legal was checked by the caller --------------------------------
  struct Stamp {
    Zxid zxid;
    WallTime time;
  };
  void create(const DataTree& tree, const FoundNode& parent, const FoundNode& node, MaybeBytes data, AclBytes acl,
              std::int64_t ephemeral_owner, std::int32_t parent_cversion, Stamp stamp);
  void remove(const DataTree& tree, const FoundNode& parent, const FoundNode& node, Stamp stamp);
  void set_data(const DataTree& tree, const FoundNode& node, MaybeBytes data, std::int32_t version, Stamp stamp);
  void set_acl(const DataTree& tree, const FoundNode& node, AclBytes acl, std::int32_t aversion, Stamp stamp);
  void open_session(SessionId id, Zxid zxid);
  void close_session(SessionId id, Zxid zxid);

  /// The tree digest once everything pending is applied.
  std::uint64_t digest(const DataTree& tree) const;
  bool session_opening(SessionId id) const;
  bool session_closing(SessionId id) const;
  /// Appends the paths of nodes that `session` owns by pending creates. Views are valid until the next change.
  void append_created_ephemerals(SessionId session, Vector<std::string_view>& paths) const;

  // ---- undo, for a multi -----------------------------------------------------------------------------------------
  /// From here every change of nodes keeps what is needed to undo it, until keep() or undo().
  void begin_undoable();
  void keep();
  void undo();

  /// The txn `zxid` was applied to the tree.
  void applied(Zxid zxid);
  void clear();
  /// Changed nodes.
  std::size_t size() const { return live_; }
  void hash_into(StateHash& hash) const;

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct State {
    bool exists = false;
    bool counts_in_digest = false;
    StatPersisted stat;
    std::uint32_t child_count = 0;
    std::uint32_t data_length = 0;
    std::uint32_t content_crc = 0;  // CRC-32 over path and data: the part of the digest that stat changes keep
    std::uint32_t digest = 0;       // 0 when the node does not exist or does not count
    String acl;
  };
  struct Record {
    String path;
    State state;
    std::uint64_t path_hash = 0;
    Zxid last_change;            // the newest txn that changed the node; zero while unused
    std::uint32_t next = kNone;  // in its bucket, or among the free records
  };
  struct Change {
    Zxid zxid;
    std::uint32_t record;
  };
  struct Saved {
    std::uint32_t record;
    bool was_new;
    Zxid last_change;
    State state;
  };
  struct EphemeralCreate {
    Zxid zxid;
    SessionId session;
    std::uint32_t record;
  };
  struct SessionChange {
    Zxid opened, closed;  // zero: not pending
  };
  /// First in, first out, without giving memory back.
  template <class T>
  struct Queue {
    Vector<T> items;
    std::size_t head = 0;
    bool empty() const { return head == items.size(); }
    std::size_t size() const { return items.size() - head; }
    const T& front() const { return items[head]; }
    void push(const T& item) { items.push_back(item); }
    void pop() {
      if (++head == items.size()) {
        items.clear();
        head = 0;
      } else if (head >= 4096 && head * 2 >= items.size()) {
        items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(head));
        head = 0;
      }
    }
    void truncate(std::size_t size) { items.resize(head + size); }
  };

  std::uint32_t search(std::string_view path, std::uint64_t hash) const;
  std::uint32_t take_record(std::string_view path, std::uint64_t hash);
  void release_record(std::uint32_t index);
  void grow();
  /// Whether a change leaves the node's data alone; if not, the old data need not be read for its CRC.
  enum class Content { kStays, kGoes };
  /// The record of a node that is about to change, loaded from the tree when there was none.
  Record& edit(const DataTree& tree, const FoundNode& node, Content content, Zxid zxid);
  void load(const DataTree& tree, const FoundNode& node, Content content, Record& record) const;
  void set_content(const DataTree& tree, Record& record, MaybeBytes data) const;
  /// Recomputes the node's digest after a change and moves the tree digest with it.
  void redigest(Record& record);

  Vector<Record> records_;
  Vector<std::uint32_t> buckets_;  // a power of two; heads of chains
  std::uint32_t free_ = kNone;
  std::size_t live_ = 0;
  Queue<Change> changes_;
  Queue<EphemeralCreate> ephemeral_creates_;
  Map<SessionId, SessionChange> sessions_;
  Queue<std::pair<Zxid, SessionId>> session_changes_;
  std::uint64_t digest_ = 0;  // of the tree with all changes; meaningful while there are changes

  bool undoable_ = false;
  Vector<Saved> saved_;  // the first saved_count_ are in use
  std::size_t saved_count_ = 0;
  std::size_t changes_before_ = 0, ephemeral_creates_before_ = 0;
  std::uint64_t digest_before_ = 0;
};

}  // namespace vivarium
