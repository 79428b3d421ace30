// Apache's C client (libzookeeper_mt) on a line: commands come on stdin, answers and events go to stdout; for
// clients.py.
//
// usage: c_line_client HOST:PORT[,HOST:PORT...]
// create PATH | ephemeral PATH | watch PATH | owner PATH; each is answered by one line that ends with the path. The end
// of stdin closes the session.
#include <zookeeper/zookeeper.h>

#include <cstdio>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>

namespace {

constexpr int kSessionMs = 10'000;
std::mutex out;  // events come from the client's own thread

void say(const std::string& line) {
  std::lock_guard lock(out);
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void on_event(zhandle_t*, int type, int state, const char* path, void*) {
  if (type != ZOO_SESSION_EVENT) return say("event " + std::to_string(type) + " " + path);
  say(state == ZOO_CONNECTED_STATE ? "connected" : state == ZOO_EXPIRED_SESSION_STATE ? "expired" : "disconnected");
}

std::string create(zhandle_t* zk, const std::string& path, int flags) {
  const int rc = zoo_create(zk, path.c_str(), "", 0, &ZOO_OPEN_ACL_UNSAFE, flags, nullptr, 0);
  return rc == ZOK ? "created " + path : "error " + std::to_string(rc) + " " + path;
}

std::string look(zhandle_t* zk, const std::string& path, watcher_fn watch) {
  Stat stat{};
  const int rc = zoo_wexists(zk, path.c_str(), watch, nullptr, &stat);
  if (rc != ZOK) return "error " + std::to_string(rc) + " " + path;
  std::ostringstream text;
  text << (watch != nullptr ? "watched " : "owner ") << std::hex << stat.ephemeralOwner << " " << path;
  return text.str();
}

std::string carry_out(zhandle_t* zk, const std::string& command, const std::string& path) {
  if (command == "create") return create(zk, path, 0);
  if (command == "ephemeral") return create(zk, path, ZOO_EPHEMERAL);
  if (command == "watch") return look(zk, path, on_event);
  if (command == "owner") return look(zk, path, nullptr);
  return "error: what is " + command + " " + path;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  zhandle_t* zk = zookeeper_init(argv[1], on_event, kSessionMs, nullptr, nullptr, 0);
  if (zk == nullptr) return 1;
  std::string command, path;
  while (std::cin >> command >> path) say(carry_out(zk, command, path));
  return zookeeper_close(zk) == ZOK ? 0 : 1;
}
