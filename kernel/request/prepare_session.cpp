// Preparation of createSession and closeSession, and of reconfig, which a lone server refuses.
#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/request/prepare_step.h"
#include "kernel/session/session_table.h"

namespace vivarium {

ErrorCode Preparer::Step::create_session(std::string_view body) {
  ByteReader in(body);
  const std::int32_t timeout_ms = in.i32();
  if (!in.ok()) return ErrorCode::kMarshallingError;
  const ErrorCode error = encode_body(CreateSessionTxn{timeout_ms});
  if (error == ErrorCode::kOk) pending_.open_session(context_.session, context_.zxid);
  return error;
}

void Preparer::Step::collect_ephemerals() {
  Vector<std::string_view>& paths = self_.ephemerals_;
  paths.clear();
  if (const Ephemerals::Paths* owned = tree_.ephemerals().paths(context_.session)) {
    for (const String& path : *owned) {
      const FoundNode node = pending_.find(tree_, view(path));
      // A prepared txn may have removed it, or removed it and created another in its place.
      if (node.exists && node.stat.ephemeral_owner == context_.session.value) paths.push_back(view(path));
    }
  }
  if (KMUTANT(self_.options_.mutant, kClosesNeighbour)) {
    if (const Ephemerals::Paths* others = tree_.ephemerals().paths(SessionId{context_.session.value + 1})) {
      for (const String& path : *others) {
        if (pending_.find(tree_, view(path)).exists) paths.push_back(view(path));
      }
    }
  }
  pending_.append_created_ephemerals(context_.session, paths);
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  if (KMUTANT(self_.options_.mutant, kForgetsEphemeral) && !paths.empty()) paths.pop_back();

  self_.scratch_.clear();
  ByteWriter list(self_.scratch_);
  list.i32(static_cast<std::int32_t>(paths.size()));
  for (const std::string_view path : paths) list.ustring(path);
}

ErrorCode Preparer::Step::close_session() {
  collect_ephemerals();
  CloseSessionTxn txn;
  if (self_.options_.close_session_txn) txn.paths = view(self_.scratch_);
  const std::size_t body_at = out_.size();
  if (encode_body(txn) != ErrorCode::kOk) {
    // A session with so many ephemerals that their list exceeds what peers and recovery read (ZK-4306, where the
    // cluster could neither replicate nor restart). The older form without the list is legal, small and means the same:
    // applying it removes every ephemeral that the session holds at that zxid. It also holds what is outstanding now,
    // because those txns come before this one.
    out_.resize(body_at);
    txn.paths.reset();
  }
  // A reader that expects the list would take a digest for it.
  without_digest_ = !txn.paths.has_value();

  std::string_view encoded = view(self_.scratch_);
  for (StringVectorReader paths(encoded); !paths.done();) {
    const std::string_view path = paths.next();
    const FoundNode node = pending_.find(tree_, path);
    KASSERT(node.exists);
    pending_.remove(tree_, pending_.find(tree_, parent_of_request_path(path)), node, stamp());
  }
  pending_.close_session(context_.session, context_.zxid);
  return ErrorCode::kOk;
}

ErrorCode Preparer::Step::reconfig() const {
  if (!self_.options_.reconfig_enabled) return ErrorCode::kReconfigDisabled;
  if (const ErrorCode error = check_session(); error != ErrorCode::kOk) return error;
  return ErrorCode::kUnimplemented;
}

}  // namespace vivarium
