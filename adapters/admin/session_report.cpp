// dump, wchs, wchc, wchp: sessions, ephemeral nodes and watches.
#include <fmt/format.h>

#include <ctime>
#include <map>
#include <set>
#include <utility>

#include "adapters/admin/reports.h"

namespace vivarium {
namespace {

std::string session_text(SessionId id) { return fmt::format("0x{:x}", static_cast<std::uint64_t>(id.value)); }

/// Elements by the time at which they expire, as Apache's ExpiryQueue prints itself.
class ExpirySets {
 public:
  void add(WallTime deadline, std::string element) {
    sets_[deadline.millis].push_back(std::move(element));
    ++size_;
  }
  std::string text() const {
    std::string out = fmt::format("Sets ({})/({}):\n", sets_.size(), size_);
    for (const auto& [deadline, elements] : sets_) {
      out += fmt::format("{} expire at {}:\n", elements.size(), date_text(WallTime{deadline}));
      for (const std::string& element : elements) out += "\t" + element + "\n";
    }
    return out;
  }

 private:
  std::map<std::int64_t, std::vector<std::string>> sets_;
  std::size_t size_ = 0;
};

std::string ephemeral_section(const AdminSource& source) {
  std::map<std::int64_t, std::string> paths;
  source.for_each_ephemeral(
      [&paths](SessionId session, std::string_view path) { paths[session.value] += fmt::format("\t{}\n", path); });
  std::string out = fmt::format("Sessions with Ephemerals ({}):\n", paths.size());
  for (const auto& [session, lines] : paths) out += session_text(SessionId{session}) + ":\n" + lines;
  return out;
}

}  // namespace

std::string date_text(WallTime time) {
  const std::time_t seconds = time.millis / 1000;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%a %b %d %H:%M:%S %Z %Y", &parts);
  return std::string(text, size);
}

/// What a learner knows of sessions: that they are there.
std::string global_sessions(const AdminSource& source) {
  std::size_t count = 0;
  std::string lines;
  source.for_each_session([&](SessionId id, std::int32_t timeout_ms) {
    ++count;
    lines += fmt::format("{}\t{}ms\n", session_text(id), timeout_ms);
  });
  return fmt::format("Global Sessions({}):\n{}", count, lines);
}

std::string session_report(const AdminSource& source) {
  ExpirySets sessions, connections;
  std::map<std::int64_t, WallTime> deadline_of;
  source.for_each_session_deadline([&](WallTime deadline, SessionId id) {
    sessions.add(deadline, session_text(id));
    deadline_of[id.value] = deadline;
  });
  const Duration handshake = source.config().kernel.handshake_timeout;
  source.for_each_connection([&](const AdminConnection& c) {
    const SessionId id = c.view.has_session ? c.view.session : SessionId{};
    const auto found = deadline_of.find(id.value);
    WallTime deadline{c.view.established.millis + handshake.to_millis()};
    // A learner's leader keeps the deadlines: here it is when the client was last answered that is known.
    if (c.view.has_session) deadline = WallTime{c.view.last_response.millis + c.view.timeout_ms};
    if (found != deadline_of.end()) deadline = found->second;
    connections.add(deadline, "ip: /" + c.endpoint + " sessionId: " + session_text(id));
  });
  const Role role = source.totals().member.role;
  const bool learner = role == Role::kFollowing || role == Role::kObserving;
  return "SessionTracker dump:\n" + (learner ? global_sessions(source) : "Session " + sessions.text()) +
         "ephemeral nodes dump:\n" + ephemeral_section(source) + "Connections dump:\nConnections " + connections.text();
}

std::string watch_summary(const AdminSource& source) {
  const AdminTotals totals = source.totals();
  return fmt::format("{} connections watching {} paths\nTotal watches:{}\n", totals.watching_connections,
                     totals.watched_paths, totals.data_watches);
}

std::string watches_by_session(const AdminSource& source) {
  std::map<std::int64_t, std::string> paths;
  source.for_each_data_watch(
      [&paths](std::string_view path, SessionId session) { paths[session.value] += fmt::format("\t{}\n", path); });
  std::string out;
  for (const auto& [session, lines] : paths) out += session_text(SessionId{session}) + "\n" + lines;
  return out + "\n";
}

std::string watches_by_path(const AdminSource& source) {
  std::string out, last;
  source.for_each_data_watch([&](std::string_view path, SessionId session) {
    if (out.empty() || path != last) out += fmt::format("{}\n", path);
    last = std::string(path);
    out += "\t" + session_text(session) + "\n";
  });
  return out + "\n";
}

}  // namespace vivarium
