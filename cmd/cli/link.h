// One TCP connection that never blocks: dials every address of a host in turn, sends and receives.
//
// Must never: wait. Its owner polls fd() for wanted_events() and reports them.
#pragma once

#include <netdb.h>

#include <memory>
#include <string>
#include <string_view>

#include "cmd/cli/text/program_options.h"

namespace vivarium::cli {

class Link {
 public:
  enum class Event { kNone, kConnected, kBroken };

  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { close(); }

  /// Starts dialing; kBroken when no address can be tried. Looking the name up may take its time.
  Event open(const ServerName& server);
  void close();
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  short wanted_events() const;
  /// Takes what poll() said; bytes that came in are appended to `received`.
  Event handle(short events, std::string& received);
  /// Sends now what the socket takes and keeps the rest. A broken connection shows in handle().
  void send(std::string_view bytes);

 private:
  struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
  };

  Event dial_next();
  Event dialed(int error);
  void flush();

  std::unique_ptr<addrinfo, FreeAddresses> addresses_;
  const addrinfo* next_ = nullptr;
  int fd_ = -1;
  bool connecting_ = false;
  std::string unsent_;
};

}  // namespace vivarium::cli
