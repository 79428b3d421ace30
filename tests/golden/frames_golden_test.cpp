// Every frame of the captured exchanges decodes and is encoded again to the same bytes.
#include <set>

#include "kernel/wire/client_protocol.h"
#include "tests/golden/golden_files.h"

namespace vivarium {
namespace {

/// Encodes a decoded request again; false when it did not decode.
template <class Record, class... Op>
bool again(ByteWriter& out, const std::optional<Record>& record, Op... op) {
  if (!record) return false;
  encode(out, *record, op...);
  return true;
}

bool copy_record(OpCode op, ByteReader& in, ByteWriter& out);

bool copy_multi_request(ByteReader& in, ByteWriter& out) {
  for (;;) {
    const MultiHeader header = decode_multi_header(in);
    if (!in.ok()) return false;
    encode(out, header);
    if (header.done) return true;
    if (!copy_record(static_cast<OpCode>(header.type), in, out)) return false;
  }
}

bool copy_record(OpCode op, ByteReader& in, ByteWriter& out) {
  switch (op) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      return again(out, decode_create_request(in, op), op);
    case OpCode::kDelete:
    case OpCode::kCheck:
      return again(out, decode_path_version_request(in));
    case OpCode::kExists:
    case OpCode::kGetData:
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2:
      return again(out, decode_path_watch_request(in));
    case OpCode::kSetData:
      return again(out, decode_set_data_request(in));
    case OpCode::kSetAcl:
      return again(out, decode_set_acl_request(in));
    case OpCode::kGetAcl:
    case OpCode::kSync:
    case OpCode::kGetEphemerals:
    case OpCode::kGetAllChildrenNumber:
      return again(out, decode_path_request(in));
    case OpCode::kCheckWatches:
    case OpCode::kRemoveWatches:
    case OpCode::kAddWatch:
      return again(out, decode_path_int_request(in));
    case OpCode::kAuth:
      return again(out, decode_auth_request(in));
    case OpCode::kSetWatches:
    case OpCode::kSetWatches2:
      return again(out, decode_set_watches_request(in, op), op);
    case OpCode::kReconfig:
      return again(out, decode_reconfig_request(in));
    case OpCode::kMulti:
    case OpCode::kMultiRead:
      return copy_multi_request(in, out);
    default:
      return true;  // no record
  }
}

void copy_strings(ByteReader& in, ByteWriter& out) { out.bytes(take_string_vector(in).value_or("malformed")); }
void copy_stat(ByteReader& in, ByteWriter& out) { encode(out, decode_stat(in)); }

void copy_who_am_i(ByteReader& in, ByteWriter& out) {
  const std::int32_t count = in.i32();
  out.i32(count);
  for (std::int32_t i = 0; i < 2 * count && in.ok(); ++i) out.ustring(in.ustring());
}

void copy_reply_record(const std::string& op, ByteReader& in, ByteWriter& out);

void copy_multi_reply(ByteReader& in, ByteWriter& out) {
  for (;;) {
    const MultiHeader header = decode_multi_header(in);
    if (!in.ok()) return;
    encode(out, header);
    if (header.done) return;
    if (header.type == static_cast<int>(OpCode::kError)) {
      out.i32(in.i32());
    } else {
      copy_reply_record(op_name(static_cast<OpCode>(header.type)), in, out);
    }
  }
}

void copy_reply_record(const std::string& op, ByteReader& in, ByteWriter& out) {
  if (op == "create" || op == "sync") {
    out.ustring(in.ustring());
  } else if (op == "create2" || op == "createContainer" || op == "createTTL") {
    out.ustring(in.ustring());
    copy_stat(in, out);
  } else if (op == "exists" || op == "setData" || op == "setACL") {
    copy_stat(in, out);
  } else if (op == "getData") {
    out.buffer(in.buffer());
    copy_stat(in, out);
  } else if (op == "getACL") {
    out.bytes(take_acl(in).value_or("malformed"));
    copy_stat(in, out);
  } else if (op == "getChildren" || op == "getEphemerals") {
    copy_strings(in, out);
  } else if (op == "getChildren2") {
    copy_strings(in, out);
    copy_stat(in, out);
  } else if (op == "getAllChildrenNumber" || op == "addWatch") {
    out.i32(in.i32());
  } else if (op == "whoAmI") {
    copy_who_am_i(in, out);
  } else if (op == "multi" || op == "multiRead") {
    copy_multi_reply(in, out);
  }
}

/// Decodes one captured frame and encodes it again.
std::string again(const golden::Frame& frame) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  ByteReader in(frame.bytes);
  if (frame.kind == "connect_request") {
    EXPECT_TRUE(again(out, decode_connect_request(frame.bytes)));
  } else if (frame.kind == "connect_response") {
    EXPECT_TRUE(again(out, decode_connect_response(frame.bytes)));
  } else if (frame.kind == "request") {
    const RequestHeader header = decode_request_header(in);
    encode(out, header);
    copy_record(header.type, in, out);
  } else {
    const ReplyHeader header = decode_reply_header(in);
    encode(out, header);
    if (frame.kind == "event") {
      EXPECT_TRUE(again(out, decode_watcher_event(in)));
    } else if (header.error == ErrorCode::kOk) {
      copy_reply_record(frame.kind.substr(6), in, out);
    }
  }
  return std::string(view(bytes));
}

TEST(GoldenFrames, are_encoded_again_to_the_same_bytes) {
  for (const golden::Frame& frame : golden::frames()) {
    EXPECT_TRUE(again(frame) == frame.bytes) << frame.label << " " << frame.kind;
  }
}

TEST(GoldenFrames, cover_every_operation_that_clients_send) {
  std::set<std::string> seen;
  for (const golden::Frame& frame : golden::frames()) {
    if (frame.kind.rfind("reply:", 0) == 0) seen.insert(frame.kind.substr(6));
  }
  // All but sasl and a top-level check, which would make Apache 3.8.0's own log unloadable.
  EXPECT_EQ(seen.size(), 27u);
}

ErrorCode reply_error(const std::string& label) {
  const golden::Frame reply = golden::exchange(label).back();
  ByteReader in(reply.bytes);
  return decode_reply_header(in).error;
}

TEST(GoldenFrames, show_the_errors_that_apache_answers) {
  EXPECT_EQ(reply_error("create_exists"), ErrorCode::kNodeExists);
  EXPECT_EQ(reply_error("create_no_parent"), ErrorCode::kNoNode);
  EXPECT_EQ(reply_error("create_bad_path"), ErrorCode::kBadArguments);
  EXPECT_EQ(reply_error("create_under_ephemeral"), ErrorCode::kNoChildrenForEphemerals);
  EXPECT_EQ(reply_error("create_ttl_bad"), ErrorCode::kBadArguments);
  EXPECT_EQ(reply_error("create_null_acl"), ErrorCode::kInvalidAcl);
  EXPECT_EQ(reply_error("set_acl_invalid"), ErrorCode::kInvalidAcl);
  EXPECT_EQ(reply_error("delete_not_empty"), ErrorCode::kNotEmpty);
  EXPECT_EQ(reply_error("set_data_bad_version"), ErrorCode::kBadVersion);
  EXPECT_EQ(reply_error("remove_watches_none"), ErrorCode::kNoWatcher);
  EXPECT_EQ(reply_error("auth_unknown_scheme"), ErrorCode::kAuthFailed);
  EXPECT_EQ(reply_error("unknown_op"), ErrorCode::kUnimplemented);
  EXPECT_EQ(reply_error("no_auth"), ErrorCode::kNoAuth);
  EXPECT_EQ(reply_error("reconfig"), ErrorCode::kReconfigDisabled);
  EXPECT_EQ(reply_error("multi_bad_type"), ErrorCode::kMarshallingError);
  EXPECT_EQ(reply_error("multi_failed"), ErrorCode::kOk);
}

TEST(GoldenFrames, answer_an_old_client_without_the_readOnly_byte) {
  const auto old_client = golden::exchange("connect_without_read_only");
  EXPECT_FALSE(decode_connect_request(old_client[0].bytes)->read_only.has_value());
  EXPECT_FALSE(decode_connect_response(old_client[1].bytes)->read_only.has_value());
  const auto refused = golden::exchange("reconnect_bad_password");
  EXPECT_EQ(decode_connect_response(refused[1].bytes)->timeout_ms, 0);
  EXPECT_EQ(decode_connect_response(refused[1].bytes)->password, std::string(16, '\0'));
}

TEST(GoldenFrames, put_the_event_before_the_reply_that_shows_its_cause) {
  const auto frames = golden::exchange("own_delete");
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[1].kind, "event");
  ByteReader in(frames[1].bytes);
  EXPECT_EQ(decode_reply_header(in).xid, xids::kNotification);
  const auto event = decode_watcher_event(in);
  EXPECT_EQ(event->type, EventType::kNodeDeleted);
  EXPECT_EQ(event->path, "/w");
}

}  // namespace
}  // namespace vivarium
