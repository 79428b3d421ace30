// One call of Preparer::prepare, in pieces: internal to the request room.
//
// Every operation follows one pattern: check in ZooKeeper's order, encode the txn body, refuse it if it is too large,
// and only then change the overlay. So an operation that returns an error has changed nothing but `out`, which the
// caller cuts back.
#pragma once

#include <string_view>

#include "kernel/request/multi_request.h"
#include "kernel/request/prepare.h"
#include "kernel/tree/data_tree.h"

namespace vivarium {

class Preparer::Step {
 public:
  Step(Preparer& preparer, const DataTree& tree, const SessionTable& sessions, const RequestContext& context,
       Vector<char>& out)
      : self_(preparer),
        pending_(preparer.outstanding_),
        tree_(tree),
        sessions_(sessions),
        context_(context),
        out_(out),
        start_(out.size()) {}

  Prepared run(OpCode op, std::string_view body);

 private:
  // prepare.cpp
  ErrorCode run_single(OpCode op, std::string_view body);
  Prepared run_multi(std::string_view body);
  ErrorCode run_sub_operation(const MultiOperation& operation);
  Prepared refuse(ErrorCode error);
  void begin_txn(OpCode type);
  void finish_with_digest();
  /// Encodes the body of the operation; MARSHALLINGERROR when the txn got too large.
  ErrorCode encode_body(const TxnBody& body);
  bool is_too_large() const;

  // prepare_nodes.cpp
  ErrorCode create(OpCode op, const CreateRequest& request);
  ErrorCode remove(const PathVersionRequest& request);
  ErrorCode remove_container(const PathRequest& request);
  ErrorCode set_data(const SetDataRequest& request);
  ErrorCode set_acl(const SetAclRequest& request);
  ErrorCode check(const PathVersionRequest& request);
  ErrorCode check_session() const;
  bool permits(AclBytes acl, std::int32_t permission) const;
  bool exceeds_hard_quota(std::string_view path, std::int64_t count, std::int64_t bytes) const;
  OutstandingChanges::Stamp stamp() const { return {context_.zxid, context_.now}; }

  // prepare_session.cpp
  ErrorCode create_session(std::string_view body);
  ErrorCode close_session();
  /// Leaves the encoded list of the session's ephemerals in the scratch buffer.
  void collect_ephemerals();
  ErrorCode reconfig() const;

  Preparer& self_;
  OutstandingChanges& pending_;
  const DataTree& tree_;
  const SessionTable& sessions_;
  const RequestContext& context_;
  Vector<char>& out_;
  const std::size_t start_;
  bool without_digest_ = false;
};

/// What Java's path.substring(0, path.lastIndexOf('/')) names: the root for "/a". Precondition: there is a slash.
std::string_view parent_of_request_path(std::string_view path);

}  // namespace vivarium
