// How the oracle judges one received frame: a reply to a write, a reply to a read, or an event.
#include "sim/check/laws.h"
#include "sim/check/oracle.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {

void Oracle::judge(const Item& item) {
  Watcher& watcher = watchers_[item.connection];
  if (item.operation == kNoOperation) {
    judge_event(watcher, item);
  } else {
    judge_reply(watcher, item);
  }
  if (--watcher.items_left == 0) watchers_.erase(item.connection);
}

void Oracle::judge_event(Watcher& watcher, const Item& item) {
  ByteReader in(history_.bytes(item.body));
  const auto event = decode_watcher_event(in);
  if (!event || !in.finished()) fail(laws::kProtocol, text(describe(item), ": malformed"));
  const ModelEvent seen{event->type, std::string(event->path), {}};
  if (item.zxid.value <= 0) {
    // Made by setWatches: judged with its reply, which is next.
    watcher.expected.push_back({EventType::kNone, text(static_cast<std::int32_t>(seen.type), " ", seen.path), {}});
    return;
  }
  if (watcher.matched == watcher.expected.size()) fail(laws::kWatchWrong, text(describe(item), ": nothing was due"));
  const ModelEvent& due = watcher.expected[watcher.matched++];
  if (!(due == seen)) {
    fail(laws::kWatchWrong,
         text(describe(item), ": due was event ", static_cast<std::int32_t>(due.type), " at ", quoted(due.path)));
  }
}

void Oracle::expect_all_events(Watcher& watcher, const Item& item) const {
  if (watcher.matched == watcher.expected.size()) {
    watcher.expected.clear();
    watcher.matched = 0;
    return;
  }
  const ModelEvent& due = watcher.expected[watcher.matched];
  fail(laws::kWatchMissing,
       text(describe(item), " before event ", static_cast<std::int32_t>(due.type), " at ", quoted(due.path)));
}

void Oracle::judge_reply(Watcher& watcher, const Item& item) {
  const Operation& op = history_.operations[item.operation];
  if (op.type == OpCode::kAuth) {
    if (item.error != ErrorCode::kOk) fail(laws::kReadReply, text(describe(item), ": the credential was good"));
    return;
  }
  if (op.xid.value > 0) {
    if (watcher.any_answer && item.operation <= watcher.last_operation)
      fail(laws::kFifo, text(describe(item), " out of order"));
    watcher.any_answer = true;
    watcher.last_operation = item.operation;
  }
  // In an ensemble a read shows what its server has reached; only a sync asks for more.
  Zxid floor = op.floor;
  if (options_.ensemble && !is_write(op.type)) floor = op.type == OpCode::kSync ? op.sync_floor : Zxid{0};
  if (item.zxid < floor) {
    fail(laws::kRealTime, text(describe(item), ", but zxid ", hex(floor.value), " was promised when it was sent"));
  }
  if (is_write(op.type)) {
    expect_all_events(watcher, item);
    return judge_write_reply(op, item);
  }
  std::string body;
  std::vector<ModelEvent> owed;
  const ModelIdentity who = identity(history_.connections[op.connection]);
  const ErrorCode error = model_.read(op.type, history_.bytes(op.body), who, watcher.watches, body, owed);
  if (op.type == OpCode::kSetWatches || op.type == OpCode::kSetWatches2) {
    // The events that it made stand unjudged at the end of `expected`, in their own notation.
    std::vector<ModelEvent> made(watcher.expected.begin() + static_cast<std::ptrdiff_t>(watcher.matched),
                                 watcher.expected.end());
    watcher.expected.resize(watcher.matched);
    for (std::size_t i = 0; i < made.size() || i < owed.size(); ++i) {
      const std::string due =
          i < owed.size() ? text(static_cast<std::int32_t>(owed[i].type), " ", owed[i].path) : "nothing";
      const std::string seen = i < made.size() && made[i].type == EventType::kNone ? made[i].path : "nothing";
      if (due == seen) continue;
      fail(i < owed.size() ? laws::kWatchMissing : laws::kWatchWrong,
           text(describe(item), ": event ", seen, " where ", due, " was due"));
    }
  }
  expect_all_events(watcher, item);
  if (item.error != error || history_.bytes(item.body) != body) {
    fail(laws::kReadReply,
         text(describe(item), " body ", quoted(history_.bytes(item.body), 200), ", the model says error ",
              static_cast<std::int32_t>(error), " body ", quoted(body, 200)));
  }
}

void Oracle::judge_write_reply(const Operation& op, const Item& item) {
  const bool its_own = last_write_ == item.operation && model_.zxid() == item.zxid;
  if (!its_own) {
    const bool lost = !op.executed;
    fail(lost ? laws::kDurability : laws::kWriteReply,
         text(describe(item), ", but that txn is ", lost ? "not in the log" : "another's"));
  }
  if (item.error != last_result_->reply_error || history_.bytes(item.body) != last_result_->reply) {
    fail(laws::kWriteReply,
         text(describe(item), " body ", quoted(history_.bytes(item.body), 200), ", the model says error ",
              static_cast<std::int32_t>(last_result_->reply_error), " body ", quoted(last_result_->reply, 200)));
  }
}

}  // namespace vivarium::sim
