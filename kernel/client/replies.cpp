// Decoders of replies; see the header.
#include "kernel/client/replies.h"

namespace vivarium {
namespace {

/// A decoded value counts only when the body held it and nothing else.
template <class T>
std::optional<T> whole(const ByteReader& in, const T& value) {
  if (!in.finished()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<CreateReply> decode_create_reply(std::string_view body, OpCode op) {
  ByteReader in(body);
  CreateReply reply;
  reply.path = in.ustring();
  if (op != OpCode::kCreate) reply.stat = decode_stat(in);
  return whole(in, reply);
}

std::optional<Stat> decode_stat_reply(std::string_view body) {
  ByteReader in(body);
  const Stat stat = decode_stat(in);
  return whole(in, stat);
}

std::optional<DataReply> decode_data_reply(std::string_view body) {
  ByteReader in(body);
  DataReply reply;
  reply.data = in.buffer();
  reply.stat = decode_stat(in);
  return whole(in, reply);
}

std::optional<ChildrenReply> decode_children_reply(std::string_view body, OpCode op) {
  ByteReader in(body);
  ChildrenReply reply;
  const auto names = take_string_vector(in);
  if (!names) return std::nullopt;
  reply.names = *names;
  if (op == OpCode::kGetChildren2) reply.stat = decode_stat(in);
  return whole(in, reply);
}

std::optional<AclReply> decode_acl_reply(std::string_view body) {
  ByteReader in(body);
  AclReply reply;
  const auto acl = take_acl(in);
  if (!acl) return std::nullopt;
  reply.acl = *acl;
  reply.stat = decode_stat(in);
  return whole(in, reply);
}

std::optional<std::string_view> decode_path_reply(std::string_view body) {
  ByteReader in(body);
  const std::string_view path = in.ustring();
  return whole(in, path);
}

std::optional<std::string_view> decode_strings_reply(std::string_view body) {
  ByteReader in(body);
  const auto strings = take_string_vector(in);
  if (!strings) return std::nullopt;
  return whole(in, *strings);
}

std::optional<std::int32_t> decode_count_reply(std::string_view body) {
  ByteReader in(body);
  const std::int32_t count = in.i32();
  return whole(in, count);
}

WhoAmIReader::WhoAmIReader(std::string_view body) : reader_(body), left_(reader_.i32()) {}

WhoAmIReader::Entry WhoAmIReader::next() {
  KASSERT(!done());
  --left_;
  Entry entry;
  entry.scheme = reader_.ustring();
  entry.user = reader_.ustring();
  return entry;
}

std::optional<MultiResult> MultiReader::next() {
  if (ended_ || !reader_.ok()) return std::nullopt;
  const MultiHeader header = decode_multi_header(reader_);
  ended_ = header.done;
  if (header.done || !reader_.ok()) return std::nullopt;

  MultiResult result;
  result.type = static_cast<OpCode>(header.type);
  result.error = header.error;
  switch (result.type) {
    case OpCode::kError:
      result.error = static_cast<ErrorCode>(reader_.i32());
      break;
    case OpCode::kCreate:
      result.path = reader_.ustring();
      break;
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      result.path = reader_.ustring();
      result.stat = decode_stat(reader_);
      break;
    case OpCode::kSetData:
      result.stat = decode_stat(reader_);
      break;
    case OpCode::kGetData:
      result.data = reader_.buffer();
      result.stat = decode_stat(reader_);
      break;
    case OpCode::kGetChildren:
      if (const auto names = take_string_vector(reader_)) {
        result.names = *names;
      } else {
        reader_.fail();
      }
      break;
    case OpCode::kDelete:
    case OpCode::kCheck:
      break;
    default:
      reader_.fail();
  }
  if (!reader_.ok()) return std::nullopt;
  return result;
}

}  // namespace vivarium
