// The requests of the client port, both directions. Bytes after a record are ignored, as Apache ignores them.
//
// Must never: judge a value (flags, versions, paths); that is request/prepare's business. Only the shape counts.
#include "kernel/wire/client_protocol.h"

namespace vivarium {
namespace {

constexpr std::int32_t kNullVector = -1;

template <class Record>
std::optional<Record> if_ok(const ByteReader& in, const Record& record) {
  if (!in.ok()) return std::nullopt;
  return record;
}

void encode_acl(ByteWriter& out, const std::optional<AclBytes>& acl) {
  if (!acl) return out.i32(kNullVector);
  KASSERT(acl->size() >= 4);
  out.bytes(*acl);
}

void encode_string_vector(ByteWriter& out, std::string_view encoded) {
  if (encoded.empty()) return out.i32(0);
  KASSERT(encoded.size() >= 4);
  out.bytes(encoded);
}

bool take_strings(ByteReader& in, std::string_view& into) {
  const std::optional<std::string_view> taken = take_string_vector(in);
  if (!taken) return false;
  into = *taken;
  return true;
}

/// A path that must be there: Apache answers MARSHALLINGERROR to a null one (it dereferences it).
std::string_view path_of(ByteReader& in) {
  const MaybeBytes path = in.buffer();
  if (!path) in.fail();
  return path.value_or(std::string_view{});
}

}  // namespace

std::optional<CreateRequest> decode_create_request(ByteReader& in, OpCode op) {
  CreateRequest request;
  request.path = path_of(in);
  request.data = in.buffer();
  request.acl = take_acl(in);
  request.flags = in.i32();
  if (op == OpCode::kCreateTtl) request.ttl_ms = in.i64();
  return if_ok(in, request);
}

std::optional<PathRequest> decode_path_request(ByteReader& in) {
  PathRequest request;
  request.path = in.ustring();
  return if_ok(in, request);
}

std::optional<PathVersionRequest> decode_path_version_request(ByteReader& in) {
  PathVersionRequest request;
  request.path = path_of(in);
  request.version = in.i32();
  return if_ok(in, request);
}

std::optional<PathWatchRequest> decode_path_watch_request(ByteReader& in) {
  PathWatchRequest request;
  request.path = path_of(in);
  request.watch = in.boolean();
  return if_ok(in, request);
}

std::optional<SetDataRequest> decode_set_data_request(ByteReader& in) {
  SetDataRequest request;
  request.path = path_of(in);
  request.data = in.buffer();
  request.version = in.i32();
  return if_ok(in, request);
}

std::optional<SetAclRequest> decode_set_acl_request(ByteReader& in) {
  SetAclRequest request;
  request.path = path_of(in);
  request.acl = take_acl(in);
  request.version = in.i32();
  return if_ok(in, request);
}

std::optional<PathIntRequest> decode_path_int_request(ByteReader& in) {
  PathIntRequest request;
  request.path = path_of(in);
  request.value = in.i32();
  return if_ok(in, request);
}

std::optional<AuthRequest> decode_auth_request(ByteReader& in) {
  AuthRequest request;
  request.type = in.i32();
  request.scheme = in.ustring();
  request.credential = in.ustring();
  return if_ok(in, request);
}

std::optional<SetWatchesRequest> decode_set_watches_request(ByteReader& in, OpCode op) {
  KASSERT(op == OpCode::kSetWatches || op == OpCode::kSetWatches2);
  SetWatchesRequest request;
  request.relative_zxid.value = in.i64();
  if (!take_strings(in, request.data)) return std::nullopt;
  if (!take_strings(in, request.exist)) return std::nullopt;
  if (!take_strings(in, request.child)) return std::nullopt;
  if (op == OpCode::kSetWatches) return request;
  if (!take_strings(in, request.persistent)) return std::nullopt;
  if (!take_strings(in, request.persistent_recursive)) return std::nullopt;
  return request;
}

std::optional<ReconfigRequest> decode_reconfig_request(ByteReader& in) {
  ReconfigRequest request;
  request.joining = in.buffer();
  request.leaving = in.buffer();
  request.new_members = in.buffer();
  request.current_config_id = in.i64();
  return if_ok(in, request);
}

void encode(ByteWriter& out, const CreateRequest& request, OpCode op) {
  out.ustring(request.path);
  out.buffer(request.data);
  encode_acl(out, request.acl);
  out.i32(request.flags);
  if (op == OpCode::kCreateTtl) out.i64(request.ttl_ms);
}

void encode(ByteWriter& out, const PathRequest& request) { out.ustring(request.path); }

void encode(ByteWriter& out, const PathVersionRequest& request) {
  out.ustring(request.path);
  out.i32(request.version);
}

void encode(ByteWriter& out, const PathWatchRequest& request) {
  out.ustring(request.path);
  out.boolean(request.watch);
}

void encode(ByteWriter& out, const SetDataRequest& request) {
  out.ustring(request.path);
  out.buffer(request.data);
  out.i32(request.version);
}

void encode(ByteWriter& out, const SetAclRequest& request) {
  out.ustring(request.path);
  encode_acl(out, request.acl);
  out.i32(request.version);
}

void encode(ByteWriter& out, const PathIntRequest& request) {
  out.ustring(request.path);
  out.i32(request.value);
}

void encode(ByteWriter& out, const AuthRequest& request) {
  out.i32(request.type);
  out.ustring(request.scheme);
  out.ustring(request.credential);
}

void encode(ByteWriter& out, const SetWatchesRequest& request, OpCode op) {
  KASSERT(op == OpCode::kSetWatches || op == OpCode::kSetWatches2);
  out.i64(request.relative_zxid.value);
  encode_string_vector(out, request.data);
  encode_string_vector(out, request.exist);
  encode_string_vector(out, request.child);
  if (op == OpCode::kSetWatches) return;
  encode_string_vector(out, request.persistent);
  encode_string_vector(out, request.persistent_recursive);
}

void encode(ByteWriter& out, const ReconfigRequest& request) {
  out.buffer(request.joining);
  out.buffer(request.leaving);
  out.buffer(request.new_members);
  out.i64(request.current_config_id);
}

}  // namespace vivarium
