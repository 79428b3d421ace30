// Frames of the client port, without their length: handshakes, then every request by its op code.
//
// Whatever decodes must be encoded again and decode to the same bytes; nothing may read outside the frame.
#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {
namespace {

void walk_strings(std::string_view encoded) {
  for (StringVectorReader reader(encoded); !reader.done();) static_cast<void>(reader.next());
}

void walk_acl(const std::optional<AclBytes>& acl) {
  if (!acl) return;
  for (AclReader reader(*acl); !reader.done();) static_cast<void>(reader.next());
}

/// Encodes what was decoded; decoding and encoding that must change nothing.
template <class Decode, class Encode>
bool settles(ByteReader& in, Decode decode, Encode encode_record) {
  const auto record = decode(in);
  if (!record) return false;
  Vector<char> first, second;
  ByteWriter first_out(first), second_out(second);
  encode_record(first_out, *record);
  ByteReader again(view(first));
  const auto decoded = decode(again);
  KASSERT(decoded.has_value());
  KASSERT(again.finished());
  encode_record(second_out, *decoded);
  KASSERT(view(first) == view(second));
  return true;
}

template <class Decode>
bool settles(ByteReader& in, Decode decode) {
  return settles(in, decode, [](ByteWriter& out, const auto& record) { encode(out, record); });
}

bool take_record(OpCode op, ByteReader& in);

/// A multi's operations, up to its end mark.
bool take_multi(ByteReader& in) {
  for (;;) {
    const MultiHeader header = decode_multi_header(in);
    if (!in.ok()) return false;
    if (header.done) return true;
    const auto op = static_cast<OpCode>(header.type);
    if (op == OpCode::kMulti || op == OpCode::kMultiRead || !take_record(op, in)) return false;
  }
}

bool take_create(OpCode op, ByteReader& in) {
  ByteReader copy = in;
  if (const auto request = decode_create_request(copy, op)) walk_acl(request->acl);
  return settles(
      in, [op](ByteReader& from) { return decode_create_request(from, op); },
      [op](ByteWriter& out, const CreateRequest& request) { encode(out, request, op); });
}

bool take_set_watches(OpCode op, ByteReader& in) {
  ByteReader copy = in;
  if (const auto request = decode_set_watches_request(copy, op)) {
    for (std::string_view list :
         {request->data, request->exist, request->child, request->persistent, request->persistent_recursive}) {
      walk_strings(list);
    }
  }
  return settles(
      in, [op](ByteReader& from) { return decode_set_watches_request(from, op); },
      [op](ByteWriter& out, const SetWatchesRequest& request) { encode(out, request, op); });
}

bool take_record(OpCode op, ByteReader& in) {
  switch (op) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      return take_create(op, in);
    case OpCode::kDelete:
    case OpCode::kCheck:
      return settles(in, [](ByteReader& from) { return decode_path_version_request(from); });
    case OpCode::kExists:
    case OpCode::kGetData:
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2:
      return settles(in, [](ByteReader& from) { return decode_path_watch_request(from); });
    case OpCode::kSetData:
      return settles(in, [](ByteReader& from) { return decode_set_data_request(from); });
    case OpCode::kSetAcl:
      return settles(in, [](ByteReader& from) { return decode_set_acl_request(from); });
    case OpCode::kGetAcl:
    case OpCode::kSync:
    case OpCode::kGetEphemerals:
    case OpCode::kGetAllChildrenNumber:
    case OpCode::kDeleteContainer:
      return settles(in, [](ByteReader& from) { return decode_path_request(from); });
    case OpCode::kCheckWatches:
    case OpCode::kRemoveWatches:
    case OpCode::kAddWatch:
      return settles(in, [](ByteReader& from) { return decode_path_int_request(from); });
    case OpCode::kAuth:
      return settles(in, [](ByteReader& from) { return decode_auth_request(from); });
    case OpCode::kSetWatches:
    case OpCode::kSetWatches2:
      return take_set_watches(op, in);
    case OpCode::kReconfig:
      return settles(in, [](ByteReader& from) { return decode_reconfig_request(from); });
    case OpCode::kMulti:
    case OpCode::kMultiRead:
      return take_multi(in);
    default:
      return false;
  }
}

void take_handshake(std::string_view frame) {
  Vector<char> out;
  ByteWriter writer(out);
  if (const auto request = decode_connect_request(frame)) encode(writer, *request);
  if (const auto response = decode_connect_response(frame)) encode(writer, *response);
}

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view frame(reinterpret_cast<const char*>(data), size);
  vivarium::take_handshake(frame);
  vivarium::ByteReader in(frame);
  const vivarium::RequestHeader header = vivarium::decode_request_header(in);
  if (in.ok()) static_cast<void>(vivarium::take_record(header.type, in));
  vivarium::ByteReader event(frame);
  static_cast<void>(vivarium::decode_watcher_event(event));
  return 0;
}
