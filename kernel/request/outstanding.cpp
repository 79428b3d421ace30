// The overlay: a chained hash of recycled records, a queue that says when each may go, and saved copies for undo.
#include "kernel/request/outstanding.h"

#include "kernel/base/assert.h"
#include "kernel/base/bytes.h"
#include "kernel/tree/data_tree.h"

namespace vivarium {
namespace {

/// Completes a node digest from the CRC over path and data: the stat in DigestCalculator's order.
std::uint32_t digest_with_stat(std::uint32_t content_crc, const StatPersisted& s) {
  char bytes[60];
  store_big_endian(bytes, static_cast<std::uint64_t>(s.czxid.value));
  store_big_endian(bytes + 8, static_cast<std::uint64_t>(s.mzxid.value));
  store_big_endian(bytes + 16, static_cast<std::uint64_t>(s.pzxid.value));
  store_big_endian(bytes + 24, static_cast<std::uint64_t>(s.ctime.millis));
  store_big_endian(bytes + 32, static_cast<std::uint64_t>(s.mtime.millis));
  store_big_endian(bytes + 40, static_cast<std::uint32_t>(s.version));
  store_big_endian(bytes + 44, static_cast<std::uint32_t>(s.cversion));
  store_big_endian(bytes + 48, static_cast<std::uint32_t>(s.aversion));
  store_big_endian(bytes + 52, static_cast<std::uint64_t>(s.ephemeral_owner));
  return crc32({bytes, sizeof bytes}, content_crc);
}

std::uint32_t size_of(MaybeBytes data) { return data ? static_cast<std::uint32_t>(data->size()) : 0; }

}  // namespace

// ---- look-up -------------------------------------------------------------------------------------------------------

FoundNode OutstandingChanges::find(const DataTree& tree, std::string_view path) const {
  FoundNode found;
  found.path = path;
  found.path_hash = hash64(path);
  found.record = search(path, found.path_hash);
  if (found.record != kNone) {
    const State& state = records_[found.record].state;
    found.exists = state.exists;
    found.stat = state.stat;
    found.child_count = state.child_count;
    found.data_length = state.data_length;
    found.acl = view(state.acl);
    return found;
  }
  found.node = tree.find(path);
  if (found.node == nullptr) return found;
  found.exists = true;
  found.stat = tree.stat_persisted(*found.node);
  found.child_count = tree.child_count(*found.node);
  found.data_length = size_of(tree.data(*found.node));
  found.acl = tree.acl(*found.node);
  return found;
}

std::uint32_t OutstandingChanges::search(std::string_view path, std::uint64_t hash) const {
  if (live_ == 0) return kNone;
  std::uint32_t index = buckets_[hash & (buckets_.size() - 1)];
  while (index != kNone) {
    const Record& record = records_[index];
    if (record.path_hash == hash && view(record.path) == path) return index;
    index = record.next;
  }
  return kNone;
}

std::uint64_t OutstandingChanges::digest(const DataTree& tree) const {
  return changes_.empty() ? tree.digest() : digest_;
}

bool OutstandingChanges::session_opening(SessionId id) const {
  const auto it = sessions_.find(id);
  return it != sessions_.end() && it->second.opened != Zxid{};
}

bool OutstandingChanges::session_closing(SessionId id) const {
  const auto it = sessions_.find(id);
  return it != sessions_.end() && it->second.closed != Zxid{};
}

void OutstandingChanges::append_created_ephemerals(SessionId session, Vector<std::string_view>& paths) const {
  for (std::size_t i = ephemeral_creates_.head; i < ephemeral_creates_.items.size(); ++i) {
    const EphemeralCreate& created = ephemeral_creates_.items[i];
    if (created.session != session) continue;
    const Record& record = records_[created.record];
    // A later txn may have removed the node, or removed it and created another in its place.
    if (record.state.exists && record.state.stat.ephemeral_owner == session.value) paths.push_back(view(record.path));
  }
}

// ---- records -------------------------------------------------------------------------------------------------------

void OutstandingChanges::grow() {
  const std::size_t size = buckets_.empty() ? 64 : buckets_.size() * 2;
  buckets_.assign(size, kNone);
  for (std::uint32_t i = 0; i < records_.size(); ++i) {
    Record& record = records_[i];
    if (record.last_change == Zxid{}) continue;
    std::uint32_t& bucket = buckets_[record.path_hash & (size - 1)];
    record.next = bucket;
    bucket = i;
  }
}

std::uint32_t OutstandingChanges::take_record(std::string_view path, std::uint64_t hash) {
  if (live_ >= buckets_.size()) grow();
  std::uint32_t index = free_;
  if (index == kNone) {
    index = static_cast<std::uint32_t>(records_.size());
    records_.emplace_back();
  } else {
    free_ = records_[index].next;
  }
  Record& record = records_[index];
  KASSERT(record.last_change == Zxid{});
  record.path.assign(path.data(), path.size());
  record.path_hash = hash;
  std::uint32_t& bucket = buckets_[hash & (buckets_.size() - 1)];
  record.next = bucket;
  bucket = index;
  ++live_;
  return index;
}

void OutstandingChanges::release_record(std::uint32_t index) {
  Record& record = records_[index];
  KASSERT(record.last_change != Zxid{});
  std::uint32_t* link = &buckets_[record.path_hash & (buckets_.size() - 1)];
  while (*link != index) {
    KASSERT(*link != kNone);
    link = &records_[*link].next;
  }
  *link = record.next;
  record.next = free_;
  record.last_change = Zxid{};
  free_ = index;
  --live_;
}

void OutstandingChanges::load(const DataTree& tree, const FoundNode& node, Content content, Record& record) const {
  State& state = record.state;
  state.exists = node.exists;
  state.stat = node.stat;
  state.child_count = node.child_count;
  state.acl.assign(node.acl.data(), node.acl.size());
  state.counts_in_digest = tree.options().digest && counts_in_digest(node.path);
  state.digest = 0;
  if (!node.exists) return;
  KASSERT(node.node != nullptr);
  state.data_length = node.data_length;
  if (!state.counts_in_digest) return;
  state.digest = node.node->digest;
  if (content == Content::kGoes) return;
  set_content(tree, record, tree.data(*node.node));
  KASSERT(state.digest == digest_with_stat(state.content_crc, state.stat));
}

void OutstandingChanges::set_content(const DataTree& tree, Record& record, MaybeBytes data) const {
  State& state = record.state;
  state.data_length = size_of(data);
  KIMPLIES(state.counts_in_digest, tree.options().digest);
  if (!state.counts_in_digest) return;
  const std::string_view path = view(record.path) == "/" ? std::string_view{} : view(record.path);
  state.content_crc = crc32(data.value_or(std::string_view{}), crc32(path));
}

OutstandingChanges::Record& OutstandingChanges::edit(const DataTree& tree, const FoundNode& node, Content content,
                                                     Zxid zxid) {
  KASSERT(zxid > Zxid{});
  if (changes_.empty()) digest_ = tree.digest();
  const bool is_new = node.record == kNone;
  const std::uint32_t index = is_new ? take_record(node.path, node.path_hash) : node.record;
  Record& record = records_[index];
  KASSERT(view(record.path) == node.path);
  if (is_new) load(tree, node, content, record);
  if (undoable_) {
    if (saved_count_ == saved_.size()) saved_.emplace_back();
    Saved& saved = saved_[saved_count_++];
    saved.record = index;
    saved.was_new = is_new;
    saved.last_change = record.last_change;
    if (!is_new) saved.state = record.state;
  }
  KASSERT(record.last_change <= zxid);
  if (record.last_change != zxid) changes_.push(Change{zxid, index});
  record.last_change = zxid;
  return record;
}

void OutstandingChanges::redigest(Record& record) {
  State& state = record.state;
  if (!state.counts_in_digest) return;
  const std::uint32_t now = state.exists ? digest_with_stat(state.content_crc, state.stat) : 0;
  digest_ += std::uint64_t{now} - std::uint64_t{state.digest};
  state.digest = now;
}

// ---- changes -------------------------------------------------------------------------------------------------------

void OutstandingChanges::create(const DataTree& tree, const FoundNode& parent, const FoundNode& node, MaybeBytes data,
                                AclBytes acl, std::int64_t ephemeral_owner, std::int32_t parent_cversion, Stamp stamp) {
  KASSERT(parent.exists);
  KASSERT(!node.exists);
  {
    Record& record = edit(tree, parent, Content::kStays, stamp.zxid);
    ++record.state.child_count;
    // As the tree will do it: a counter that wrapped is not taken over.
    if (parent_cversion > record.state.stat.cversion) {
      record.state.stat.cversion = parent_cversion;
      record.state.stat.pzxid = stamp.zxid;
    }
    redigest(record);
  }
  Record& record = edit(tree, node, Content::kGoes, stamp.zxid);
  State& state = record.state;
  state.exists = true;
  state.stat = StatPersisted{};
  state.stat.czxid = state.stat.mzxid = state.stat.pzxid = stamp.zxid;
  state.stat.ctime = state.stat.mtime = stamp.time;
  state.stat.ephemeral_owner = ephemeral_owner;
  state.child_count = 0;
  state.acl.assign(acl.data(), acl.size());
  set_content(tree, record, data);
  redigest(record);
  if (tree.kind_of_owner(ephemeral_owner) == OwnerKind::kEphemeral) {
    const auto index = static_cast<std::uint32_t>(&record - records_.data());
    ephemeral_creates_.push(EphemeralCreate{stamp.zxid, SessionId{ephemeral_owner}, index});
  }
}

void OutstandingChanges::remove(const DataTree& tree, const FoundNode& parent, const FoundNode& node, Stamp stamp) {
  KASSERT(parent.exists);
  KASSERT(node.exists);
  {
    Record& record = edit(tree, parent, Content::kStays, stamp.zxid);
    KASSERT(record.state.child_count > 0);
    --record.state.child_count;
    if (record.state.stat.pzxid < stamp.zxid) record.state.stat.pzxid = stamp.zxid;
    redigest(record);
  }
  Record& record = edit(tree, node, Content::kGoes, stamp.zxid);
  record.state.exists = false;
  redigest(record);
}

void OutstandingChanges::set_data(const DataTree& tree, const FoundNode& node, MaybeBytes data, std::int32_t version,
                                  Stamp stamp) {
  KASSERT(node.exists);
  Record& record = edit(tree, node, Content::kGoes, stamp.zxid);
  record.state.stat.version = version;
  record.state.stat.mtime = stamp.time;
  record.state.stat.mzxid = stamp.zxid;
  set_content(tree, record, data);
  redigest(record);
}

void OutstandingChanges::set_acl(const DataTree& tree, const FoundNode& node, AclBytes acl, std::int32_t aversion,
                                 Stamp stamp) {
  KASSERT(node.exists);
  Record& record = edit(tree, node, Content::kStays, stamp.zxid);
  record.state.stat.aversion = aversion;
  record.state.acl.assign(acl.data(), acl.size());
  redigest(record);
}

void OutstandingChanges::open_session(SessionId id, Zxid zxid) {
  KASSERT(!undoable_);
  sessions_[id].opened = zxid;
  session_changes_.push({zxid, id});
}

void OutstandingChanges::close_session(SessionId id, Zxid zxid) {
  KASSERT(!undoable_);
  sessions_[id].closed = zxid;
  session_changes_.push({zxid, id});
}

// ---- undo, and the end of a change ---------------------------------------------------------------------------------

void OutstandingChanges::begin_undoable() {
  KASSERT(!undoable_);
  undoable_ = true;
  saved_count_ = 0;
  changes_before_ = changes_.size();
  ephemeral_creates_before_ = ephemeral_creates_.size();
  digest_before_ = digest_;
}

void OutstandingChanges::keep() {
  KASSERT(undoable_);
  undoable_ = false;
}

void OutstandingChanges::undo() {
  KASSERT(undoable_);
  undoable_ = false;
  while (saved_count_ > 0) {
    const Saved& saved = saved_[--saved_count_];
    if (saved.was_new) {
      release_record(saved.record);
    } else {
      records_[saved.record].state = saved.state;
      records_[saved.record].last_change = saved.last_change;
    }
  }
  changes_.truncate(changes_before_);
  ephemeral_creates_.truncate(ephemeral_creates_before_);
  digest_ = digest_before_;
}

void OutstandingChanges::applied(Zxid zxid) {
  KASSERT(!undoable_);
  while (!ephemeral_creates_.empty() && ephemeral_creates_.front().zxid <= zxid) ephemeral_creates_.pop();
  while (!changes_.empty() && changes_.front().zxid <= zxid) {
    const Change change = changes_.front();
    changes_.pop();
    if (records_[change.record].last_change == change.zxid) release_record(change.record);
  }
  while (!session_changes_.empty() && session_changes_.front().first <= zxid) {
    const auto it = sessions_.find(session_changes_.front().second);
    session_changes_.pop();
    if (it == sessions_.end()) continue;
    if (it->second.opened <= zxid) it->second.opened = Zxid{};
    if (it->second.closed <= zxid) it->second.closed = Zxid{};
    if (it->second.opened == Zxid{} && it->second.closed == Zxid{}) sessions_.erase(it);
  }
  KIMPLIES(changes_.empty(), live_ == 0);
}

void OutstandingChanges::clear() { *this = OutstandingChanges{}; }

void OutstandingChanges::hash_into(StateHash& hash) const {
  for (std::size_t i = changes_.head; i < changes_.items.size(); ++i) {
    const Change& change = changes_.items[i];
    const Record& record = records_[change.record];
    hash.add(static_cast<std::uint64_t>(change.zxid.value));
    hash.add(view(record.path));
    hash.add(static_cast<std::uint64_t>(record.last_change.value));
    hash.add(std::uint64_t{record.state.exists});
    hash.add(std::uint64_t{digest_with_stat(record.state.content_crc, record.state.stat)});
    hash.add(std::uint64_t{record.state.child_count});
    hash.add(std::uint64_t{record.state.data_length});
    hash.add(view(record.state.acl));
  }
  for (const auto& [id, change] : sessions_) {
    hash.add(static_cast<std::uint64_t>(id.value));
    hash.add(static_cast<std::uint64_t>(change.opened.value));
    hash.add(static_cast<std::uint64_t>(change.closed.value));
  }
  if (!changes_.empty()) hash.add(digest_);
}

}  // namespace vivarium
