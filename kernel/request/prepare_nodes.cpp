// Preparation of the operations on nodes. The order of the checks is the contract: the first that fails names the error
// (features.md 1.2).
#include "kernel/base/assert.h"
#include "kernel/base/limits.h"
#include "kernel/base/slice.h"
#include "kernel/request/prepare_step.h"
#include "kernel/tree/path.h"

namespace vivarium {
namespace {

struct CreateMode {
  bool ephemeral = false, sequential = false, ttl = false;
};

std::optional<CreateMode> create_mode(std::int32_t flags) {
  switch (flags) {
    case create_flags::kPersistent:
    case create_flags::kContainer:
      return CreateMode{};
    case create_flags::kEphemeral:
      return CreateMode{true, false, false};
    case create_flags::kPersistentSequential:
      return CreateMode{false, true, false};
    case create_flags::kEphemeralSequential:
      return CreateMode{true, true, false};
    case create_flags::kPersistentWithTtl:
      return CreateMode{false, false, true};
    case create_flags::kPersistentSequentialWithTtl:
      return CreateMode{false, true, true};
    default:
      return std::nullopt;
  }
}

/// A TTL is for createTTL with a TTL mode and nothing else. Apache lets createTTL with another mode and a negative ttl
/// pass, and every server dies of applying it (features.md 1.4).
bool is_ttl_legal(OpCode op, const CreateMode& mode, std::int64_t ttl_ms) {
  if (!mode.ttl) return op != OpCode::kCreateTtl;
  return op == OpCode::kCreateTtl && ttl_ms >= 1 && ttl_ms <= limits::kMaxTtl;
}

/// The op code decides what a node is, in the tree as in the digest; Apache lets the flags decide in the digest.
std::int64_t owner_of(OpCode op, const CreateMode& mode, const CreateRequest& request, SessionId session) {
  if (op == OpCode::kCreateContainer) return kContainerOwner;
  if (op == OpCode::kCreateTtl) return ttl_owner(request.ttl_ms);
  return mode.ephemeral ? session.value : 0;
}

/// Appends the counter as Java's "%010d" does.
void append_sequence(String& path, std::int32_t counter) {
  char digits[11];
  std::size_t at = sizeof digits;
  std::int64_t left = counter < 0 ? -std::int64_t{counter} : std::int64_t{counter};
  while (left > 0) {
    digits[--at] = static_cast<char>('0' + left % 10);
    left /= 10;
  }
  const std::size_t width = counter < 0 ? 9 : 10;  // the sign takes one of the ten places
  while (sizeof digits - at < width) digits[--at] = '0';
  if (counter < 0) path.push_back('-');
  path.append(digits + at, sizeof digits - at);
}

std::int32_t incremented(std::int32_t version) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(version) + 1);
}

bool version_matches(std::int32_t expected, std::int32_t actual) { return expected == -1 || expected == actual; }

/// What every path must have before anything is looked up.
bool has_slash_and_no_nul(std::string_view path) {
  return path.find('/') != std::string_view::npos && path.find('\0') == std::string_view::npos;
}

std::int64_t size_of(MaybeBytes data) { return data ? static_cast<std::int64_t>(data->size()) : 0; }

}  // namespace

std::string_view parent_of_request_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  KASSERT(slash != std::string_view::npos);
  return slash == 0 ? std::string_view("/") : slice(path, 0, slash);
}

ErrorCode Preparer::Step::check_session() const {
  return self_.session_is_live(sessions_, context_.session) ? ErrorCode::kOk : ErrorCode::kSessionExpired;
}

bool Preparer::Step::permits(AclBytes acl, std::int32_t permission) const {
  return self_.options_.skip_acl || allowed(acl, permission, *context_.identities);
}

bool Preparer::Step::exceeds_hard_quota(std::string_view path, std::int64_t count, std::int64_t bytes) const {
  if (!self_.options_.enforce_quota) return false;
  return tree_.quotas().quota_exceeded(path, count, bytes) == QuotaVerdict::kHardExceeded;
}

ErrorCode Preparer::Step::create(OpCode op, const CreateRequest& request) {
  const std::optional<CreateMode> mode = create_mode(request.flags);
  if (!mode) return ErrorCode::kBadArguments;
  if (mode->ttl && !tree_.options().extended_types) return ErrorCode::kUnimplemented;
  if (!is_ttl_legal(op, *mode, request.ttl_ms)) return ErrorCode::kBadArguments;
  if (const ErrorCode error = check_session(); error != ErrorCode::kOk) return error;
  if (!has_slash_and_no_nul(request.path)) return ErrorCode::kBadArguments;
  const auto acl = fix_acl(request.acl, *context_.identities, self_.options_.schemes, self_.scratch_);
  if (!acl) return acl.error();
  const FoundNode parent = pending_.find(tree_, parent_of_request_path(request.path));
  if (!parent.exists) return ErrorCode::kNoNode;
  if (!permits(parent.acl, perms::kCreate)) return ErrorCode::kNoAuth;

  std::string_view path = request.path;
  if (mode->sequential) {
    self_.path_.assign(path.data(), path.size());
    const bool by_count = KMUTANT(self_.options_.mutant, kSequenceByCount);
    append_sequence(self_.path_, by_count ? static_cast<std::int32_t>(parent.child_count) : parent.stat.cversion);
    path = view(self_.path_);
  }
  if (!is_legal_path(path)) return ErrorCode::kBadArguments;
  const FoundNode node = pending_.find(tree_, path);
  if (node.exists) return ErrorCode::kNodeExists;
  if (tree_.kind_of_owner(parent.stat.ephemeral_owner) == OwnerKind::kEphemeral) {
    return ErrorCode::kNoChildrenForEphemerals;
  }
  if (exceeds_hard_quota(path, 1, size_of(request.data))) return ErrorCode::kQuotaExceeded;

  const std::int32_t parent_cversion = incremented(parent.stat.cversion);
  CreateTxn txn;
  txn.kind = op;
  txn.path = path;
  txn.data = request.data;
  txn.acl = *acl;
  txn.ephemeral = mode->ephemeral;
  txn.parent_cversion = parent_cversion;
  txn.ttl_ms = request.ttl_ms;
  if (const ErrorCode error = encode_body(txn); error != ErrorCode::kOk) return error;
  pending_.create(tree_, parent, node, request.data, *acl, owner_of(op, *mode, request, context_.session),
                  parent_cversion, stamp());
  return ErrorCode::kOk;
}

ErrorCode Preparer::Step::remove(const PathVersionRequest& request) {
  if (const ErrorCode error = check_session(); error != ErrorCode::kOk) return error;
  if (!has_slash_and_no_nul(request.path)) return ErrorCode::kBadArguments;
  if (is_protected_from_delete(request.path)) return ErrorCode::kBadArguments;
  const FoundNode parent = pending_.find(tree_, parent_of_request_path(request.path));
  if (!parent.exists) return ErrorCode::kNoNode;
  if (!permits(parent.acl, perms::kDelete)) return ErrorCode::kNoAuth;
  const FoundNode node = pending_.find(tree_, request.path);
  if (!node.exists) return ErrorCode::kNoNode;
  if (!version_matches(request.version, node.stat.version)) return ErrorCode::kBadVersion;
  if (node.child_count > 0) return ErrorCode::kNotEmpty;
  if (const ErrorCode error = encode_body(DeleteTxn{request.path}); error != ErrorCode::kOk) return error;
  pending_.remove(tree_, parent, node, stamp());
  return ErrorCode::kOk;
}

ErrorCode Preparer::Step::remove_container(const PathRequest& request) {
  // Apache 3.9 takes it from any client, without a check of session, ACL or kind (features.md 1.4).
  if (!context_.internal) return ErrorCode::kBadArguments;
  if (!has_slash_and_no_nul(request.path)) return ErrorCode::kBadArguments;
  if (is_protected_from_delete(request.path)) return ErrorCode::kBadArguments;
  const FoundNode node = pending_.find(tree_, request.path);
  if (!node.exists) return ErrorCode::kNoNode;
  if (node.child_count > 0) return ErrorCode::kNotEmpty;
  // Written since the container manager looked: what it saw (age, use) no longer holds. It will look again.
  if (node.node == nullptr) return ErrorCode::kBadVersion;
  const OwnerKind kind = tree_.kind_of_owner(node.stat.ephemeral_owner);
  // It was removed and created as something else since the container manager looked.
  if (kind != OwnerKind::kContainer && kind != OwnerKind::kTtl) return ErrorCode::kBadVersion;
  const FoundNode parent = pending_.find(tree_, parent_of_request_path(request.path));
  KASSERT(parent.exists);
  if (const ErrorCode error = encode_body(DeleteTxn{request.path}); error != ErrorCode::kOk) return error;
  pending_.remove(tree_, parent, node, stamp());
  return ErrorCode::kOk;
}

ErrorCode Preparer::Step::set_data(const SetDataRequest& request) {
  if (const ErrorCode error = check_session(); error != ErrorCode::kOk) return error;
  if (!is_legal_path(request.path)) return ErrorCode::kBadArguments;
  const FoundNode node = pending_.find(tree_, request.path);
  if (!node.exists) return ErrorCode::kNoNode;
  if (!permits(node.acl, perms::kWrite)) return ErrorCode::kNoAuth;
  const std::int64_t growth = size_of(request.data) - std::int64_t{node.data_length};
  if (exceeds_hard_quota(request.path, 0, growth)) return ErrorCode::kQuotaExceeded;
  const bool any_version = KMUTANT(self_.options_.mutant, kVersionIgnored);
  if (!any_version && !version_matches(request.version, node.stat.version)) return ErrorCode::kBadVersion;
  const std::int32_t version = incremented(node.stat.version);
  if (const ErrorCode error = encode_body(SetDataTxn{request.path, request.data, version}); error != ErrorCode::kOk) {
    return error;
  }
  pending_.set_data(tree_, node, request.data, version, stamp());
  return ErrorCode::kOk;
}

ErrorCode Preparer::Step::set_acl(const SetAclRequest& request) {
  if (const ErrorCode error = check_session(); error != ErrorCode::kOk) return error;
  if (!is_legal_path(request.path)) return ErrorCode::kBadArguments;
  const auto acl = fix_acl(request.acl, *context_.identities, self_.options_.schemes, self_.scratch_);
  if (!acl) return acl.error();
  const FoundNode node = pending_.find(tree_, request.path);
  if (!node.exists) return ErrorCode::kNoNode;
  if (!permits(node.acl, perms::kAdmin)) return ErrorCode::kNoAuth;
  if (!version_matches(request.version, node.stat.aversion)) return ErrorCode::kBadVersion;
  const std::int32_t version = incremented(node.stat.aversion);
  if (const ErrorCode error = encode_body(SetAclTxn{request.path, *acl, version}); error != ErrorCode::kOk)
    return error;
  pending_.set_acl(tree_, node, *acl, version, stamp());
  return ErrorCode::kOk;
}

ErrorCode Preparer::Step::check(const PathVersionRequest& request) {
  if (const ErrorCode error = check_session(); error != ErrorCode::kOk) return error;
  if (!is_legal_path(request.path)) return ErrorCode::kBadArguments;
  const FoundNode node = pending_.find(tree_, request.path);
  if (!node.exists) return ErrorCode::kNoNode;
  if (!permits(node.acl, perms::kRead)) return ErrorCode::kNoAuth;
  if (!version_matches(request.version, node.stat.version)) return ErrorCode::kBadVersion;
  return encode_body(CheckTxn{request.path, incremented(node.stat.version)});
}

}  // namespace vivarium
