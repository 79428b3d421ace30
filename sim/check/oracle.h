// The linear-time oracle: one pass over what was committed and what clients saw, in zxid order, beside the naive
// server.
//
// ZooKeeper stamps every reply with a zxid and the committed order is total, so nothing is searched. advance() walks
// the txns that have become final; after each it judges the replies that carry its zxid, whatever server gave them: a
// server that has applied up to a zxid answers as the model does there. Must never: trust a server's tree, judge an
// item before its zxid's txn, or look for the next txn by arithmetic (zxids jump at epochs).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernel/wire/txn.h"
#include "sim/check/history.h"
#include "sim/check/txn_book.h"
#include "sim/model/model_server.h"

namespace vivarium::sim {

struct OracleOptions {
  ModelOptions model;
  bool ensemble = false;  // reads may be stale: what others have seen binds only writes and confirmed syncs
};

class Oracle {
 public:
  Oracle(const OracleOptions& options, History& history, const TxnBook& book);

  /// Everything up to `last` is final, and no connection that is recorded so far will receive anything more. Judges it
  /// all.
  void advance(Zxid last);
  const ModelServer& model() const { return model_; }
  Zxid checked() const { return model_.zxid(); }

 private:
  /// One connection while its items are judged.
  struct Watcher {
    ModelWatches watches;
    std::vector<ModelEvent> expected;  // owed, not yet matched
    std::size_t matched = 0;           // of `expected`
    std::uint32_t last_operation = 0;  // answers come in the order of the questions
    bool any_answer = false;
    std::uint32_t items_left = 0;  // when nothing is left, nobody listens any more
  };
  struct Session {
    std::vector<std::uint32_t> operations;  // by xid - 1
    std::uint32_t writes_done = 0;          // place in `operations` up to which writes have been executed
    std::uint32_t connection = 0;           // of the last executed write
    bool created = false, closed = false;
  };
  struct Keyed {
    Zxid zxid;
    std::uint32_t item;
  };

  void index_operations();
  void check_connections();
  void check_arrival_order();
  void collect_items(Zxid last);
  void apply_entry(TxnIndex index);
  void apply_client_write(const Txn& txn, TxnIndex index);
  void apply_close(const Txn& txn);
  bool refuse_client_write(const Txn& txn);
  std::uint32_t find_operation(const Txn& txn) const;
  std::uint32_t take_operation(const Txn& txn);
  void check_txn(const Txn& txn, const ModelWrite& expected, std::string_view body, const Operation& op) const;
  void check_digest(const Txn& txn) const;
  void tell_watchers();
  void judge(const Item& item);
  void judge_event(Watcher& watcher, const Item& item);
  void judge_reply(Watcher& watcher, const Item& item);
  void judge_write_reply(const Operation& op, const Item& item);
  void expect_all_events(Watcher& watcher, const Item& item) const;
  ModelIdentity identity(const ConnectionRecord& connection) const;
  std::string describe(const Txn& txn) const;
  std::string describe(const Operation& op) const;
  std::string describe(const Item& item) const;

  OracleOptions options_;
  History& history_;
  const TxnBook& book_;
  ModelServer model_;
  std::uint32_t place_ = 0;  // in the committed order, up to where the model stands
  std::size_t connections_checked_ = 0, operations_indexed_ = 0, items_taken_ = 0;
  std::map<std::uint32_t, Zxid> client_zxids_;  // the highest that each client has seen
  std::map<std::int64_t, Session> sessions_;
  std::map<std::uint32_t, Watcher> watchers_;
  std::vector<Keyed> order_;
  std::size_t next_item_ = 0;
  // The last write, for the reply that carries its zxid.
  std::uint32_t last_write_ = kNoOperation;
  const ModelWrite* last_result_ = nullptr;
  ModelWrite close_result_;
};

/// A client's number as an address, as the simulated network gives it.
std::string client_address(std::uint32_t client);
std::string user_name(std::uint8_t user);

}  // namespace vivarium::sim
