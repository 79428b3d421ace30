// Applying a txn: the tree and session changes of each kind, their results, and the events they cause.
#include "kernel/request/apply.h"

#include <variant>

#include "kernel/base/assert.h"
#include "kernel/base/limits.h"
#include "kernel/base/slice.h"
#include "kernel/session/session_table.h"
#include "kernel/tree/data_tree.h"
#include "kernel/tree/path.h"

namespace vivarium {

// ---- the outcome ---------------------------------------------------------------------------------------------------

void ApplyOutcome::clear() {
  error = ErrorCode::kOk;
  digest_matches = true;
  results.clear();
  events_.clear();
  arena_.clear();
}

void ApplyOutcome::add_event(EventType type, std::string_view path, AclBytes acl) {
  const auto offset = static_cast<std::uint32_t>(arena_.size());
  arena_.insert(arena_.end(), path.data(), path.data() + path.size());
  arena_.insert(arena_.end(), acl.data(), acl.data() + acl.size());
  events_.push_back({type, offset, static_cast<std::uint32_t>(path.size()), static_cast<std::uint32_t>(acl.size())});
}

TreeEvent ApplyOutcome::event(std::size_t index) const {
  KASSERT(index < events_.size());
  const StoredEvent& e = events_[index];
  const std::string_view bytes(arena_.data() + e.path_offset, std::size_t{e.path_size} + e.acl_size);
  return TreeEvent{e.type, slice(bytes, 0, e.path_size), slice(bytes, e.path_size)};
}

void ApplyOutcome::drop_events_after(std::size_t count) {
  KASSERT(count <= events_.size());
  events_.resize(count);
}

namespace {

class Application {
 public:
  Application(DataTree& tree, SessionTable& sessions, const TxnHeader& header, ApplyOutcome& outcome)
      : tree_(tree), sessions_(sessions), header_(header), outcome_(outcome) {}

  /// `type` is the txn's, or the sub-txn's inside a multi.
  OpResult run(OpCode type, const TxnBody& body);
  void run_multi(const MultiTxn& multi);

 private:
  OpResult create(const CreateTxn& txn);
  ErrorCode remove(std::string_view path);
  OpResult set_data(OpCode type, const SetDataTxn& txn);
  OpResult set_acl(const SetAclTxn& txn);
  void close_session(const CloseSessionTxn& txn);

  void stat_into(OpResult& result);

  DataTree& tree_;
  SessionTable& sessions_;
  const TxnHeader& header_;
  ApplyOutcome& outcome_;
};

// ---- one operation -------------------------------------------------------------------------------------------------

OpResult Application::run(OpCode type, const TxnBody& body) {
  if (const auto* txn = std::get_if<CreateTxn>(&body)) return create(*txn);
  if (const auto* txn = std::get_if<DeleteTxn>(&body)) return OpResult{type, remove(txn->path), txn->path, {}};
  if (const auto* txn = std::get_if<SetDataTxn>(&body)) return set_data(type, *txn);
  if (const auto* txn = std::get_if<SetAclTxn>(&body)) return set_acl(*txn);
  if (const auto* txn = std::get_if<CheckTxn>(&body)) return OpResult{type, ErrorCode::kOk, txn->path, {}};
  if (const auto* txn = std::get_if<ErrorTxn>(&body)) return OpResult{OpCode::kError, txn->error, {}, {}};
  if (const auto* txn = std::get_if<CreateSessionTxn>(&body)) {
    sessions_.add(header_.client_id, txn->timeout_ms);
  } else if (const auto* close = std::get_if<CloseSessionTxn>(&body)) {
    close_session(*close);
  }
  return OpResult{type, ErrorCode::kOk, {}, {}};
}

/// Apache throws while applying such a txn, on every server and at every restart (protocol.md section 3).
bool has_legal_ttl(const CreateTxn& txn) {
  return txn.kind != OpCode::kCreateTtl || (txn.ttl_ms >= 1 && txn.ttl_ms <= limits::kMaxTtl);
}

std::int64_t owner_of(const CreateTxn& txn, SessionId client) {
  if (txn.kind == OpCode::kCreateContainer) return kContainerOwner;
  if (txn.kind == OpCode::kCreateTtl) return ttl_owner(txn.ttl_ms);
  return txn.ephemeral ? client.value : 0;
}

OpResult Application::create(const CreateTxn& txn) {
  OpResult result{txn.kind, ErrorCode::kOk, txn.path, {}};
  if (!has_legal_ttl(txn)) {
    result.error = ErrorCode::kBadArguments;
    return result;
  }
  // Only replay meets a node that exists already; for plain creates it must still raise the parent's counters.
  const bool raise_parent = txn.kind == OpCode::kCreate;
  result.error = tree_.create(txn.path, txn.data, txn.acl, owner_of(txn, header_.client_id), txn.parent_cversion,
                              header_.zxid, header_.time, raise_parent);
  if (result.error != ErrorCode::kOk) return result;
  if (txn.kind != OpCode::kCreate) stat_into(result);
  if (outcome_.want_events) {
    const std::string_view parent = parent_path(txn.path);
    const Znode* parent_node = tree_.find(parent);
    KASSERT(parent_node != nullptr);
    outcome_.add_event(EventType::kNodeCreated, txn.path, txn.acl);
    outcome_.add_event(EventType::kNodeChildrenChanged, parent, tree_.acl(*parent_node));
  }
  return result;
}

ErrorCode Application::remove(std::string_view path) {
  const Znode* node = outcome_.want_events ? tree_.find(path) : nullptr;
  // The events come after the change but carry the ACL of before it.
  const std::size_t events_before = outcome_.event_count();
  if (node != nullptr) outcome_.add_event(EventType::kNodeDeleted, path, tree_.acl(*node));
  const ErrorCode error = tree_.remove(path, header_.zxid);
  if (node == nullptr) return error;
  if (error != ErrorCode::kOk) {
    outcome_.drop_events_after(events_before);
    return error;
  }
  const std::string_view parent = parent_path(path);
  const Znode* parent_node = tree_.find(parent);
  KASSERT(parent_node != nullptr);
  outcome_.add_event(EventType::kNodeChildrenChanged, parent, tree_.acl(*parent_node));
  return error;
}

OpResult Application::set_data(OpCode type, const SetDataTxn& txn) {
  OpResult result{type, ErrorCode::kOk, txn.path, {}};
  result.error = tree_.set_data(txn.path, txn.data, txn.version, header_.zxid, header_.time);
  if (result.error != ErrorCode::kOk) return result;
  const Znode* node = tree_.find(txn.path);
  KASSERT(node != nullptr);
  result.stat = tree_.stat(*node);
  if (outcome_.want_events) outcome_.add_event(EventType::kNodeDataChanged, txn.path, tree_.acl(*node));
  return result;
}

OpResult Application::set_acl(const SetAclTxn& txn) {
  OpResult result{OpCode::kSetAcl, ErrorCode::kOk, txn.path, {}};
  result.error = tree_.set_acl(txn.path, txn.acl, txn.version);
  if (result.error == ErrorCode::kOk) stat_into(result);
  return result;
}

void Application::stat_into(OpResult& result) {
  const Znode* node = tree_.find(result.path);
  KASSERT(node != nullptr);
  result.stat = tree_.stat(*node);
}

void Application::close_session(const CloseSessionTxn& txn) {
  // The list first, then whatever else the session holds: the list keeps replay over a fuzzy snapshot exact
  // (ZK-3145), the rest keeps a session without ephemerals after it is gone (E4).
  if (txn.paths) {
    for (StringVectorReader paths(*txn.paths); !paths.done();) remove(paths.next());
  }
  if (const Ephemerals::Paths* held = tree_.ephemerals().paths(header_.client_id)) {
    const Ephemerals::Paths rest = *held;  // removing changes the index
    for (const String& path : rest) remove(view(path));
  }
  KASSERT(tree_.ephemerals().paths(header_.client_id) == nullptr);
  sessions_.remove(header_.client_id);
}

// ---- multi ---------------------------------------------------------------------------------------------------------

/// Whether the txn records a failure, or holds a create that must not be applied; decided before the first operation
/// runs, so that a multi is all or nothing (D4).
bool has_failed(const MultiTxn& multi) {
  for (MultiTxnReader reader(multi); !reader.done();) {
    const auto operation = reader.next();
    KASSERT(operation.has_value());
    if (operation->type == OpCode::kError) return true;
    const auto body = decode_sub_txn(operation->type, operation->body);
    const auto* create = std::get_if<CreateTxn>(&body.value());
    if (create != nullptr && !has_legal_ttl(*create)) return true;
  }
  return false;
}

/// The result of one operation of a failed multi: its own error where the txn records one.
OpResult failed_result(const TxnBody& body, bool after_failure) {
  OpResult result;
  if (const auto* recorded = std::get_if<ErrorTxn>(&body)) {
    result.error = recorded->error;
  } else if (after_failure) {
    result.error = ErrorCode::kRuntimeInconsistency;
  } else if (const auto* create = std::get_if<CreateTxn>(&body); create != nullptr && !has_legal_ttl(*create)) {
    result.error = ErrorCode::kBadArguments;
  }
  return result;
}

// decode_txn has checked the operations, so nothing here can fail to decode.
void Application::run_multi(const MultiTxn& multi) {
  const bool failed = has_failed(multi);
  for (MultiTxnReader reader(multi); !reader.done();) {
    const auto operation = reader.next();
    KASSERT(operation.has_value());
    const auto body = decode_sub_txn(operation->type, operation->body);
    const bool after_failure = outcome_.error != ErrorCode::kOk;
    const OpResult result = failed ? failed_result(*body, after_failure) : run(operation->type, *body);
    outcome_.results.push_back(result);
    if (result.error != ErrorCode::kOk && !after_failure) outcome_.error = result.error;
  }
}

}  // namespace

void apply(DataTree& tree, SessionTable& sessions, const Txn& txn, ApplyOutcome& outcome) {
  outcome.clear();
  Application application(tree, sessions, txn.header, outcome);
  if (const auto* multi = std::get_if<MultiTxn>(&txn.body)) {
    application.run_multi(*multi);
  } else {
    const OpResult result = application.run(txn.header.type, txn.body);
    outcome.results.push_back(result);
    outcome.error = result.error;
  }
  // Last: whoever sees this zxid sees the whole txn (D4, ZK-3127).
  tree.advance(txn.header.zxid);
  if (txn.digest && txn.digest->version == TxnDigest{}.version && tree.options().digest) {
    outcome.digest_matches = txn.digest->tree_digest == tree.digest();
  }
}

}  // namespace vivarium
