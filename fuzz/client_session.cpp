// What a hostile server can send to a SessionClient, in any split, between calls, deadlines and broken links; and every
// decoder of replies. The first byte of each step chooses what happens, so that a corpus can drive the state machine.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/client/replies.h"
#include "kernel/client/session_client.h"

namespace {

using namespace vivarium;

void decode_everything(std::string_view body) {
  for (const OpCode op : {OpCode::kCreate, OpCode::kCreate2}) decode_create_reply(body, op);
  for (const OpCode op : {OpCode::kGetChildren, OpCode::kGetChildren2}) {
    const auto children = decode_children_reply(body, op);
    if (!children) continue;
    for (StringVectorReader names(children->names); !names.done();) names.next();
  }
  if (const auto acl = decode_acl_reply(body)) {
    for (AclReader entries(acl->acl); !entries.done();) entries.next();
  }
  decode_stat_reply(body);
  decode_data_reply(body);
  decode_path_reply(body);
  decode_strings_reply(body);
  decode_count_reply(body);
  for (WhoAmIReader identities(body); !identities.done();) identities.next();
  for (MultiReader results(body); results.next();) {
  }
}

Request request_number(std::uint8_t number) {
  switch (number % 8) {
    case 0:
      return requests::get_data("/a", true);
    case 1:
      return requests::exists("/b", true);
    case 2:
      return requests::get_children("/", true);
    case 3:
      return requests::add_watch("/a", AddWatchMode::kPersistent);
    case 4:
      return requests::add_watch("/", AddWatchMode::kPersistentRecursive);
    case 5:
      return requests::remove_watches("/a", WatcherType::kAny);
    case 6:
      return requests::set_data("/a", "x");
    default:
      return requests::who_am_i();
  }
}

/// Follows the connection that the client asked for last.
std::uint32_t newest_connection(const ClientOutputs& out, std::uint32_t connection) {
  for (const ClientOutput& output : out.list()) {
    if (output.kind == ClientOutput::Kind::kConnect) connection = output.connection;
    if (output.kind == ClientOutput::Kind::kReply) decode_everything(out.payload(output));
  }
  return connection;
}

/// A frame around `body`, so that the fuzzer need not find out lengths.
void receive_framed(SessionClient& client, Instant now, std::uint32_t connection, std::string_view body,
                    ClientOutputs& out) {
  Vector<char> frame;
  ByteWriter(frame).ustring(body);
  const std::string_view whole = view(frame);
  client.received(now, connection, whole.substr(0, 3), out);
  client.received(now, connection, whole.substr(3), out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in(std::string_view(reinterpret_cast<const char*>(data), size));
  ClientConfig config;
  config.server_count = 2;
  config.set_watches_chunk = 2;
  SessionClient client(config);
  ClientOutputs out;
  std::uint32_t connection = 0;
  Instant now{0};
  client.start(now, out);
  while (in.remaining() > 0) {
    const std::uint8_t what = in.u8();
    const std::string_view piece = in.bytes(std::min<std::size_t>(what >> 2, in.remaining()));
    now = now + Duration::millis(what);
    switch (what % 4) {
      case 0:
        receive_framed(client, now, connection, piece, out);
        break;
      case 1:
        client.received(now, connection, piece, out);
        break;
      case 2:
        client.call(now, request_number(what >> 2), out);
        break;
      default:
        if (what < 32) client.connected(now, connection, out);
        if (what >= 32 && what < 64) client.disconnected(now, connection, out);
        if (what >= 64 && what < 128) client.add_auth(now, "digest", piece, out);
        if (what >= 128 && what < 248) {
          if (client.next_deadline() != Instant::never()) now = std::max(now, client.next_deadline());
          client.tick(now, out);
        }
        if (what >= 248) client.close(now, out);
    }
    connection = newest_connection(out, connection);
    out.clear();
  }
  StateHash hash;
  client.hash_into(hash);
  decode_everything(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
