// Laws of sessions that need time: nobody's session is expired early (E2), nobody is told so without cause.
//
// What a leader can know of a client is bounded. It knows at once what reaches it directly. What reaches a learner
// comes with the learner's answer to the leader's next ping: pings leave every half tick, so it is there after
//
//     lag = tick / 2 + a ping's way out and back + the turns of both servers
//
// as long as nothing disturbs them. So a session may be expired at `now` when its last contact with the leader itself
// lies a whole timeout back, the leader was established a whole timeout ago (it gives every session a fresh one), and,
// in calm times, no contact with any server fell between now - timeout and now - lag. Clocks that run fast by d
// thousandths shorten what the leader takes for a timeout. Must never: count a contact that the kernel has not been
// shown.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "kernel/base/types.h"
#include "sim/plan/plan.h"

namespace vivarium::sim {

class SessionLaws {
 public:
  explicit SessionLaws(const Plan& plan);

  /// Bytes of the session's client, which the server has let in, reached `server`.
  void contact(std::uint32_t server, SessionId session, std::int64_t now);
  /// A leader (or lone server) made this txn. Judges it.
  void appended(std::uint32_t server, Zxid zxid, std::string_view txn, std::int64_t now);
  /// `server` is an established leader (or a lone server that has started); called as often as one likes.
  void leads(std::uint32_t server, std::int64_t epoch, std::int64_t now);
  /// Something may delay or lose messages, or stop a server, until then.
  void disturbed(std::int64_t until) { disturbed_until_ = until > disturbed_until_ ? until : disturbed_until_; }
  /// Every fault has ended.
  void healed(std::int64_t now) { disturbed_until_ = now; }
  /// Some client was told that this session is gone.
  void refused(SessionId session) const;

 private:
  struct Contacts {
    std::int64_t created = 0;
    std::vector<std::int64_t> at;  // by server; -1: never
  };
  void judge_expiry(std::uint32_t server, Zxid zxid, SessionId session, std::int64_t now) const;
  [[noreturn]] void expired_early(std::uint32_t server, Zxid zxid, SessionId session, std::int64_t silence,
                                  const char* since) const;

  const Plan& plan_;
  std::int64_t least_ = 0;  // of silence
  std::int64_t lag_ = 0;
  std::map<std::int64_t, Contacts> contacts_;
  std::set<std::int64_t> closed_;  // for which a close was ever proposed
  std::int64_t reign_ = -1, reign_began_ = 0;
  std::uint32_t leader_ = 0;
  std::int64_t disturbed_until_ = 0;
};

}  // namespace vivarium::sim
