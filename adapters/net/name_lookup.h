// Host names to addresses, each name on a thread of its own: one name server that hangs delays nobody but who asked it.
//
// (Asio's own resolver has a single thread for everything.) A name that is being looked up is not looked up twice, so
// there are never more threads than names. Must never: block its caller; call back after it is destroyed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vivarium {

struct FoundAddresses {
  std::vector<boost::asio::ip::address> addresses;  // empty: not found
  std::string error;                                // why
};

class NameLookup {
 public:
  using Then = std::function<void(const FoundAddresses&)>;
  /// A blocking look-up; a seam for tests.
  using Resolve = std::function<FoundAddresses(const std::string& host)>;

  explicit NameLookup(boost::asio::io_context& io);
  NameLookup(boost::asio::io_context& io, Resolve resolve);
  ~NameLookup();

  /// `then` is called on the thread that runs `io`, later. `asker` keeps the threads of different askers apart.
  void find(const std::string& asker, const std::string& host, Then then);

 private:
  struct Mailbox;
  void deliver(const std::string& key, const FoundAddresses& found);

  boost::asio::io_context& io_;
  const Resolve resolve_;
  std::shared_ptr<Mailbox> mailbox_;
  std::map<std::string, std::vector<Then>> waiting_;
};

/// The system's resolver: files, DNS, whatever nsswitch.conf says.
FoundAddresses resolve_with_system(const std::string& host);

}  // namespace vivarium
