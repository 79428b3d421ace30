// Drives Apache's C client (libzookeeper_mt) over one server and prints what it sees, for compare.py.
//
// usage: c_client HOST:PORT[,HOST:PORT...]
#include <zookeeper/zookeeper.h>

#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

namespace {

std::mutex mutex;
std::condition_variable changed;
bool connected = false;
std::vector<std::string> events;

void watcher(zhandle_t*, int type, int state, const char* path, void* context) {
  std::lock_guard lock(mutex);
  if (type == ZOO_SESSION_EVENT) {
    if (state == ZOO_CONNECTED_STATE) connected = true;
  } else {
    events.push_back(std::string(context ? static_cast<const char*>(context) : "global") + " type " +
                     std::to_string(type) + " state " + std::to_string(state) + " path " + path);
  }
  changed.notify_all();
}

void say(const char* label, int rc) {
  std::printf("%s: %d\n", label, rc);
  std::fflush(stdout);
}

// `value` is read after the call has returned, whose buffers it shows.
template <class Value>
void say(const char* label, int rc, Value&& value) {
  std::printf("%s: %d %s\n", label, rc, std::string(value()).c_str());
  std::fflush(stdout);
}

void print_events(const char* label, std::size_t count) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, std::chrono::seconds(5), [&] { return events.size() >= count; });
  for (const auto& event : events) std::printf("%s: %s\n", label, event.c_str());
  if (events.empty()) std::printf("%s: none\n", label);
  events.clear();
}

std::string show(const Stat& s) {
  return "v" + std::to_string(s.version) + " cv" + std::to_string(s.cversion) + " av" + std::to_string(s.aversion) +
         " len" + std::to_string(s.dataLength) + " kids" + std::to_string(s.numChildren) +
         (s.ephemeralOwner != 0 ? " owned" : "");
}

void nodes(zhandle_t* zk) {
  char buffer[256] = "";
  Stat stat{};
  say("create", zoo_create(zk, "/c", "one", 3, &ZOO_OPEN_ACL_UNSAFE, 0, buffer, sizeof buffer), [&] { return buffer; });
  say("create again", zoo_create(zk, "/c", "one", 3, &ZOO_OPEN_ACL_UNSAFE, 0, buffer, sizeof buffer));
  say("create null data", zoo_create(zk, "/cnull", nullptr, -1, &ZOO_OPEN_ACL_UNSAFE, 0, buffer, sizeof buffer),
      [&] { return buffer; });
  say("create2", zoo_create2(zk, "/c2", "xx", 2, &ZOO_OPEN_ACL_UNSAFE, 0, buffer, sizeof buffer, &stat),
      [&] { return buffer + (" " + show(stat)); });
  say("sequence", zoo_create(zk, "/c/s", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_SEQUENCE, buffer, sizeof buffer),
      [&] { return buffer; });
  say("ephemeral", zoo_create(zk, "/ce", "", 0, &ZOO_OPEN_ACL_UNSAFE, ZOO_EPHEMERAL, buffer, sizeof buffer),
      [&] { return buffer; });
  say("read-only acl", zoo_create(zk, "/cr", "r", 1, &ZOO_READ_ACL_UNSAFE, 0, buffer, sizeof buffer),
      [&] { return buffer; });
  say("set of read-only", zoo_set(zk, "/cr", "x", 1, -1));
  say("exists", zoo_exists(zk, "/ce", 0, &stat), [&] { return show(stat); });
  say("exists not", zoo_exists(zk, "/nope", 0, &stat));
  int size = sizeof buffer;
  const int got = zoo_get(zk, "/c", 0, buffer, &size, &stat);
  say("get", got, [&] { return std::string(buffer, static_cast<std::size_t>(size)) + " " + show(stat); });
  size = sizeof buffer;
  const int null_got = zoo_get(zk, "/cnull", 0, buffer, &size, &stat);
  say("get null", null_got, [&] { return std::to_string(size); });
  say("set", zoo_set2(zk, "/c", "two!", 4, 0, &stat), [&] { return show(stat); });
  say("set bad version", zoo_set(zk, "/c", "x", 1, 9));
  String_vector children{};
  say("children", zoo_get_children2(zk, "/c", 0, &children, &stat),
      [&] { return std::to_string(children.count) + " " + show(stat); });
  deallocate_String_vector(&children);
  ACL_vector acl{};
  say("acl", zoo_get_acl(zk, "/cr", &acl, &stat), [&] { return acl.count == 1 ? acl.data[0].id.scheme : "?"; });
  say("set acl", zoo_set_acl(zk, "/c", -1, &ZOO_OPEN_ACL_UNSAFE));
  deallocate_ACL_vector(&acl);
  say("delete not empty", zoo_delete(zk, "/c", -1));
  say("delete", zoo_delete(zk, "/c2", 0));
  say("delete not", zoo_delete(zk, "/c2", 0));
  say("bad path", zoo_create(zk, "bad", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, buffer, sizeof buffer));
}

void multis(zhandle_t* zk) {
  char path[64] = "";
  Stat stat{};
  zoo_op_t ops[3];
  zoo_op_result_t results[3];
  zoo_create_op_init(&ops[0], "/cm", "1", 1, &ZOO_OPEN_ACL_UNSAFE, 0, path, sizeof path);
  zoo_set_op_init(&ops[1], "/cm", "2", 1, 0, &stat);
  zoo_check_op_init(&ops[2], "/cm", 1);
  say("multi", zoo_multi(zk, 3, ops, results), [&] { return path + (" " + show(stat)); });
  zoo_delete_op_init(&ops[0], "/cm", -1);
  zoo_delete_op_init(&ops[1], "/nope", -1);
  zoo_delete_op_init(&ops[2], "/cm", -1);
  const int rc = zoo_multi(zk, 3, ops, results);
  say("multi fails", rc, [&] {
    return std::to_string(results[0].err) + " " + std::to_string(results[1].err) + " " + std::to_string(results[2].err);
  });
}

void watches(zhandle_t* zk) {
  char buffer[64] = "";
  int size = sizeof buffer;
  Stat stat{};
  String_vector children{};
  char data[] = "data", kids[] = "kids", exist[] = "exist";
  zoo_wget(zk, "/c", watcher, data, buffer, &size, &stat);
  zoo_wget_children(zk, "/c", watcher, kids, &children);
  deallocate_String_vector(&children);
  zoo_wexists(zk, "/c/new", watcher, exist, &stat);
  say("trigger set", zoo_set(zk, "/c", "w", 1, -1));
  print_events("data watch", 1);
  say("trigger create", zoo_create(zk, "/c/new", "", 0, &ZOO_OPEN_ACL_UNSAFE, 0, buffer, sizeof buffer));
  print_events("create watches", 2);
  zoo_wexists(zk, "/c/new", watcher, exist, &stat);
  say("remove watch", zoo_remove_watches(zk, "/c/new", ZWATCHTYPE_DATA, watcher, exist, 0));
  say("remove watch again", zoo_remove_watches(zk, "/c/new", ZWATCHTYPE_DATA, watcher, exist, 0));
  say("trigger delete", zoo_delete(zk, "/c/new", -1));
  print_events("removed watch", 0);
}

struct Pending {
  std::mutex mutex;
  std::condition_variable changed;
  int done = 0, failed = 0;
};

void completed(int rc, const Stat*, const void* data) {
  auto* pending = const_cast<Pending*>(static_cast<const Pending*>(data));
  std::lock_guard lock(pending->mutex);
  ++pending->done;
  pending->failed += rc != ZOK;
  pending->changed.notify_all();
}

void pipelined(zhandle_t* zk) {
  Pending pending;
  for (int i = 0; i < 1000; ++i) zoo_aset(zk, "/c", "p", 1, -1, completed, &pending);
  std::unique_lock lock(pending.mutex);
  pending.changed.wait_for(lock, std::chrono::seconds(20), [&] { return pending.done == 1000; });
  std::printf("pipelined sets: %d done %d failed\n", pending.done, pending.failed);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  zhandle_t* zk = zookeeper_init(argv[1], watcher, 10000, nullptr, nullptr, 0);
  {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, std::chrono::seconds(15), [] { return connected; })) return 1;
  }
  nodes(zk);
  multis(zk);
  watches(zk);
  pipelined(zk);
  say("close", zookeeper_close(zk));
  return 0;
}
