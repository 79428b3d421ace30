// Arbitrary wire values. They own their strings; the records of the kernel are made as views into them.
#pragma once

#include <rapidcheck.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/wire/client_protocol.h"
#include "kernel/wire/txn.h"

namespace vivarium::property {

template <class Encode>
std::string encoded(Encode encode_into) {
  Vector<char> out;
  ByteWriter writer(out);
  encode_into(writer);
  return std::string(view(out));
}

/// A copy in a block of exactly its size, so that AddressSanitizer sees every read behind its end.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view bytes) : block_(new char[bytes.size()]), size_(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), block_.get());
  }
  std::string_view bytes() const { return {block_.get(), size_}; }

 private:
  std::unique_ptr<char[]> block_;
  std::size_t size_;
};

inline rc::Gen<std::string> any_string() { return rc::gen::string<std::string>(); }
inline rc::Gen<std::optional<std::string>> maybe_string() {
  return rc::gen::oneOf(rc::gen::just(std::optional<std::string>()), rc::gen::map(any_string(), [](std::string s) {
                          return std::optional<std::string>(std::move(s));
                        }));
}
inline MaybeBytes bytes_of(const std::optional<std::string>& s) {
  return s ? MaybeBytes(std::string_view(*s)) : MaybeBytes();
}

/// An encoded vector<ACL>.
inline rc::Gen<std::string> any_acl() {
  using Entry = std::tuple<std::int32_t, std::string, std::string>;
  auto entry = rc::gen::tuple(rc::gen::arbitrary<std::int32_t>(), any_string(), any_string());
  return rc::gen::map(rc::gen::container<std::vector<Entry>>(entry), [](const std::vector<Entry>& entries) {
    return encoded([&](ByteWriter& out) {
      out.i32(static_cast<std::int32_t>(entries.size()));
      for (const auto& [permissions, scheme, id] : entries) encode(out, Acl{permissions, scheme, id});
    });
  });
}

/// An encoded vector<ustring>.
inline rc::Gen<std::string> any_string_vector() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(any_string()),
                      [](const std::vector<std::string>& all) {
                        return encoded([&](ByteWriter& out) {
                          out.i32(static_cast<std::int32_t>(all.size()));
                          for (const std::string& s : all) out.ustring(s);
                        });
                      });
}

/// An encoded txn of any type that may stand at top level (multi excluded) or, with `sub`, inside a multi.
inline std::string any_body(OpCode type) {
  const std::string path = *any_string(), acl = *any_acl(), paths = *any_string_vector();
  const auto data = *maybe_string();
  const auto number = *rc::gen::arbitrary<std::int32_t>();
  TxnBody body;
  switch (type) {
    case OpCode::kError:
      body = ErrorTxn{static_cast<ErrorCode>(number)};
      break;
    case OpCode::kCreateSession:
      body = CreateSessionTxn{number};
      break;
    case OpCode::kCloseSession:
      body = CloseSessionTxn{std::string_view(paths)};
      break;
    case OpCode::kDelete:
    case OpCode::kDeleteContainer:
      body = DeleteTxn{path};
      break;
    case OpCode::kSetData:
    case OpCode::kReconfig:
      body = SetDataTxn{path, bytes_of(data), number};
      break;
    case OpCode::kSetAcl:
      body = SetAclTxn{path, acl, number};
      break;
    case OpCode::kCheck:
      body = CheckTxn{path, number};
      break;
    default: {
      CreateTxn create;
      create.kind = type;
      create.path = path;
      create.data = bytes_of(data);
      create.acl = acl;
      create.ephemeral = *rc::gen::arbitrary<bool>();
      create.parent_cversion = number;
      create.ttl_ms = *rc::gen::arbitrary<std::int64_t>();
      body = create;
    }
  }
  return encoded([&](ByteWriter& out) { encode_txn_body(out, body); });
}

inline std::string any_multi_body() {
  const auto types = *rc::gen::container<std::vector<OpCode>>(
      rc::gen::element(OpCode::kCreate, OpCode::kCreate2, OpCode::kCreateContainer, OpCode::kCreateTtl, OpCode::kDelete,
                       OpCode::kDeleteContainer, OpCode::kSetData, OpCode::kCheck, OpCode::kError));
  return encoded([&](ByteWriter& out) {
    out.i32(static_cast<std::int32_t>(types.size()));
    for (OpCode type : types) {
      out.i32(static_cast<std::int32_t>(type));
      out.ustring(any_body(type));
    }
  });
}

/// The bytes of a whole txn, as some server may have logged it.
inline std::string any_txn() {
  const OpCode type =
      *rc::gen::element(OpCode::kError, OpCode::kCreateSession, OpCode::kCloseSession, OpCode::kCreate,
                        OpCode::kCreate2, OpCode::kCreateContainer, OpCode::kCreateTtl, OpCode::kDelete,
                        OpCode::kDeleteContainer, OpCode::kSetData, OpCode::kReconfig, OpCode::kSetAcl, OpCode::kMulti);
  TxnHeader header;
  header.client_id.value = *rc::gen::arbitrary<std::int64_t>();
  header.cxid.value = *rc::gen::arbitrary<std::int32_t>();
  header.zxid.value = *rc::gen::arbitrary<std::int64_t>();
  header.time.millis = *rc::gen::arbitrary<std::int64_t>();
  header.type = type;
  const std::string body = type == OpCode::kMulti ? any_multi_body() : any_body(type);
  const bool digest = *rc::gen::arbitrary<bool>();
  const auto value = *rc::gen::arbitrary<std::int64_t>();
  return encoded([&](ByteWriter& out) {
    encode_txn_header(out, header);
    out.bytes(body);
    if (!digest) return;
    out.i32(2);
    out.i64(value);
  });
}

}  // namespace vivarium::property
