// The oracle's pass; see oracle.h. Replies and events are judged in oracle_judge.cpp.
#include "sim/check/oracle.h"

#include <algorithm>

#include "sim/check/laws.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {

std::string client_address(std::uint32_t client) { return text("10.0.0.", client + 1); }
std::string user_name(std::uint8_t user) { return user == 0 ? std::string() : text("u", user); }

Oracle::Oracle(const OracleOptions& options, History& history, const TxnBook& book)
    : options_(options), history_(history), book_(book), model_(options.model) {}

void Oracle::advance(Zxid last) {
  KASSERT(last >= model_.zxid());
  check_connections();
  index_operations();
  collect_items(last);
  const auto judge_up_to_now = [this] {
    while (next_item_ < order_.size() && order_[next_item_].zxid <= model_.zxid()) {
      judge(history_.items[order_[next_item_++].item]);
    }
  };
  judge_up_to_now();
  while (model_.zxid() < last) {
    if (place_ == book_.committed_count()) {
      fail(laws::kDurability,
           text(hex(last.value), " is called final, but committed is only ", hex(model_.zxid().value)));
    }
    apply_entry(book_.committed(++place_));
    tell_watchers();
    judge_up_to_now();
  }
  KASSERT(next_item_ == order_.size());
  watchers_.clear();
}

void Oracle::check_connections() {
  for (; connections_checked_ < history_.connections.size(); ++connections_checked_) {
    const ConnectionRecord& record = history_.connections[connections_checked_];
    if (!record.fresh) continue;
    // The top byte of a session id is the server that gave it out: two servers can never give out the same.
    const std::int64_t giver = record.session.value >> 56 & 0xff;
    if (giver == record.server + 1) continue;
    fail(laws::kSessionId,
         text("s", record.server + 1, " gave c", record.client + 1, " session ", hex(record.session.value)));
  }
}

void Oracle::index_operations() {
  for (; operations_indexed_ < history_.operations.size(); ++operations_indexed_) {
    const Operation& op = history_.operations[operations_indexed_];
    if (op.xid.value <= 0) continue;
    Session& session = sessions_[history_.connections[op.connection].session.value];
    if (static_cast<std::size_t>(op.xid.value) != session.operations.size() + 1) {
      fail("simulator", text("xid ", op.xid.value, " out of order in the history"));
    }
    session.operations.push_back(static_cast<std::uint32_t>(operations_indexed_));
  }
}

void Oracle::check_arrival_order() {
  for (std::size_t i = items_taken_; i < history_.items.size(); ++i) {
    const Item& item = history_.items[i];
    if (item.zxid.value <= 0) continue;
    // A client shows every server the highest zxid that it has seen, whichever session it is in.
    Zxid& last = client_zxids_[history_.connections[item.connection].client];
    if (item.zxid < last) fail(laws::kZxidBack, text(describe(item), " after zxid ", hex(last.value)));
    last = item.zxid;
  }
}

void Oracle::collect_items(Zxid last) {
  check_arrival_order();
  order_.clear();
  next_item_ = 0;
  // An item without a zxid of its own (events made by setWatches, auth replies) belongs to the next one of its
  // connection.
  std::map<std::uint32_t, Zxid> next_zxid;
  for (std::size_t i = history_.items.size(); i > items_taken_; --i) {
    const Item& item = history_.items[i - 1];
    Zxid key = item.zxid;
    if (key.value <= 0 && !(item.operation != kNoOperation && history_.operations[item.operation].xid.value > 0)) {
      const auto next = next_zxid.find(item.connection);
      if (next == next_zxid.end()) continue;  // nothing followed: it cannot be judged
      key = next->second;
    }
    next_zxid[item.connection] = key;
    if (key > last) {
      fail(laws::kDurability, text(describe(item), ", but the log that survived ends at ", hex(last.value)));
    }
    const TxnIndex txn = book_.find(key);
    if (txn == kNoTxn || book_[txn].place == kUncommitted) {
      fail(laws::kDurability, text(describe(item), ", but no such txn was committed"));
    }
    ++watchers_[item.connection].items_left;
    order_.push_back({key, static_cast<std::uint32_t>(i - 1)});
  }
  items_taken_ = history_.items.size();
  std::reverse(order_.begin(), order_.end());
  std::stable_sort(order_.begin(), order_.end(), [](const Keyed& a, const Keyed& b) { return a.zxid < b.zxid; });
}

ModelIdentity Oracle::identity(const ConnectionRecord& connection) const {
  return {connection.session, client_address(connection.client), user_name(connection.user)};
}

void Oracle::apply_entry(TxnIndex index) {
  const TxnBook::Entry& entry = book_[index];
  const std::string_view bytes = book_.bytes(index);
  const auto decoded = decode_txn(bytes);
  if (!decoded.ok())
    fail(laws::kTxn, text("txn ", hex(entry.zxid.value), " does not decode: ", txn_error_name(decoded.error())));
  const Txn& txn = *decoded;
  if (txn.header.zxid != entry.zxid)
    fail(laws::kTxn, text("txn ", hex(entry.zxid.value), " calls itself ", hex(txn.header.zxid.value)));
  if (txn.header.time.millis != entry.wall_ms) {
    fail(laws::kTime,
         text("txn ", hex(entry.zxid.value), " is stamped ", txn.header.time.millis, " at wall time ", entry.wall_ms));
  }
  last_write_ = kNoOperation;
  last_result_ = nullptr;
  switch (txn.header.type) {
    case OpCode::kCreateSession: {
      Session& session = sessions_[txn.header.client_id.value];
      if (session.created)
        fail(laws::kSessionId, text("session ", hex(txn.header.client_id.value), " is created twice"));
      session.created = true;
      const auto* body = std::get_if<CreateSessionTxn>(&txn.body);
      model_.create_session(txn.header.client_id, body == nullptr ? 0 : body->timeout_ms, entry.zxid);
      break;
    }
    case OpCode::kCloseSession:
      apply_close(txn);
      break;
    case OpCode::kDeleteContainer: {
      const auto* body = std::get_if<DeleteTxn>(&txn.body);
      const std::string path(body == nullptr ? std::string_view{} : body->path);
      const ModelNode* node = model_.tree().find(path);
      const std::string was = node == nullptr ? std::string("not there")
                                              : text("owner ", hex(node->owner), ", changed at ", node->mtime.millis,
                                                     ", children ", model_.tree().children(path).size());
      if (txn.header.client_id.value != 0 || !model_.delete_container(path, entry.zxid, txn.header.time)) {
        fail(laws::kContainer,
             text("txn ", hex(entry.zxid.value), " removes ", quoted(path), " at ", txn.header.time.millis, ": ", was));
      }
      break;
    }
    default:
      if (txn.header.type == OpCode::kError && txn.header.client_id.value == 0) {
        model_.skip(entry.zxid);  // a container that changed between the scan and its turn
        break;
      }
      if (!refuse_client_write(txn)) apply_client_write(txn, index);
  }
  check_digest(txn);
}

namespace {

/// The error of a refused request; of a multi, that of its first operation.
ErrorCode refusal(const Txn& txn) {
  if (const auto* error = std::get_if<ErrorTxn>(&txn.body)) return error->error;
  const auto* multi = std::get_if<MultiTxn>(&txn.body);
  if (multi == nullptr) return ErrorCode::kOk;
  // Nothing to do, so nobody asked whether the session lives: as good as refused.
  if (multi->count == 0) return ErrorCode::kSessionExpired;
  MultiTxnReader reader(*multi);
  const auto first = reader.next();
  if (!first || first->type != OpCode::kError) return ErrorCode::kOk;
  const auto body = decode_sub_txn(first->type, first->body);
  const auto* error = body.ok() ? std::get_if<ErrorTxn>(&*body) : nullptr;
  return error == nullptr ? ErrorCode::kOk : error->error;
}

}  // namespace

/// The leader took another server for the session's, or the session was closed through another one: the request is
/// refused for ever. A word of an earlier connection may reach the leader after that of a later one, so it is enough
/// that the client was ever elsewhere.
bool Oracle::refuse_client_write(const Txn& txn) {
  const ErrorCode error = refusal(txn);
  const bool moved = error == ErrorCode::kSessionMoved;
  // What the request itself forbids is said before anybody asks for its session.
  const bool forbidden = error == ErrorCode::kUnimplemented || error == ErrorCode::kBadArguments;
  const bool belated =
      (error == ErrorCode::kSessionExpired || forbidden) && sessions_[txn.header.client_id.value].closed;
  if (!moved && !belated) return false;
  Operation& op = history_.operations[find_operation(txn)];
  const ConnectionRecord& asked = history_.connections[op.connection];
  bool elsewhere = false;
  for (const ConnectionRecord& other : history_.connections) {
    elsewhere |= other.session == asked.session && other.server != asked.server;
  }
  if (belated && (!options_.ensemble || !elsewhere)) return false;  // judged like any other answer
  if (!options_.ensemble || op.executed || !elsewhere) {
    fail(laws::kTxn,
         text("txn ", hex(txn.header.zxid.value), " says that the session had moved or ended before ", describe(op)));
  }
  op.executed = true;  // never again
  model_.skip(txn.header.zxid);
  return true;
}

std::uint32_t Oracle::find_operation(const Txn& txn) const {
  const auto found = sessions_.find(txn.header.client_id.value);
  const std::int32_t xid = txn.header.cxid.value;
  if (found == sessions_.end() || xid < 1 || static_cast<std::size_t>(xid) > found->second.operations.size()) {
    fail(laws::kPhantom, text(describe(txn), " belongs to no request"));
  }
  return found->second.operations[static_cast<std::size_t>(xid) - 1];
}

std::uint32_t Oracle::take_operation(const Txn& txn) {
  const std::uint32_t index = find_operation(txn);
  const std::int32_t xid = txn.header.cxid.value;
  const std::string name = describe(txn);
  Session& session = sessions_[txn.header.client_id.value];
  Operation& op = history_.operations[index];
  if (op.executed) fail(laws::kFifo, text(name, " executes ", describe(op), " a second time"));
  if (!is_write(op.type)) fail(laws::kPhantom, text(name, " makes a write of ", describe(op)));
  // Writes of one connection take effect without gap and in order; an older connection's leftovers never follow.
  for (std::uint32_t place = session.writes_done; place + 1 < static_cast<std::uint32_t>(xid); ++place) {
    const Operation& skipped = history_.operations[session.operations[place]];
    if (!skipped.executed && skipped.connection == op.connection && is_write(skipped.type)) {
      fail(laws::kFifo, text(name, " executes ", describe(op), " before ", describe(skipped)));
    }
  }
  if (static_cast<std::uint32_t>(xid) <= session.writes_done) {
    fail(laws::kFifo, text(name, " executes ", describe(op), " after a later write of its session"));
  }
  session.writes_done = static_cast<std::uint32_t>(xid);
  op.executed = true;
  if (op.floor >= txn.header.zxid) {
    fail(laws::kRealTime,
         text(name, " takes effect before ", hex(op.floor.value), ", which was seen before it was sent"));
  }
  return index;
}

void Oracle::apply_client_write(const Txn& txn, TxnIndex entry) {
  const std::uint32_t index = take_operation(txn);
  const Operation& op = history_.operations[index];
  const ModelIdentity who = identity(history_.connections[op.connection]);
  const ModelWrite& expected = model_.write(op.type, history_.bytes(op.body), who, txn.header.zxid, txn.header.time);
  std::string_view body = book_.bytes(entry).substr(32);
  if (txn.digest) body.remove_suffix(12);
  check_txn(txn, expected, body, op);
  last_write_ = index;
  last_result_ = &expected;
}

void Oracle::check_txn(const Txn& txn, const ModelWrite& expected, std::string_view body, const Operation& op) const {
  const auto wrong = [&](const std::string& what) {
    fail(laws::kTxn, text("txn ", hex(txn.header.zxid.value), " for ", describe(op), ": ", what));
  };
  if (txn.header.type != expected.txn_type) {
    std::int32_t logged = 0;
    if (const auto* error = std::get_if<ErrorTxn>(&txn.body)) logged = static_cast<std::int32_t>(error->error);
    wrong(text("type ", static_cast<std::int32_t>(txn.header.type), " error ", logged, ", the model says type ",
               static_cast<std::int32_t>(expected.txn_type), " error ", static_cast<std::int32_t>(expected.error)));
  }
  if (expected.txn_type == OpCode::kMulti && expected.error != ErrorCode::kOk) {
    const auto* multi = std::get_if<MultiTxn>(&txn.body);
    bool failed = false;
    for (MultiTxnReader reader(*multi); !reader.done();) {
      const auto part = reader.next();
      if (!part) wrong("malformed multi");
      failed |= part->type == OpCode::kError;
    }
    if (!failed) wrong(text("succeeds, the model says error ", static_cast<std::int32_t>(expected.error)));
    return;
  }
  if (body != expected.txn_body)
    wrong(text("body ", quoted(body, 200), ", the model says ", quoted(expected.txn_body, 200)));
}

void Oracle::check_digest(const Txn& txn) const {
  if (!txn.digest || !model_.tree().keeps_digests()) return;
  if (txn.digest->tree_digest == model_.tree().digest()) return;
  fail(laws::kDigest, text("txn ", hex(txn.header.zxid.value), " carries digest ", hex(txn.digest->tree_digest),
                           ", the model's is ", hex(model_.tree().digest())));
}

void Oracle::apply_close(const Txn& txn) {
  const SessionId id = txn.header.client_id;
  Session& session = sessions_[id.value];
  if (!session.created) fail(laws::kPhantom, text("txn ", hex(txn.header.zxid.value), " closes an unknown session"));
  std::vector<std::string> paths;
  const auto* body = std::get_if<CloseSessionTxn>(&txn.body);
  if (body != nullptr && body->paths) {
    for (StringVectorReader reader(*body->paths); !reader.done();) paths.emplace_back(reader.next());
  }
  if (txn.header.cxid.value != 0) {
    last_write_ = take_operation(txn);
    close_result_ = ModelWrite{};
    close_result_.txn_type = OpCode::kCloseSession;
    last_result_ = &close_result_;
  }
  if (!model_.close_session(id, paths, txn.header.zxid)) {
    fail(laws::kEphemerals, text("txn ", hex(txn.header.zxid.value), " closes session ", hex(id.value), " with ",
                                 paths.size(), " ephemerals, which are not those that it owns"));
  }
  session.closed = true;
}

void Oracle::tell_watchers() {
  const std::vector<ModelEvent>& events = model_.events();
  if (events.empty()) return;
  for (auto& [connection, watcher] : watchers_) {
    if (watcher.watches.empty()) continue;
    const ConnectionRecord& record = history_.connections[connection];
    for (const ModelEvent& event : events) {
      if (!watcher.watches.hears(event.type, event.path)) continue;
      if (model_permits(event.acl, perms::kRead, identity(record))) watcher.expected.push_back(event);
    }
  }
}

std::string Oracle::describe(const Txn& txn) const {
  return text("txn ", hex(txn.header.zxid.value), " (session ", hex(txn.header.client_id.value), ", xid ",
              txn.header.cxid.value, ")");
}

std::string Oracle::describe(const Operation& op) const {
  const ConnectionRecord& connection = history_.connections[op.connection];
  const char* name = op_name(op.type);
  std::string out = text("c", connection.client + 1, "'s ", name == nullptr ? "request" : name, " (xid ", op.xid.value,
                         ", sent at ", time_text(op.sent_at));
  ByteReader in(history_.bytes(op.body));
  const std::string_view path =
      op.type == OpCode::kMulti || op.type == OpCode::kMultiRead || op.body.size < 4 ? "" : in.ustring();
  if (in.ok() && !path.empty() && op.xid.value > 0) out += text(", ", quoted(path));
  return out + ")";
}

std::string Oracle::describe(const Item& item) const {
  const ConnectionRecord& connection = history_.connections[item.connection];
  if (item.operation != kNoOperation) {
    return text("c", connection.client + 1, " received at ", time_text(item.at), " zxid ", hex(item.zxid.value),
                " error ", static_cast<std::int32_t>(item.error), " in reply to ",
                describe(history_.operations[item.operation]));
  }
  ByteReader in(history_.bytes(item.body));
  const auto event = decode_watcher_event(in);
  return text("c", connection.client + 1, " received at ", time_text(item.at), " zxid ", hex(item.zxid.value),
              " event ", event ? static_cast<std::int32_t>(event->type) : 0, " at ",
              event ? quoted(event->path) : "nowhere");
}

}  // namespace vivarium::sim
