// Encoded vectors of strings and ACLs: checked once where they enter, then carried and walked as raw bytes.
//
// Invariant: the walkers only see bytes that passed `take_string_vector` or `take_acl`; for them malformed bytes
// are an impossible state. Must never: build a list in memory.
#include "kernel/base/slice.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {
namespace {

constexpr std::int32_t kNullVector = -1;

/// Reads a vector's count; fails the reader when it is negative (but not null) or over the limit.
std::int32_t take_count(ByteReader& in) {
  const std::int32_t count = in.i32();
  if (count < kNullVector || count > limits::kMaxVectorCount) in.fail();
  return count;
}

/// The bytes between two positions of a reader.
std::string_view between(std::string_view before, const ByteReader& after) {
  KASSERT(after.remaining() <= before.size());
  return slice(before, 0, before.size() - after.remaining());
}

std::int32_t count_of(ByteReader& reader) {
  if (reader.remaining() == 0) return 0;
  const std::int32_t count = reader.i32();
  KASSERT(count <= limits::kMaxVectorCount);
  return count < 0 ? 0 : count;
}

}  // namespace

StringVectorReader::StringVectorReader(std::string_view encoded)
    : reader_(encoded), count_(count_of(reader_)), left_(count_) {}

std::string_view StringVectorReader::next() {
  KASSERT(left_ > 0);
  --left_;
  const std::string_view s = reader_.ustring();
  KASSERT(reader_.ok());
  return s;
}

std::optional<std::string_view> take_string_vector(ByteReader& in) {
  const std::string_view before = in.rest();
  const std::int32_t count = take_count(in);
  for (std::int32_t i = 0; i < count && in.ok(); ++i) in.buffer();
  if (!in.ok()) return std::nullopt;
  if (count == kNullVector) return std::string_view{};
  return between(before, in);
}

AclReader::AclReader(AclBytes encoded) : reader_(encoded), count_(count_of(reader_)), left_(count_) {}

Acl AclReader::next() {
  KASSERT(left_ > 0);
  --left_;
  Acl acl;
  acl.permissions = reader_.i32();
  acl.scheme = reader_.ustring();
  acl.id = reader_.ustring();
  KASSERT(reader_.ok());
  return acl;
}

std::optional<AclBytes> take_acl(ByteReader& in) {
  const std::string_view before = in.rest();
  const std::int32_t count = take_count(in);
  for (std::int32_t i = 0; i < count && in.ok(); ++i) {
    in.i32();
    in.buffer();
    in.buffer();
  }
  if (!in.ok() || count == kNullVector) return std::nullopt;
  return between(before, in);
}

void encode(ByteWriter& out, const Acl& acl) {
  out.i32(acl.permissions);
  out.ustring(acl.scheme);
  out.ustring(acl.id);
}

AclBytes open_acl() {
  return {
      "\0\0\0\1"
      "\0\0\0\x1f"
      "\0\0\0\5"
      "world"
      "\0\0\0\6"
      "anyone",
      27};
}

AclBytes read_only_acl() {
  return {
      "\0\0\0\1"
      "\0\0\0\1"
      "\0\0\0\5"
      "world"
      "\0\0\0\6"
      "anyone",
      27};
}

}  // namespace vivarium
