// What a simulated client waits for, and how it tells a server after a reconnect; see sim_client.h.
#include "sim/check/laws.h"
#include "sim/client/sim_client.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {

void SimClient::on_event(const ReplyHeader& header, ByteReader& in) {
  history_.add_event(connection_, header.zxid, in.rest(), scheduler_.now());
  if (header.zxid > last_zxid_) last_zxid_ = header.zxid;
  const auto event = decode_watcher_event(in);
  if (!event) fail(laws::kProtocol, text("c", number_ + 1, " received a malformed event"));
  if (scheduler_.telling_all()) {
    scheduler_.tell("c", number_ + 1, " hears event ", static_cast<std::int32_t>(event->type), " at ",
                    quoted(event->path), " zxid ", hex(header.zxid.value));
  }
  recipes_.heard(event->path);
  const auto forget = [&event](std::set<std::string, std::less<>>& from) {
    const auto found = from.find(event->path);
    if (found != from.end()) from.erase(found);
  };
  if (event->type == EventType::kNodeChildrenChanged) return forget(child_);
  forget(data_);
  forget(exist_);
  if (event->type == EventType::kNodeDeleted) forget(child_);
}

void SimClient::note_watch(const Operation& op, ErrorCode error) {
  ByteReader in(history_.bytes(op.body));
  switch (op.type) {
    case OpCode::kGetData:
    case OpCode::kExists:
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2: {
      const auto request = decode_path_watch_request(in);
      if (!request || !request->watch) return;
      const bool ok = error == ErrorCode::kOk;
      if (op.type == OpCode::kExists && error == ErrorCode::kNoNode) {
        exist_.emplace(request->path);
      } else if (ok) {
        (op.type == OpCode::kGetData || op.type == OpCode::kExists ? data_ : child_).emplace(request->path);
      }
      return;
    }
    case OpCode::kAddWatch: {
      const auto request = decode_path_int_request(in);
      if (request && error == ErrorCode::kOk) (request->value == 0 ? persistent_ : recursive_).emplace(request->path);
      return;
    }
    case OpCode::kRemoveWatches: {
      const auto request = decode_path_int_request(in);
      if (!request || error != ErrorCode::kOk) return;
      const auto drop = [&request](std::set<std::string, std::less<>>& from) {
        const auto found = from.find(request->path);
        if (found != from.end()) from.erase(found);
      };
      const std::int32_t type = request->value;
      if (type == 1 || type == 3) drop(child_);
      if (type == 2 || type == 3) drop(data_);
      if (type == 2 || type == 3) drop(exist_);
      if (type == 4 || type == 3) drop(persistent_);
      if (type == 5 || type == 3) drop(recursive_);
      return;
    }
    default:
      return;
  }
}

void SimClient::send_set_watches() {
  const bool lasting = !persistent_.empty() || !recursive_.empty();
  if (data_.empty() && exist_.empty() && child_.empty() && !lasting) return;
  const auto encoded = [](const std::set<std::string, std::less<>>& paths) {
    Vector<char> bytes;
    ByteWriter out(bytes);
    out.i32(static_cast<std::int32_t>(paths.size()));
    for (const std::string& path : paths) out.ustring(path);
    return std::string(view(bytes));
  };
  const std::string data = encoded(data_), exist = encoded(exist_), child = encoded(child_);
  const std::string persistent = encoded(persistent_), recursive = encoded(recursive_);
  body_.clear();
  ByteWriter out(body_);
  const OpCode op = lasting ? OpCode::kSetWatches2 : OpCode::kSetWatches;
  encode(out, SetWatchesRequest{last_zxid_, data, exist, child, persistent, recursive}, op);
  watches_operation_ = history_.add_operation(connection_, xids::kSetWatches, op, view(body_), scheduler_.now());
  send_request(xids::kSetWatches, op);
}

}  // namespace vivarium::sim
