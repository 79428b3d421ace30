// Operations; see the header.
#include "cmd/cli/znodes.h"

#include <algorithm>

#include "cmd/cli/text/format.h"

namespace vivarium::cli {
namespace {

OpCode create_op(std::int32_t flags) {
  switch (flags) {
    case create_flags::kContainer:
      return OpCode::kCreateContainer;
    case create_flags::kPersistentWithTtl:
    case create_flags::kPersistentSequentialWithTtl:
      return OpCode::kCreateTtl;
    default:
      return OpCode::kCreate;
  }
}

bool is_sequential(std::int32_t flags) {
  return flags == create_flags::kPersistentSequential || flags == create_flags::kEphemeralSequential ||
         flags == create_flags::kPersistentSequentialWithTtl;
}

std::vector<std::string> read_strings(std::string_view encoded) {
  std::vector<std::string> strings;
  for (StringVectorReader reader(encoded); !reader.done();) strings.emplace_back(reader.next());
  return strings;
}

}  // namespace

Refused::Refused(ErrorCode code, std::string_view path)
    : CommandFailed(failure_text(code, path)), code_(code), error_(error_text(code, path)) {}

std::string Znodes::call(const Request& request, std::string_view path) const {
  Reply reply = session_.call(request);
  if (!reply.ok()) throw Refused(reply.error, path);
  return std::move(reply.body);
}

std::string Znodes::create(std::string_view path, MaybeBytes data, AclBytes acl, std::int32_t flags,
                           std::int64_t ttl_ms) const {
  check_path(path, is_sequential(flags));
  const OpCode op = create_op(flags);
  const std::string body = call(requests::create(chroot_.outgoing(path), data, acl, flags, op, ttl_ms), path);
  return chroot_.incoming(expect(decode_create_reply(body, op)).path);
}

void Znodes::remove(std::string_view path, std::int32_t version) const {
  check_path(path);
  call(requests::remove(chroot_.outgoing(path), version), path);
}

bool Znodes::remove_together(const std::vector<std::string>& paths) const {
  std::vector<Request> operations;
  for (const std::string& path : paths) operations.push_back(requests::remove(chroot_.outgoing(path)));
  const Reply reply = session_.call(requests::multi(operations));
  if (!reply.ok()) return false;
  MultiReader results(reply.body);
  while (const std::optional<MultiResult> result = results.next()) {
    if (result->error != ErrorCode::kOk) return false;
  }
  return results.ok();
}

std::optional<Stat> Znodes::exists(std::string_view path, bool watch) const {
  check_path(path);
  const Reply reply = session_.call(requests::exists(chroot_.outgoing(path), watch));
  if (reply.error == ErrorCode::kNoNode) return std::nullopt;
  if (!reply.ok()) throw Refused(reply.error, path);
  return expect(decode_stat_reply(reply.body));
}

Znodes::Data Znodes::get(std::string_view path, bool watch) const {
  check_path(path);
  const std::string body = call(requests::get_data(chroot_.outgoing(path), watch), path);
  const DataReply reply = expect(decode_data_reply(body));
  Data data;
  if (reply.data) data.bytes = std::string(*reply.data);
  data.stat = reply.stat;
  return data;
}

Stat Znodes::set(std::string_view path, std::string_view data, std::int32_t version) const {
  check_path(path);
  return expect(decode_stat_reply(call(requests::set_data(chroot_.outgoing(path), data, version), path)));
}

Znodes::Children Znodes::children(std::string_view path, bool watch) const {
  check_path(path);
  const Request request = requests::get_children(chroot_.outgoing(path), watch);
  const std::string body = call(request, path);
  const ChildrenReply reply = expect(decode_children_reply(body, request.op));
  Children children{read_strings(reply.names), reply.stat.value_or(Stat{})};
  std::sort(children.names.begin(), children.names.end());
  return children;
}

Znodes::AclOfNode Znodes::get_acl(std::string_view path) const {
  check_path(path);
  const std::string body = call(requests::get_acl(chroot_.outgoing(path)), path);
  const AclReply reply = expect(decode_acl_reply(body));
  AclOfNode acl;
  acl.stat = reply.stat;
  for (AclReader reader(reply.acl); !reader.done();) {
    const Acl entry = reader.next();
    acl.entries.push_back({std::string(entry.scheme), std::string(entry.id), entry.permissions});
  }
  return acl;
}

Stat Znodes::set_acl(std::string_view path, const AclText& acl, std::int32_t version) const {
  check_path(path);
  if (acl.entries.empty()) throw Refused(ErrorCode::kInvalidAcl, "");
  const Vector<char> encoded = encode_acl(acl);
  return expect(decode_stat_reply(call(requests::set_acl(chroot_.outgoing(path), view(encoded), version), path)));
}

std::int32_t Znodes::all_children_number(std::string_view path) const {
  check_path(path);
  return expect(decode_count_reply(call(requests::get_all_children_number(chroot_.outgoing(path)), path)));
}

std::vector<std::string> Znodes::ephemerals(std::string_view prefix) const {
  check_path(prefix);
  const std::string body = call(requests::get_ephemerals(chroot_.outgoing(prefix)), prefix);
  std::vector<std::string> paths = read_strings(expect(decode_strings_reply(body)));
  for (std::string& path : paths) path = chroot_.incoming(path);
  return paths;
}

void Znodes::add_watch(std::string_view path, AddWatchMode mode) const {
  check_path(path);
  call(requests::add_watch(chroot_.outgoing(path), mode), path);
}

}  // namespace vivarium::cli
