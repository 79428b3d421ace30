// What a simulated client asks for; see workload.h.
#include "sim/client/workload.h"

#include <string>

#include "sim/check/oracle.h"
#include "sim/model/model_identity.h"
#include "sim/report/text.h"

namespace vivarium::sim {

Workload::Workload(const Plan& plan, std::uint32_t client, std::uint8_t user)
    : plan_(plan), client_(client), user_(user), kinds_(Seed{plan.seed}, Choice::kOperation, client) {
  for (const std::int64_t weight : plan.mix) total_weight_ += static_cast<std::uint64_t>(weight);
}

OpKind Workload::kind(std::uint64_t index) const {
  if (total_weight_ == 0) return OpKind::kGet;
  std::uint64_t at = kinds_.at(index, total_weight_);
  for (std::size_t i = 0; i < kOpKinds; ++i) {
    const auto weight = static_cast<std::uint64_t>(plan_.mix[i]);
    if (at < weight) return static_cast<OpKind>(i);
    at -= weight;
  }
  KUNREACHABLE();
}

class Workload::Request {
 public:
  Request(const Workload& workload, std::uint64_t index, Vector<char>& out)
      : workload_(workload),
        plan_(workload.plan_),
        index_(index),
        draws_(Seed{plan_.seed}, Choice::kOperationData, (static_cast<std::uint64_t>(workload.client_) << 32) | index),
        out_(out) {}

  OpCode encode_body(OpKind kind) {
    switch (kind) {
      case OpKind::kCreate:
        return create(OpCode::kCreate, create_flags::kPersistent);
      case OpKind::kCreate2:
        return create(OpCode::kCreate2, create_flags::kPersistent);
      case OpKind::kEphemeral:
        return create(draws_.chance(500) ? OpCode::kCreate : OpCode::kCreate2, create_flags::kEphemeral);
      case OpKind::kSequential:
        return create(draws_.chance(500) ? OpCode::kCreate : OpCode::kCreate2, create_flags::kPersistentSequential);
      case OpKind::kEphemeralSequential:
        return create(OpCode::kCreate, create_flags::kEphemeralSequential);
      case OpKind::kContainer:
        return create(OpCode::kCreateContainer, create_flags::kContainer);
      case OpKind::kTtl:
        return create(OpCode::kCreateTtl, draws_.chance(700) ? create_flags::kPersistentWithTtl
                                                             : create_flags::kPersistentSequentialWithTtl);
      case OpKind::kDelete:
        encode(out_, PathVersionRequest{path(), version()});
        return OpCode::kDelete;
      case OpKind::kSet:
        set_data();
        return OpCode::kSetData;
      case OpKind::kSetAcl:
        set_acl();
        return OpCode::kSetAcl;
      case OpKind::kMulti:
        return multi();
      case OpKind::kMultiRead:
        return multi_read();
      case OpKind::kGet:
        return watched(OpCode::kGetData);
      case OpKind::kExists:
        return watched(OpCode::kExists);
      case OpKind::kChildren:
        return watched(OpCode::kGetChildren);
      case OpKind::kChildren2:
        return watched(OpCode::kGetChildren2);
      case OpKind::kGetAcl:
        return plain(OpCode::kGetAcl, path());
      case OpKind::kSync:
        return plain(OpCode::kSync, path());
      case OpKind::kCountDescendants:
        return plain(OpCode::kGetAllChildrenNumber, path());
      case OpKind::kGetEphemerals:
        return plain(OpCode::kGetEphemerals, draws_.chance(500) ? "/" : path());
      case OpKind::kAddWatch:
        encode(out_, PathIntRequest{path(), static_cast<std::int32_t>(draws_.below(2))});
        return OpCode::kAddWatch;
      case OpKind::kRemoveWatches:
        encode(out_, PathIntRequest{path(), static_cast<std::int32_t>(draws_.between(1, 5))});
        return OpCode::kRemoveWatches;
      case OpKind::kCheckWatches:
        encode(out_, PathIntRequest{path(), static_cast<std::int32_t>(draws_.between(1, 5))});
        return OpCode::kCheckWatches;
      case OpKind::kWhoAmI:
        return OpCode::kWhoAmI;
      case OpKind::kReconnect:
      case OpKind::kClose:
        break;
    }
    return OpCode::kCloseSession;
  }

 private:
  std::string_view path() {
    const std::uint64_t shape = draws_.below(100);
    const std::uint64_t name = draws_.below(static_cast<std::uint64_t>(plan_.names));
    if (shape < 55) return path_ = text("/n", name);
    if (shape < 94) return path_ = text("/n", name, "/c", draws_.below(4));
    constexpr std::string_view kOdd[] = {"/", "/zookeeper", "/n0/c0/d", "/n0/", "/n0//c1", "/zookeeper/config"};
    return path_ = kOdd[draws_.below(std::size(kOdd))];
  }

  std::int32_t version() { return draws_.chance(700) ? -1 : static_cast<std::int32_t>(draws_.below(4)); }

  MaybeBytes contents() {
    if (draws_.chance(30)) return std::nullopt;
    data_ = text("c", workload_.client_ + 1, " op ", index_, " ");
    const std::uint64_t size = draws_.below(static_cast<std::uint64_t>(plan_.data_size) + 1);
    data_.resize(size, static_cast<char>('a' + index_ % 26));
    return MaybeBytes(data_);
  }

  /// Mostly open; the rest tries every scheme, and some that do not exist.
  std::optional<AclBytes> acl() {
    const std::uint64_t shape = draws_.below(100);
    if (shape < 85) return open_acl();
    acl_.clear();
    ByteWriter out(acl_);
    const auto one = [&](std::int32_t permissions, std::string_view scheme, std::string_view id) {
      out.i32(1);
      encode(out, Acl{permissions, scheme, id});
      return std::optional<AclBytes>(view(acl_));
    };
    if (shape < 88) return one(perms::kAll, "auth", "");
    if (shape < 91) return one(perms::kAll, "digest", digest_id(text("u", 1 + draws_.below(3))));
    if (shape < 94) return one(perms::kRead | perms::kCreate | perms::kDelete, "world", "anyone");
    if (shape < 97) return one(perms::kAll, "ip", client_address(static_cast<std::uint32_t>(draws_.below(3))));
    if (shape < 98) return one(perms::kAll, "nobody", "knows");
    if (shape < 99) out.i32(0);
    if (shape < 99) return view(acl_);
    out.i32(2);
    encode(out, Acl{perms::kRead, "world", "anyone"});
    encode(out, Acl{perms::kAll, "ip", client_address(workload_.client_)});
    return view(acl_);
  }

  OpCode create(OpCode op, std::int32_t flags) {
    CreateRequest request;
    const bool sequential = flags == create_flags::kPersistentSequential ||
                            flags == create_flags::kEphemeralSequential ||
                            flags == create_flags::kPersistentSequentialWithTtl;
    request.path = path();
    if (sequential && draws_.chance(700)) {
      path_ += path_.back() == '/' ? "q-" : "/q-";
      request.path = path_;
    }
    request.data = contents();
    request.acl = acl();
    request.flags = flags;
    if (op == OpCode::kCreateTtl) request.ttl_ms = draws_.chance(50) ? 0 : draws_.between(1, 400);
    encode(out_, request, op);
    return op;
  }

  void set_data() {
    const std::string_view where = path();
    const MaybeBytes data = contents();
    encode(out_, SetDataRequest{where, data, version()});
  }

  void set_acl() {
    const std::string_view where = path();
    const std::optional<AclBytes> list = acl();
    encode(out_, SetAclRequest{where, list, version()});
  }

  OpCode plain(OpCode op, std::string_view where) {
    encode(out_, PathRequest{where});
    return op;
  }

  OpCode watched(OpCode op) {
    const std::string_view where = path();
    encode(out_, PathWatchRequest{where, draws_.below(100) < static_cast<std::uint64_t>(plan_.watch_percent)});
    return op;
  }

  OpCode multi() {
    const std::uint64_t count = draws_.below(6);
    for (std::uint64_t i = 0; i < count; ++i) {
      constexpr OpCode kParts[] = {OpCode::kCreate,  OpCode::kCreate,  OpCode::kCreate2, OpCode::kDelete,
                                   OpCode::kSetData, OpCode::kSetData, OpCode::kCheck,   OpCode::kCreateContainer};
      const OpCode op = kParts[draws_.below(std::size(kParts))];
      encode(out_, MultiHeader{static_cast<std::int32_t>(op), false, static_cast<ErrorCode>(-1)});
      if (op == OpCode::kCreate || op == OpCode::kCreate2) {
        create(op, static_cast<std::int32_t>(draws_.below(4)));
      } else if (op == OpCode::kCreateContainer) {
        create(op, create_flags::kContainer);
      } else if (op == OpCode::kSetData) {
        set_data();
      } else {
        const std::string_view where = path();
        encode(out_, PathVersionRequest{where, version()});
      }
    }
    encode(out_, MultiHeader{-1, true, static_cast<ErrorCode>(-1)});
    return OpCode::kMulti;
  }

  OpCode multi_read() {
    const std::uint64_t count = draws_.below(5);
    for (std::uint64_t i = 0; i < count; ++i) {
      const OpCode op = draws_.chance(500) ? OpCode::kGetData : OpCode::kGetChildren;
      encode(out_, MultiHeader{static_cast<std::int32_t>(op), false, static_cast<ErrorCode>(-1)});
      encode(out_, PathWatchRequest{path(), false});
    }
    encode(out_, MultiHeader{-1, true, static_cast<ErrorCode>(-1)});
    return OpCode::kMultiRead;
  }

  const Workload& workload_;
  const Plan& plan_;
  std::uint64_t index_;
  Stream draws_;
  ByteWriter out_;
  std::string path_, data_;
  Vector<char> acl_;
};

OpCode Workload::encode_body(OpKind kind, std::uint64_t index, Vector<char>& out) const {
  return Request(*this, index, out).encode_body(kind);
}

}  // namespace vivarium::sim
