// Sockets of the load generator; see connection.h.
#include "cmd/bench/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace vivarium::bench {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

std::string receive_blocking(int fd, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t at = 0;
  while (at < size) {
    const ssize_t n = ::recv(fd, bytes.data() + at, size - at, 0);
    if (n <= 0) fail("server closed during the handshake");
    at += static_cast<std::size_t>(n);
  }
  return bytes;
}

}  // namespace

Address parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("expected HOST:PORT, got '" + text + "'");
  return {text.substr(0, colon), static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10))};
}

Connection::Connection(const Address& address, std::int32_t timeout_ms, int patience_ms) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) fail("socket");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port);
  if (::inet_pton(AF_INET, address.host.c_str(), &to.sin_addr) != 1) fail("not an IPv4 address: " + address.host);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) fail("connect " + address.host);
  const int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  // A server that is still starting may accept and never answer (Apache does): give up and let the caller try again.
  const timeval patience{patience_ms / 1000, patience_ms % 1000 * 1000};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ByteWriter out(out_);
  const std::size_t frame = begin_frame(out);
  const std::string password(limits::kPasswordSize, '\0');
  ConnectRequest hello;
  hello.timeout_ms = timeout_ms;
  hello.password = password;
  hello.read_only = false;
  encode(out, hello);
  end_frame(out, frame);
  if (!flush()) fail("handshake");
  const std::string size = receive_blocking(fd_, 4);
  const std::string body = receive_blocking(fd_, load_big_endian<std::uint32_t>(size.data()));
  const auto welcome = decode_connect_response(body);
  if (!welcome || welcome->session_id.value == 0) throw std::runtime_error("no session given");
  session_ = welcome->session_id;
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

template <class Body>
void Connection::request(OpCode op, Body&& body) {
  ByteWriter out(out_);
  const std::size_t frame = begin_frame(out);
  encode(out, RequestHeader{Xid{next_xid_++}, op});
  body(out);
  end_frame(out, frame);
  ++in_flight_;
}

void Connection::create(std::string_view path, std::string_view data, std::int32_t flags) {
  request(OpCode::kCreate, [&](ByteWriter& out) {
    CreateRequest r;
    r.path = path;
    r.data = data;
    r.acl = open_acl();
    r.flags = flags;
    encode(out, r, OpCode::kCreate);
  });
}

void Connection::get(std::string_view path) {
  request(OpCode::kGetData, [&](ByteWriter& out) { encode(out, PathWatchRequest{path, false}); });
}

void Connection::set(std::string_view path, std::string_view data) {
  request(OpCode::kSetData, [&](ByteWriter& out) { encode(out, SetDataRequest{path, data, -1}); });
}

void Connection::close_session() {
  request(OpCode::kCloseSession, [](ByteWriter&) {});
}

bool Connection::flush() {
  while (out_at_ < out_.size()) {
    const ssize_t n = ::send(fd_, out_.data() + out_at_, out_.size() - out_at_, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (n < 0) fail("send");
    out_at_ += static_cast<std::size_t>(n);
  }
  out_.clear();
  out_at_ = 0;
  return true;
}

void Connection::receive(const std::function<void(ErrorCode)>& on_reply) {
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n == 0) throw std::runtime_error("server closed a connection under load");
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n < 0) fail("recv");
    in_.append(buffer, static_cast<std::size_t>(n));
    if (n < static_cast<ssize_t>(sizeof buffer)) break;
  }
  while (in_.size() - in_at_ >= 4) {
    const std::size_t size = load_big_endian<std::uint32_t>(in_.data() + in_at_);
    if (in_.size() - in_at_ < 4 + size) break;
    ByteReader frame(std::string_view(in_).substr(in_at_ + 4, size));
    const ReplyHeader header = decode_reply_header(frame);
    in_at_ += 4 + size;
    if (header.xid.value <= 0) continue;
    --in_flight_;
    on_reply(header.error);
  }
  in_.erase(0, in_at_);
  in_at_ = 0;
}

void Connection::wait_readable() {
  pollfd p{fd_, static_cast<short>(POLLIN | (out_at_ < out_.size() ? POLLOUT : 0)), 0};
  if (::poll(&p, 1, 30'000) == 0) throw std::runtime_error("no answer in 30 s");
}

std::size_t Connection::drain() {
  std::size_t errors = 0;
  flush();
  while (in_flight_ > 0) {
    wait_readable();
    flush();
    receive([&errors](ErrorCode error) { errors += error != ErrorCode::kOk; });
  }
  return errors;
}

}  // namespace vivarium::bench
