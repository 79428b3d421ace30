// One function per operation of the client protocol: what a caller hands to SessionClient::call.
//
// Must never: check what it is given; the server does, and tests want to send nonsense.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/containers.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/op_code.h"

namespace vivarium {

/// An operation and its encoded record, without header: the transport's business.
struct Request {
  OpCode op = OpCode::kError;
  Vector<char> body;
};

/// An encoded vector<ACL>, for the `acl` arguments below. open_acl() is the usual one.
Vector<char> encode_acl_list(std::span<const Acl> entries);

namespace requests {

/// create, or with `op` kCreate2, kCreateContainer; kCreateTtl takes `ttl_ms`. `acl` is an encoded list.
Request create(std::string_view path, MaybeBytes data, AclBytes acl, std::int32_t flags, OpCode op = OpCode::kCreate,
               std::int64_t ttl_ms = 0);
Request remove(std::string_view path, std::int32_t version = -1);
Request exists(std::string_view path, bool watch = false);
Request get_data(std::string_view path, bool watch = false);
Request set_data(std::string_view path, MaybeBytes data, std::int32_t version = -1);
Request get_acl(std::string_view path);
Request set_acl(std::string_view path, AclBytes acl, std::int32_t version = -1);
/// Without stat: getChildren; with: getChildren2.
Request get_children(std::string_view path, bool watch = false, bool with_stat = true);
Request sync(std::string_view path);
Request check(std::string_view path, std::int32_t version);  // legal in a multi only
Request check_watches(std::string_view path, WatcherType type);
Request remove_watches(std::string_view path, WatcherType type);
Request add_watch(std::string_view path, AddWatchMode mode);
Request get_ephemerals(std::string_view prefix);
Request get_all_children_number(std::string_view path);
Request who_am_i();
Request reconfig(MaybeBytes joining, MaybeBytes leaving, MaybeBytes new_members, std::int64_t current_config_id = -1);
Request sasl(MaybeBytes token);
/// `kMulti` of creates, remove, set_data, check; `kMultiRead` of get_data and get_children (without stat).
Request multi(std::span<const Request> operations, OpCode op = OpCode::kMulti);

}  // namespace requests
}  // namespace vivarium
