#include "adapters/net/name_lookup.h"

#include <netdb.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>

namespace vivarium {
namespace {

boost::asio::ip::address address_of(const addrinfo& info) {
  if (info.ai_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, info.ai_addr, sizeof v6);
    boost::asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return boost::asio::ip::address_v6(bytes, v6.sin6_scope_id);
  }
  sockaddr_in v4{};
  std::memcpy(&v4, info.ai_addr, sizeof v4);
  return boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
}

}  // namespace

FoundAddresses resolve_with_system(const std::string& host) {
  FoundAddresses found;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (error != 0) {
    found.error = error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error);
    return found;
  }
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    if (info->ai_family == AF_INET || info->ai_family == AF_INET6) found.addresses.push_back(address_of(*info));
  }
  ::freeaddrinfo(list);
  if (found.addresses.empty()) found.error = "it has no address";
  return found;
}

/// Outlives the NameLookup: a thread that hangs in a look-up may end long after it.
struct NameLookup::Mailbox {
  std::mutex mutex;
  NameLookup* owner = nullptr;  // nullptr: gone

  void put(const std::string& key, FoundAddresses found) {
    const std::lock_guard lock(mutex);
    if (owner == nullptr) return;
    boost::asio::post(owner->io_,
                      [this_owner = owner, key, found = std::move(found)] { this_owner->deliver(key, found); });
  }
};

NameLookup::NameLookup(boost::asio::io_context& io) : NameLookup(io, resolve_with_system) {}
NameLookup::NameLookup(boost::asio::io_context& io, Resolve resolve)
    : io_(io), resolve_(std::move(resolve)), mailbox_(std::make_shared<Mailbox>()) {
  mailbox_->owner = this;
}

NameLookup::~NameLookup() {
  const std::lock_guard lock(mailbox_->mutex);
  mailbox_->owner = nullptr;
}

void NameLookup::find(const std::string& asker, const std::string& host, Then then) {
  const std::string key = asker + " " + host;
  const auto [waiting, fresh] = waiting_.try_emplace(key);
  waiting->second.push_back(std::move(then));
  if (!fresh) return;
  try {
    std::thread([mailbox = mailbox_, resolve = resolve_, key, host] { mailbox->put(key, resolve(host)); }).detach();
  } catch (const std::system_error& error) {
    mailbox_->put(key, {{}, error.what()});
  }
}

void NameLookup::deliver(const std::string& key, const FoundAddresses& found) {
  const auto waiting = waiting_.find(key);
  const std::vector<Then> thens = std::move(waiting->second);
  waiting_.erase(waiting);
  for (const Then& then : thens) then(found);
}

}  // namespace vivarium
