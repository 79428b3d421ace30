// Every record of the client port survives the round trip, and any strict prefix of one is refused.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/property/wire/generators.h"

namespace vivarium {
namespace {

using property::any_acl;
using property::any_string;
using property::any_string_vector;
using property::bytes_of;
using property::encoded;
using property::ExactCopy;
using property::maybe_string;

std::int32_t any_i32() { return *rc::gen::arbitrary<std::int32_t>(); }
std::int64_t any_i64() { return *rc::gen::arbitrary<std::int64_t>(); }

/// Encodes `record`, decodes it with `decode`, encodes that, and then tries a strict prefix.
template <class Record, class Decode, class... Op>
void check(const Record& record, Decode decode, Op... op) {
  const std::string bytes = encoded([&](ByteWriter& out) { encode(out, record, op...); });
  ByteReader in(bytes);
  const auto decoded = decode(in);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(in.finished());
  RC_ASSERT(encoded([&](ByteWriter& out) { encode(out, *decoded, op...); }) == bytes);
  const ExactCopy cut(std::string_view(bytes).substr(0, *rc::gen::inRange<std::size_t>(0, bytes.size())));
  ByteReader short_in(cut.bytes());
  RC_ASSERT(!decode(short_in).has_value());
}

RC_GTEST_PROP(CreateRequest, survives, ()) {
  const std::string path = *any_string(), acl = *any_acl();
  const auto data = *maybe_string();
  const auto op = *rc::gen::element(OpCode::kCreate, OpCode::kCreate2, OpCode::kCreateContainer, OpCode::kCreateTtl);
  CreateRequest request;
  request.path = path;
  request.data = bytes_of(data);
  if (*rc::gen::arbitrary<bool>()) request.acl = acl;
  request.flags = any_i32();
  request.ttl_ms = any_i64();
  check(
      request, [op](ByteReader& in) { return decode_create_request(in, op); }, op);
}

RC_GTEST_PROP(SetDataRequest, survives, ()) {
  const std::string path = *any_string();
  const auto data = *maybe_string();
  check(SetDataRequest{path, bytes_of(data), any_i32()}, [](ByteReader& in) { return decode_set_data_request(in); });
}

RC_GTEST_PROP(SetAclRequest, survives, ()) {
  const std::string path = *any_string(), acl = *any_acl();
  SetAclRequest request{path, std::nullopt, any_i32()};
  if (*rc::gen::arbitrary<bool>()) request.acl = acl;
  check(request, [](ByteReader& in) { return decode_set_acl_request(in); });
}

RC_GTEST_PROP(SmallRequests, survive, ()) {
  const std::string path = *any_string(), scheme = *any_string();
  check(PathRequest{path}, [](ByteReader& in) { return decode_path_request(in); });
  check(PathVersionRequest{path, any_i32()}, [](ByteReader& in) { return decode_path_version_request(in); });
  check(PathWatchRequest{path, *rc::gen::arbitrary<bool>()},
        [](ByteReader& in) { return decode_path_watch_request(in); });
  check(PathIntRequest{path, any_i32()}, [](ByteReader& in) { return decode_path_int_request(in); });
  check(AuthRequest{any_i32(), scheme, path}, [](ByteReader& in) { return decode_auth_request(in); });
}

RC_GTEST_PROP(ReconfigRequest, survives, ()) {
  const auto joining = *maybe_string(), leaving = *maybe_string(), members = *maybe_string();
  check(ReconfigRequest{bytes_of(joining), bytes_of(leaving), bytes_of(members), any_i64()},
        [](ByteReader& in) { return decode_reconfig_request(in); });
}

RC_GTEST_PROP(SetWatchesRequest, survives, ()) {
  const std::string data = *any_string_vector(), exist = *any_string_vector(), child = *any_string_vector(),
                    persistent = *any_string_vector(), recursive = *any_string_vector();
  const auto op = *rc::gen::element(OpCode::kSetWatches, OpCode::kSetWatches2);
  check(
      SetWatchesRequest{Zxid{any_i64()}, data, exist, child, persistent, recursive},
      [op](ByteReader& in) { return decode_set_watches_request(in, op); }, op);
}

RC_GTEST_PROP(WatcherEvent, survives, ()) {
  const std::string path = *any_string();
  check(WatcherEvent{static_cast<EventType>(any_i32()), any_i32(), path},
        [](ByteReader& in) { return decode_watcher_event(in); });
}

RC_GTEST_PROP(Stat, survives, ()) {
  Stat stat;
  stat.czxid.value = any_i64();
  stat.mzxid.value = any_i64();
  stat.ctime.millis = any_i64();
  stat.mtime.millis = any_i64();
  stat.version = any_i32();
  stat.cversion = any_i32();
  stat.aversion = any_i32();
  stat.ephemeral_owner = any_i64();
  stat.data_length = any_i32();
  stat.num_children = any_i32();
  stat.pzxid.value = any_i64();
  const std::string bytes = encoded([&](ByteWriter& out) { encode(out, stat); });
  ByteReader in(bytes);
  RC_ASSERT(decode_stat(in) == stat);
  RC_ASSERT(in.finished());
}

RC_GTEST_PROP(Headers, survive, ()) {
  const RequestHeader request{Xid{any_i32()}, static_cast<OpCode>(any_i32())};
  const ReplyHeader reply{Xid{any_i32()}, Zxid{any_i64()}, static_cast<ErrorCode>(any_i32())};
  const MultiHeader multi{any_i32(), *rc::gen::arbitrary<bool>(), static_cast<ErrorCode>(any_i32())};
  const std::string bytes = encoded([&](ByteWriter& out) {
    encode(out, request);
    encode(out, reply);
    encode(out, multi);
  });
  ByteReader in(bytes);
  const RequestHeader request2 = decode_request_header(in);
  const ReplyHeader reply2 = decode_reply_header(in);
  const MultiHeader multi2 = decode_multi_header(in);
  RC_ASSERT(in.finished());
  RC_ASSERT(request2.xid == request.xid && request2.type == request.type);
  RC_ASSERT(reply2.xid == reply.xid && reply2.zxid == reply.zxid && reply2.error == reply.error);
  RC_ASSERT(multi2.type == multi.type && multi2.done == multi.done && multi2.error == multi.error);
}

RC_GTEST_PROP(ConnectRequest, survives_with_and_without_the_readOnly_byte, ()) {
  const std::string password = *any_string();
  ConnectRequest request{any_i32(), Zxid{any_i64()}, any_i32(), SessionId{any_i64()}, password, std::nullopt};
  if (*rc::gen::arbitrary<bool>()) request.read_only = *rc::gen::arbitrary<bool>();
  const std::string bytes = encoded([&](ByteWriter& out) { encode(out, request); });
  const auto decoded = decode_connect_request(bytes);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(encoded([&](ByteWriter& out) { encode(out, *decoded); }) == bytes);
  const ExactCopy cut(std::string_view(bytes).substr(0, *rc::gen::inRange<std::size_t>(0, bytes.size())));
  const auto shorter = decode_connect_request(cut.bytes());
  const bool only_the_flag_is_gone = request.read_only.has_value() && cut.bytes().size() + 1 == bytes.size();
  RC_ASSERT(shorter.has_value() == only_the_flag_is_gone);
}

RC_GTEST_PROP(ConnectResponse, survives_with_and_without_the_readOnly_byte, ()) {
  const std::string password = *any_string();
  ConnectResponse response{any_i32(), any_i32(), SessionId{any_i64()}, password, std::nullopt};
  if (*rc::gen::arbitrary<bool>()) response.read_only = *rc::gen::arbitrary<bool>();
  const std::string bytes = encoded([&](ByteWriter& out) { encode(out, response); });
  const auto decoded = decode_connect_response(bytes);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(encoded([&](ByteWriter& out) { encode(out, *decoded); }) == bytes);
}

RC_GTEST_PROP(Vectors, are_walked_as_they_were_made, ()) {
  const auto strings = *rc::gen::container<std::vector<std::string>>(any_string());
  const std::string bytes = encoded([&](ByteWriter& out) {
    out.i32(static_cast<std::int32_t>(strings.size()));
    for (const std::string& s : strings) out.ustring(s);
  });
  StringVectorReader reader(bytes);
  RC_ASSERT(reader.size() == static_cast<std::int32_t>(strings.size()));
  for (const std::string& s : strings) RC_ASSERT(reader.next() == s);
  RC_ASSERT(reader.done());
}

}  // namespace
}  // namespace vivarium
