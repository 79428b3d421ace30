// What the bodies of successful replies mean. Views into the body; nullopt when the bytes are not such a record.
//
// The server's own encoder is request/reply and request/read; these are written apart from it, so that each checks the
// other. Must never: trust a count or a length.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {

struct CreateReply {
  std::string_view path;
  std::optional<Stat> stat;  // create2, createContainer, createTTL
};
struct DataReply {
  MaybeBytes data;
  Stat stat;
};
struct ChildrenReply {
  std::string_view names;    // encoded vector<ustring>: walk with StringVectorReader
  std::optional<Stat> stat;  // getChildren2
};
struct AclReply {
  AclBytes acl;  // walk with AclReader
  Stat stat;
};

/// create: without stat; create2, createContainer, createTTL: with.
std::optional<CreateReply> decode_create_reply(std::string_view body, OpCode op);
/// exists, setData, setACL.
std::optional<Stat> decode_stat_reply(std::string_view body);
/// getData, and reconfig (the configuration text).
std::optional<DataReply> decode_data_reply(std::string_view body);
std::optional<ChildrenReply> decode_children_reply(std::string_view body, OpCode op);
std::optional<AclReply> decode_acl_reply(std::string_view body);
/// sync.
std::optional<std::string_view> decode_path_reply(std::string_view body);
/// getEphemerals: an encoded vector<ustring>.
std::optional<std::string_view> decode_strings_reply(std::string_view body);
/// getAllChildrenNumber.
std::optional<std::int32_t> decode_count_reply(std::string_view body);

/// whoAmI: walks vector<{scheme, user}>. `ok()` is false when the bytes ended early.
class WhoAmIReader {
 public:
  explicit WhoAmIReader(std::string_view body);
  struct Entry {
    std::string_view scheme, user;
  };
  bool done() const { return left_ <= 0 || !reader_.ok(); }
  Entry next();
  bool ok() const { return reader_.ok(); }

 private:
  ByteReader reader_;
  std::int32_t left_;
};

/// One result of a multi or multiRead. `error` other than kOk: the operation failed, or was not tried.
struct MultiResult {
  OpCode type = OpCode::kError;
  ErrorCode error = ErrorCode::kOk;
  std::string_view path;     // creates
  MaybeBytes data;           // getData
  std::string_view names;    // getChildren
  std::optional<Stat> stat;  // create2, setData, getData
};
class MultiReader {
 public:
  explicit MultiReader(std::string_view body) : reader_(body) {}
  /// nullopt at the end and when the bytes are malformed; ok() tells which.
  std::optional<MultiResult> next();
  bool ok() const { return reader_.ok(); }

 private:
  ByteReader reader_;
  bool ended_ = false;
};

}  // namespace vivarium
