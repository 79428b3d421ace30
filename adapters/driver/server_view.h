// What the four-letter words see of a running server: the kernel's views joined with what sockets and lanes counted.
#pragma once

#include "adapters/admin/admin_source.h"
#include "adapters/driver/driver.h"
#include "kernel/replica.h"

namespace vivarium {

class ServerView : public AdminSource {
 public:
  struct Parts {
    const ServerConfig& config;
    const Replica& replica;
    const ChannelSet& channels;
    const Driver& driver;
    const Authenticator& authenticator;
    Instant started;
    std::int64_t recovery_ms = 0;
    int client_port = -1;
  };
  explicit ServerView(const Parts& parts) : parts_(parts) {}

  const ServerConfig& config() const override { return parts_.config; }
  AdminTotals totals() const override;
  void for_each_connection(const std::function<void(const AdminConnection&)>& visit) const override;
  void for_each_session(const std::function<void(SessionId, std::int32_t timeout_ms)>& visit) const override;
  void for_each_session_deadline(const std::function<void(WallTime, SessionId)>& visit) const override;
  void for_each_ephemeral(const std::function<void(SessionId, std::string_view path)>& visit) const override;
  void for_each_data_watch(const std::function<void(std::string_view path, SessionId)>& visit) const override;
  void for_each_digest(const std::function<void(Zxid, std::uint64_t)>& visit) const override;

 private:
  Parts parts_;
};

}  // namespace vivarium
