// Encodes requests; see the header.
#include "kernel/client/requests.h"

#include "kernel/base/assert.h"

namespace vivarium {
namespace {

template <class Record>
Request encoded(OpCode op, const Record& record) {
  Request request{op, {}};
  ByteWriter writer(request.body);
  encode(writer, record);
  return request;
}

}  // namespace

Vector<char> encode_acl_list(std::span<const Acl> entries) {
  Vector<char> bytes;
  ByteWriter writer(bytes);
  writer.i32(static_cast<std::int32_t>(entries.size()));
  for (const Acl& entry : entries) encode(writer, entry);
  return bytes;
}

namespace requests {

Request create(std::string_view path, MaybeBytes data, AclBytes acl, std::int32_t flags, OpCode op,
               std::int64_t ttl_ms) {
  Request request{op, {}};
  ByteWriter writer(request.body);
  CreateRequest record;
  record.path = path;
  record.data = data;
  record.acl = acl;
  record.flags = flags;
  record.ttl_ms = ttl_ms;
  encode(writer, record, op);
  return request;
}

Request remove(std::string_view path, std::int32_t version) {
  return encoded(OpCode::kDelete, PathVersionRequest{path, version});
}
Request exists(std::string_view path, bool watch) { return encoded(OpCode::kExists, PathWatchRequest{path, watch}); }
Request get_data(std::string_view path, bool watch) { return encoded(OpCode::kGetData, PathWatchRequest{path, watch}); }
Request set_data(std::string_view path, MaybeBytes data, std::int32_t version) {
  return encoded(OpCode::kSetData, SetDataRequest{path, data, version});
}
Request get_acl(std::string_view path) { return encoded(OpCode::kGetAcl, PathRequest{path}); }
Request set_acl(std::string_view path, AclBytes acl, std::int32_t version) {
  return encoded(OpCode::kSetAcl, SetAclRequest{path, acl, version});
}
Request get_children(std::string_view path, bool watch, bool with_stat) {
  return encoded(with_stat ? OpCode::kGetChildren2 : OpCode::kGetChildren, PathWatchRequest{path, watch});
}
Request sync(std::string_view path) { return encoded(OpCode::kSync, PathRequest{path}); }
Request check(std::string_view path, std::int32_t version) {
  return encoded(OpCode::kCheck, PathVersionRequest{path, version});
}
Request check_watches(std::string_view path, WatcherType type) {
  return encoded(OpCode::kCheckWatches, PathIntRequest{path, static_cast<std::int32_t>(type)});
}
Request remove_watches(std::string_view path, WatcherType type) {
  return encoded(OpCode::kRemoveWatches, PathIntRequest{path, static_cast<std::int32_t>(type)});
}
Request add_watch(std::string_view path, AddWatchMode mode) {
  return encoded(OpCode::kAddWatch, PathIntRequest{path, static_cast<std::int32_t>(mode)});
}
Request get_ephemerals(std::string_view prefix) { return encoded(OpCode::kGetEphemerals, PathRequest{prefix}); }
Request get_all_children_number(std::string_view path) {
  return encoded(OpCode::kGetAllChildrenNumber, PathRequest{path});
}
Request who_am_i() { return Request{OpCode::kWhoAmI, {}}; }

Request reconfig(MaybeBytes joining, MaybeBytes leaving, MaybeBytes new_members, std::int64_t current_config_id) {
  ReconfigRequest record;
  record.joining = joining;
  record.leaving = leaving;
  record.new_members = new_members;
  record.current_config_id = current_config_id;
  return encoded(OpCode::kReconfig, record);
}

Request sasl(MaybeBytes token) {
  Request request{OpCode::kSasl, {}};
  ByteWriter(request.body).buffer(token);
  return request;
}

Request multi(std::span<const Request> operations, OpCode op) {
  KASSERT(op == OpCode::kMulti || op == OpCode::kMultiRead);
  constexpr MultiHeader kEnd{-1, true, static_cast<ErrorCode>(-1)};
  Request request{op, {}};
  ByteWriter writer(request.body);
  for (const Request& operation : operations) {
    encode(writer, MultiHeader{static_cast<std::int32_t>(operation.op), false, static_cast<ErrorCode>(-1)});
    writer.bytes(view(operation.body));
  }
  encode(writer, kEnd);
  return request;
}

}  // namespace requests
}  // namespace vivarium
