// A history made by hand for tests of the oracle: an honest server (the model itself) writes log and replies, and the
// test then bends one of them.
#pragma once

#include <string>
#include <vector>

#include "kernel/wire/txn.h"
#include "sim/check/history.h"
#include "sim/check/oracle.h"
#include "sim/check/txn_book.h"
#include "sim/model/model_server.h"
#include "sim/report/failure.h"

namespace vivarium::sim {

class OracleBench {
 public:
  explicit OracleBench() : honest_(ModelOptions{false, true}) {}

  History history;
  bool ensemble = false;
  TxnBook log;

  /// A client of its own with a session; returns its connection.
  std::uint32_t connect() {
    const SessionId session{static_cast<std::int64_t>(0x100 + sessions_.size())};
    const auto client = static_cast<std::uint32_t>(sessions_.size());
    sessions_.push_back({session, 1});
    honest_.create_session(session, 4000, next_zxid());
    log_txn(Txn{{session, Xid{0}, zxid_, time_, OpCode::kCreateSession}, CreateSessionTxn{4000}, digest()});
    return history.add_connection(client, session, 0);
  }
  /// The same client again, on a new connection.
  std::uint32_t reconnect(std::uint32_t connection, std::uint32_t server = 0) {
    const ConnectionRecord record = history.connections[connection];
    return history.add_connection(record.client, record.session, 0, server);
  }
  std::uint32_t ask(std::uint32_t connection, OpCode op, const std::string& body) {
    SessionState& session = state_of(connection);
    return history.add_operation(connection, Xid{session.next_xid++}, op, body, 0);
  }

  /// The server executes a write: its txn is logged. Nothing is answered yet.
  ModelWrite execute(std::uint32_t operation) {
    const Operation& op = history.operations[operation];
    const ModelWrite done = honest_.write(op.type, history.bytes(op.body), who(op.connection), next_zxid(), time_);
    log_raw(header(op, done.txn_type) + done.txn_body + (done.error == ErrorCode::kOk ? digest_bytes() : ""));
    return done;
  }
  void answer(std::uint32_t operation, ErrorCode error, const std::string& body) {
    history.add_reply(operation, zxid_, error, body, 0);
  }
  /// The leader logs that it refuses this request.
  void refuse(std::uint32_t operation, ErrorCode error) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    out.i32(static_cast<std::int32_t>(error));
    honest_.skip(next_zxid());
    log_raw(header(history.operations[operation], OpCode::kError) + std::string(view(bytes)));
  }
  /// A write from question to answer.
  std::uint32_t write(std::uint32_t connection, OpCode op, const std::string& body) {
    const std::uint32_t operation = ask(connection, op, body);
    const ModelWrite done = execute(operation);
    answer(operation, done.reply_error, done.reply);
    return operation;
  }
  std::uint32_t create(std::uint32_t connection, const std::string& path, std::int32_t flags = 0) {
    return write(connection, OpCode::kCreate, create_body(path, flags));
  }
  std::uint32_t read(std::uint32_t connection, OpCode op, const std::string& body) {
    const std::uint32_t operation = ask(connection, op, body);
    std::string reply;
    std::vector<ModelEvent> owed;
    ModelWatches watches;
    const ErrorCode error = honest_.read(op, body, who(connection), watches, reply, owed);
    answer(operation, error, reply);
    return operation;
  }
  void event(std::uint32_t connection, EventType type, const std::string& path) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode(out, WatcherEvent{type, kStateSyncConnected, path});
    history.add_event(connection, zxid_, view(bytes), 0);
  }
  void close_session(std::uint32_t connection, const std::vector<std::string>& paths) {
    const SessionId session = history.connections[connection].session;
    Vector<char> listed;
    ByteWriter out(listed);
    out.i32(static_cast<std::int32_t>(paths.size()));
    for (const std::string& path : paths) out.ustring(path);
    honest_.close_session(session, paths, next_zxid());
    log_txn(Txn{{session, Xid{0}, zxid_, time_, OpCode::kCloseSession}, CloseSessionTxn{view(listed)}, std::nullopt});
  }

  /// The law that the oracle finds broken; "" when all is well.
  std::string verdict(Zxid last) {
    OracleOptions options;
    options.model = {false, true};
    options.ensemble = ensemble;
    Oracle oracle(options, history, log);
    try {
      oracle.advance(last);
    } catch (const SeedFailure& failure) {
      detail = failure.detail;
      return failure.law;
    }
    return "";
  }
  std::string verdict() { return verdict(log[log.last_committed()].zxid); }
  std::string detail;

  Zxid zxid() const { return zxid_; }
  const ModelServer& honest() const { return honest_; }
  void log_raw(const std::string& bytes) { log_raw(bytes, time_.millis); }
  void log_raw(const std::string& bytes, std::int64_t wall_ms) {
    log.commit(log.add(zxid_, log.last_committed(), bytes, 0, wall_ms), Epoch{});
  }
  Zxid next_zxid() {
    time_.millis += 1;
    return zxid_ = zxid_.next();
  }

  static std::string create_body(const std::string& path, std::int32_t flags) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode(out, CreateRequest{path, MaybeBytes("data"), open_acl(), flags, 0}, OpCode::kCreate);
    return std::string(view(bytes));
  }
  static std::string watch_body(const std::string& path, bool watch) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode(out, PathWatchRequest{path, watch});
    return std::string(view(bytes));
  }
  static std::string set_body(const std::string& path, const std::string& data) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode(out, SetDataRequest{path, MaybeBytes(data), -1});
    return std::string(view(bytes));
  }
  std::string header(const Operation& op, OpCode type) const {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode_txn_header(out, {history.connections[op.connection].session, op.xid, zxid_, time_, type});
    return std::string(view(bytes));
  }

 private:
  struct SessionState {
    SessionId id;
    std::int32_t next_xid = 1;
  };
  SessionState& state_of(std::uint32_t connection) { return sessions_[history.connections[connection].client]; }
  ModelIdentity who(std::uint32_t connection) const {
    const ConnectionRecord& record = history.connections[connection];
    return {record.session, client_address(record.client), ""};
  }
  std::optional<TxnDigest> digest() const { return TxnDigest{2, honest_.tree().digest()}; }
  std::string digest_bytes() const {
    Vector<char> bytes;
    ByteWriter out(bytes);
    out.i32(2);
    out.i64(static_cast<std::int64_t>(honest_.tree().digest()));
    return std::string(view(bytes));
  }
  void log_txn(const Txn& txn) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode_txn(out, txn);
    log_raw(std::string(view(bytes)));
  }

  ModelServer honest_;
  std::vector<SessionState> sessions_;
  Zxid zxid_;
  WallTime time_{1'000};
};

}  // namespace vivarium::sim
