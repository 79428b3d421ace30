// A simulated client: one session at a time over the wire protocol, pipelined operations, reconnects, watches
// re-registered.
//
// It behaves as Apache's client does: pings at a third of the timeout, gives a silent server up after two thirds,
// resumes its session, on whatever server is next, with the last zxid that it saw, and re-sends authentication and
// watches first. What it does and sees goes into the History. Must never: look at the server, or judge what it sees
// beyond framing.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>

#include "kernel/wire/client_protocol.h"
#include "sim/check/history.h"
#include "sim/client/host_list.h"
#include "sim/client/recipes.h"
#include "sim/client/workload.h"
#include "sim/model/model_watches.h"
#include "sim/net/network.h"
#include "sim/plan/plan.h"
#include "sim/world/scheduler.h"

namespace vivarium::sim {

class SimClient {
 public:
  SimClient(const Plan& plan, std::uint32_t number, Scheduler& scheduler, Network& network, History& history);

  // ---- what happens to it --------------------------------------------------------------------------------------
  void start();
  void on_bytes(std::string_view bytes);
  /// The server hung up, refused, or the connection broke.
  void on_closed();
  void on_timer(std::uint32_t generation);
  /// Goes away without a word.
  void leave();
  /// No new work: says goodbye once everything outstanding is answered. `politely`: closes its session.
  void finish(bool politely);

  // ---- what others may know ------------------------------------------------------------------------------------
  bool gone() const { return phase_ == Phase::kGone; }
  /// The server has let it in on the connection that it uses now.
  bool connected() const { return phase_ == Phase::kReady; }
  SessionId session() const { return session_; }
  std::uint8_t user() const { return user_; }
  std::uint64_t operations_done() const { return next_operation_; }
  /// Sessions that the server called expired, for the laws; taken by the caller.
  std::vector<SessionId> take_refused() { return std::exchange(refused_, {}); }

 private:
  enum class Phase : std::uint8_t { kIdle, kConnecting, kReady, kGone };

  void connect();
  std::int64_t connect_timeout() const;
  void drop_connection();
  void schedule(std::int64_t at);
  void schedule_next();
  void fill_window();
  void issue(OpKind kind, std::uint64_t index);
  bool issue_recipe_step();
  /// Sends what stands in body_.
  std::uint32_t send_operation(OpCode type);
  void send_request(Xid xid, OpCode type);
  void send_auth();
  void send_set_watches();
  void send_ping();
  void farewell();
  void take_frame(std::string_view frame);
  void on_connect_response(std::string_view frame);
  void on_event(const ReplyHeader& header, ByteReader& in);
  void on_reply(const ReplyHeader& header, ByteReader& in);
  void note_watch(const Operation& op, ErrorCode error);

  const Plan& plan_;
  const std::uint32_t number_;
  Scheduler& scheduler_;
  Network& network_;
  History& history_;
  Workload workload_;
  Recipes recipes_;
  const std::uint8_t user_;
  Stream think_, reconnect_;
  HostList hosts_;

  Phase phase_ = Phase::kIdle;
  bool finishing_ = false, politely_ = false, farewell_sent_ = false, closing_ = false;
  SessionId session_;
  std::string password_;
  std::int32_t timeout_ms_ = 0;
  Zxid last_zxid_;
  std::uint32_t connection_ = 0;
  std::int32_t next_xid_ = 1;
  std::uint64_t next_operation_ = 0;
  std::int64_t next_issue_at_ = 0, last_heard_ = 0, last_sent_ = 0, reconnect_at_ = 0;
  std::deque<std::uint32_t> outstanding_;
  std::uint32_t auth_operation_ = kNoOperation, watches_operation_ = kNoOperation;
  std::uint32_t timer_generation_ = 0;
  std::int64_t timer_at_ = -1;
  std::string inbound_;
  Vector<char> frame_, body_;
  // What it is waiting to hear of: data, exists and child watches, and the persistent ones.
  std::set<std::string, std::less<>> data_, exist_, child_, persistent_, recursive_;
  std::vector<SessionId> refused_;
};

}  // namespace vivarium::sim
