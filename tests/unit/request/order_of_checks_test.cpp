// The error that wins when a request has several: one test per row of features.md 1.2, walking down the row.
#include "tests/support/request_world.h"

namespace vivarium::testing {
namespace {

const std::string kNobody = acl_of({{perms::kAll, "ip", "10.9.9.9"}});
const std::string kReadOnly = acl_of({{perms::kRead, "world", "anyone"}});
const std::string kUnknownScheme = acl_of({{perms::kAll, "martian", "zork"}});

struct CreateTry {
  std::string path = "/locked/\x01x";
  std::int32_t flags = 0;
  std::string acl = kUnknownScheme;
  OpCode op = OpCode::kCreate;
  std::int64_t ttl_ms = 0;
};

ErrorCode try_create(RequestWorld& w, const CreateTry& t) {
  return w.write(t.op, create_body(t.op, t.path, "", t.flags, AclBytes(t.acl), t.ttl_ms));
}

TEST(OrderOfChecks, create_names_the_first_thing_that_is_wrong) {
  RequestOptions options;
  options.enforce_quota = true;
  RequestWorld w(options);
  ASSERT_EQ(w.create("/locked", "", 0, AclBytes(kNobody)), ErrorCode::kOk);
  ASSERT_EQ(w.create("/e", "", create_flags::kEphemeral), ErrorCode::kOk);
  ASSERT_EQ(w.create("/full"), ErrorCode::kOk);
  for (const char* path : {"/zookeeper/quota/full", "/zookeeper/quota/e"}) ASSERT_EQ(w.create(path), ErrorCode::kOk);
  for (const char* path : {"/zookeeper/quota/full/zookeeper_limits", "/zookeeper/quota/e/zookeeper_limits"}) {
    ASSERT_EQ(w.create(path, "count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=1"), ErrorCode::kOk);
  }
  for (const char* path : {"/zookeeper/quota/full/zookeeper_stats", "/zookeeper/quota/e/zookeeper_stats"}) {
    ASSERT_EQ(w.create(path, "count=0,bytes=0"), ErrorCode::kOk);
  }
  const SessionId live = w.session;
  w.session = SessionId{99};  // unknown

  CreateTry t;
  t.path = "no slash";
  t.flags = 7;
  EXPECT_EQ(try_create(w, t), ErrorCode::kBadArguments) << "unknown flags";
  t.flags = create_flags::kPersistentWithTtl;
  EXPECT_EQ(try_create(w, t), ErrorCode::kUnimplemented) << "TTL while extended types are off";
  t.flags = 0;
  t.op = OpCode::kCreateTtl;
  EXPECT_EQ(try_create(w, t), ErrorCode::kBadArguments) << "a ttl for a mode without one";
  t.op = OpCode::kCreate;
  EXPECT_EQ(try_create(w, t), ErrorCode::kSessionExpired);
  w.session = live;
  EXPECT_EQ(try_create(w, t), ErrorCode::kBadArguments) << "no slash";
  t.path = std::string("/a\0b", 4);
  EXPECT_EQ(try_create(w, t), ErrorCode::kBadArguments) << "a NUL";
  t.path = "/missing/\x01x";
  EXPECT_EQ(try_create(w, t), ErrorCode::kInvalidAcl);
  t.acl = std::string(open_acl());
  EXPECT_EQ(try_create(w, t), ErrorCode::kNoNode) << "no parent";
  t.path = "/locked/\x01x";
  EXPECT_EQ(try_create(w, t), ErrorCode::kNoAuth);
  t.path = "/full/\x01x";
  EXPECT_EQ(try_create(w, t), ErrorCode::kBadArguments) << "the rules of paths";
  t.path = "/full";
  EXPECT_EQ(try_create(w, t), ErrorCode::kNodeExists);
  t.path = "/e/child";
  EXPECT_EQ(try_create(w, t), ErrorCode::kNoChildrenForEphemerals);
  t.path = "/full/child";
  EXPECT_EQ(try_create(w, t), ErrorCode::kQuotaExceeded);
  t.path = "/free";
  EXPECT_EQ(try_create(w, t), ErrorCode::kOk);
}

TEST(OrderOfChecks, ttl_creates_check_the_ttl_before_the_session) {
  RequestWorld w({}, TreeOptions{true, true});
  w.session = SessionId{99};
  CreateTry t;
  t.op = OpCode::kCreateTtl;
  t.flags = create_flags::kPersistentWithTtl;
  for (const std::int64_t ttl : {std::int64_t{0}, std::int64_t{-1}, limits::kMaxTtl + 1}) {
    t.ttl_ms = ttl;
    EXPECT_EQ(try_create(w, t), ErrorCode::kBadArguments) << ttl;
  }
  t.ttl_ms = limits::kMaxTtl;
  EXPECT_EQ(try_create(w, t), ErrorCode::kSessionExpired);
}

TEST(OrderOfChecks, delete_names_the_first_thing_that_is_wrong) {
  RequestWorld w;
  ASSERT_EQ(w.create("/locked"), ErrorCode::kOk);
  ASSERT_EQ(w.create("/locked/x"), ErrorCode::kOk);
  ASSERT_EQ(w.create("/locked/x/y"), ErrorCode::kOk);
  ASSERT_EQ(w.set_acl("/locked", kNobody), ErrorCode::kOk);
  const SessionId live = std::exchange(w.session, SessionId{99});
  EXPECT_EQ(w.remove("/", 7), ErrorCode::kSessionExpired);
  w.session = live;
  for (const char* path : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config", "no slash", ""}) {
    EXPECT_EQ(w.remove(path, 7), ErrorCode::kBadArguments) << path;
  }
  EXPECT_EQ(w.remove("/missing/x", 7), ErrorCode::kNoNode) << "no parent";
  EXPECT_EQ(w.remove("/locked/missing", 7), ErrorCode::kNoAuth);
  ASSERT_EQ(w.set_acl("/locked", open_acl()), ErrorCode::kNoAuth);
  w.identities.push_back(identity("super", ""));
  EXPECT_EQ(w.remove("/locked/missing", 7), ErrorCode::kNoNode);
  EXPECT_EQ(w.remove("/locked/x", 7), ErrorCode::kBadVersion);
  EXPECT_EQ(w.remove("/locked/x", 0), ErrorCode::kNotEmpty);
  EXPECT_EQ(w.remove("/locked/x/y", 0), ErrorCode::kOk);
}

TEST(OrderOfChecks, set_data_names_the_first_thing_that_is_wrong) {
  RequestOptions options;
  options.enforce_quota = true;
  RequestWorld w(options);
  ASSERT_EQ(w.create("/full", "12345678"), ErrorCode::kOk);
  ASSERT_EQ(w.create("/zookeeper/quota/full"), ErrorCode::kOk);
  ASSERT_EQ(w.create("/zookeeper/quota/full/zookeeper_limits", "count=-1,bytes=-1=;byteHardLimit=8"), ErrorCode::kOk);
  ASSERT_EQ(w.create("/zookeeper/quota/full/zookeeper_stats", "count=0,bytes=0"), ErrorCode::kOk);
  ASSERT_EQ(w.set_acl("/full", kReadOnly), ErrorCode::kOk);
  const SessionId live = std::exchange(w.session, SessionId{99});
  EXPECT_EQ(w.set_data("full/", "123456789", 7), ErrorCode::kSessionExpired);
  w.session = live;
  EXPECT_EQ(w.set_data("/full/", "123456789", 7), ErrorCode::kBadArguments);
  EXPECT_EQ(w.set_data("/missing", "123456789", 7), ErrorCode::kNoNode);
  EXPECT_EQ(w.set_data("/full", "123456789", 7), ErrorCode::kNoAuth);
  w.identities.push_back(identity("super", ""));
  EXPECT_EQ(w.set_data("/full", "123456789", 7), ErrorCode::kQuotaExceeded);
  EXPECT_EQ(w.set_data("/full", "12345", 7), ErrorCode::kBadVersion);
  EXPECT_EQ(w.set_data("/full", "12345", 0), ErrorCode::kOk);
  EXPECT_EQ(w.stat("/full").version, 1);
}

TEST(OrderOfChecks, set_acl_names_the_first_thing_that_is_wrong) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a", "", 0, AclBytes(kReadOnly)), ErrorCode::kOk);
  const SessionId live = std::exchange(w.session, SessionId{99});
  EXPECT_EQ(w.set_acl("a", kUnknownScheme, 7), ErrorCode::kSessionExpired);
  w.session = live;
  EXPECT_EQ(w.set_acl("a", kUnknownScheme, 7), ErrorCode::kBadArguments);
  EXPECT_EQ(w.set_acl("/missing", kUnknownScheme, 7), ErrorCode::kInvalidAcl);
  EXPECT_EQ(w.set_acl("/missing", open_acl(), 7), ErrorCode::kNoNode);
  EXPECT_EQ(w.set_acl("/a", open_acl(), 7), ErrorCode::kNoAuth);
  w.identities.push_back(identity("super", ""));
  EXPECT_EQ(w.set_acl("/a", open_acl(), 7), ErrorCode::kBadVersion);
  EXPECT_EQ(w.set_acl("/a", open_acl(), 0), ErrorCode::kOk);
  EXPECT_EQ(w.stat("/a").aversion, 1);
  EXPECT_EQ(w.outcome.event_count(), 0u) << "setACL fires nothing";
}

TEST(OrderOfChecks, check_names_the_first_thing_that_is_wrong) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a", "", 0, AclBytes(kNobody)), ErrorCode::kOk);
  auto check = [&w](std::string_view path, std::int32_t version) {
    w.multi({{OpCode::kCheck, path_version_body(path, version)}});
    return w.outcome.results.front().error;
  };
  const SessionId live = std::exchange(w.session, SessionId{99});
  EXPECT_EQ(check("a", 7), ErrorCode::kSessionExpired);
  w.session = live;
  EXPECT_EQ(check("a", 7), ErrorCode::kBadArguments);
  EXPECT_EQ(check("/missing", 7), ErrorCode::kNoNode);
  EXPECT_EQ(check("/a", 7), ErrorCode::kNoAuth);
  w.identities.push_back(identity("super", ""));
  EXPECT_EQ(check("/a", 7), ErrorCode::kBadVersion);
  EXPECT_EQ(check("/a", 0), ErrorCode::kOk);
}

TEST(OrderOfChecks, a_missing_node_wins_over_a_forbidden_one_in_reads) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a", "", 0, AclBytes(kNobody)), ErrorCode::kOk);
  for (const OpCode op : {OpCode::kGetData, OpCode::kGetChildren, OpCode::kGetChildren2}) {
    EXPECT_EQ(w.read(op, encoded(PathWatchRequest{"/b", true})), ErrorCode::kNoNode);
    EXPECT_EQ(w.read(op, encoded(PathWatchRequest{"/a", true})), ErrorCode::kNoAuth);
  }
  for (const OpCode op : {OpCode::kGetAcl, OpCode::kGetAllChildrenNumber}) {
    EXPECT_EQ(w.read(op, encoded(PathRequest{"/b"})), ErrorCode::kNoNode);
    EXPECT_EQ(w.read(op, encoded(PathRequest{"/a"})), ErrorCode::kNoAuth);
  }
  EXPECT_TRUE(w.watches.empty()) << "no watch without an answer";
}

TEST(OrderOfChecks, every_failed_write_is_an_error_txn_with_its_own_zxid_and_no_digest) {
  RequestWorld w;
  const std::int64_t before = w.zxid;
  EXPECT_EQ(w.remove("/missing"), ErrorCode::kNoNode);
  EXPECT_EQ(w.last_txn.header.type, OpCode::kError);
  EXPECT_EQ(w.last_txn.header.zxid.value, before + 1);
  EXPECT_EQ(std::get<ErrorTxn>(w.last_txn.body).error, ErrorCode::kNoNode);
  EXPECT_FALSE(w.last_txn.digest.has_value());
  EXPECT_EQ(w.tree.last_processed_zxid().value, before + 1);
}

TEST(OrderOfChecks, a_body_that_cannot_be_decoded_is_a_marshalling_error) {
  RequestWorld w;
  for (const OpCode op : {OpCode::kCreate, OpCode::kCreate2, OpCode::kCreateTtl, OpCode::kCreateContainer,
                          OpCode::kDelete, OpCode::kSetData, OpCode::kSetAcl, OpCode::kMulti, OpCode::kCreateSession}) {
    EXPECT_EQ(w.write(op, "abc"), ErrorCode::kMarshallingError) << static_cast<int>(op);
  }
}

}  // namespace
}  // namespace vivarium::testing
