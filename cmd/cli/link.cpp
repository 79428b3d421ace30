// Sockets; see the header.
#include "cmd/cli/link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace vivarium::cli {

Link::Event Link::open(const ServerName& server) {
  close();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (::getaddrinfo(server.host.c_str(), server.port.c_str(), &hints, &list) != 0) return Event::kBroken;
  addresses_.reset(list);
  next_ = list;
  return dial_next();
}

Link::Event Link::dial_next() {
  while (next_ != nullptr) {
    const addrinfo& address = *next_;
    next_ = next_->ai_next;
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0) continue;
    const int result = ::connect(fd_, address.ai_addr, address.ai_addrlen);
    connecting_ = true;
    if (result != 0 && errno == EINPROGRESS) return Event::kNone;
    if (result == 0) return dialed(0);
  }
  close();
  return Event::kBroken;
}

Link::Event Link::dialed(int error) {
  if (error != 0) return dial_next();
  connecting_ = false;
  const int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return Event::kConnected;
}

void Link::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  connecting_ = false;
  next_ = nullptr;
  unsent_.clear();
}

short Link::wanted_events() const {
  if (connecting_) return POLLOUT;
  return static_cast<short>(POLLIN | (unsent_.empty() ? 0 : POLLOUT));
}

Link::Event Link::handle(short events, std::string& received) {
  if (events == 0) return Event::kNone;
  if (connecting_) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    return dialed(error);
  }
  if ((events & POLLOUT) != 0) flush();
  char buffer[1 << 16];
  for (;;) {
    const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
    if (size > 0) {
      received.append(buffer, static_cast<std::size_t>(size));
      continue;
    }
    const bool later = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    return later ? Event::kNone : Event::kBroken;
  }
}

void Link::send(std::string_view bytes) {
  unsent_.append(bytes);
  if (fd_ >= 0 && !connecting_) flush();
}

void Link::flush() {
  while (!unsent_.empty()) {
    const ssize_t size = ::send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (size <= 0) return;  // full, or broken: then reading will say so
    unsent_.erase(0, static_cast<std::size_t>(size));
  }
}

}  // namespace vivarium::cli
