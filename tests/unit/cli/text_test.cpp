// What the shell prints and takes apart from command lines: paths, ACLs, quotas, dumps, configuration.
#include <gtest/gtest.h>

#include "cmd/cli/text/acl_text.h"
#include "cmd/cli/text/base64.h"
#include "cmd/cli/text/command_failed.h"
#include "cmd/cli/text/config_text.h"
#include "cmd/cli/text/format.h"
#include "cmd/cli/text/paths.h"
#include "cmd/cli/text/quota_text.h"

namespace vivarium::cli {
namespace {

std::string path_fault(std::string_view path, bool sequential = false) {
  try {
    check_path(path, sequential);
  } catch (const CommandFailed& failure) {
    return failure.what();
  }
  return "";
}

TEST(Path, is_checked_in_apaches_words) {
  EXPECT_EQ(path_fault("/"), "");
  EXPECT_EQ(path_fault("/a/ü.b..c/.hidden"), "");
  EXPECT_EQ(path_fault(""), "Path length must be > 0");
  EXPECT_EQ(path_fault("a"), "Path must start with / character");
  EXPECT_EQ(path_fault("/a/"), "Path must not end with / character");
  EXPECT_EQ(path_fault("/a//b"), "Invalid path string \"/a//b\" caused by empty node name specified @3");
  EXPECT_EQ(path_fault("/a/."), "Invalid path string \"/a/.\" caused by relative paths not allowed @3");
  EXPECT_EQ(path_fault("/../a"), "Invalid path string \"/../a\" caused by relative paths not allowed @2");
  EXPECT_EQ(path_fault("/ü\x01"), "Invalid path string \"/ü\x01\" caused by invalid character @2");
}

TEST(Path, is_counted_in_utf16_and_surrogates_are_refused) {
  EXPECT_NE(path_fault("/\xf0\x9f\x98\x80").find("invalid character @1"), std::string::npos);
}

TEST(Path, bytes_that_are_not_utf8_are_refused) { EXPECT_NE(path_fault("/\xff"), ""); }

TEST(Path, of_a_sequential_node_may_end_in_a_slash) {
  EXPECT_EQ(path_fault("/a/", true), "");
  EXPECT_EQ(path_fault("/a/.", true), "");
}

TEST(ChrootOf, goes_out_in_front_and_comes_in_stripped) {
  const Chroot chroot("/app");
  EXPECT_EQ(chroot.outgoing("/"), "/app");
  EXPECT_EQ(chroot.outgoing("/x"), "/app/x");
  EXPECT_EQ(chroot.incoming("/app"), "/");
  EXPECT_EQ(chroot.incoming("/app/x"), "/x");
  EXPECT_EQ(chroot.incoming("/apples"), "/apples");
  EXPECT_EQ(chroot.incoming("/other"), "/other");
  EXPECT_EQ(Chroot().outgoing("/x"), "/x");
  EXPECT_EQ(Chroot().incoming("/x"), "/x");
}

TEST(AclWords, an_id_may_hold_colons) {
  const AclText acl = parse_acl("digest:me:hash=:rw,world:anyone:cdrwa");
  ASSERT_EQ(acl.entries.size(), 2u);
  EXPECT_EQ(acl.entries[0].id, "me:hash=");
  EXPECT_EQ(acl.entries[0].permissions, perms::kRead | perms::kWrite);
  EXPECT_EQ(acl.entries[1].permissions, perms::kAll);
  EXPECT_TRUE(acl.complaints.empty());
}

TEST(AclWords, what_is_wrong_is_told_and_the_rest_taken) {
  const AclText acl = parse_acl("foo,world:anyone:rx");
  ASSERT_EQ(acl.entries.size(), 1u);
  EXPECT_EQ(acl.complaints,
            (std::vector<std::string>{"foo does not have the form scheme:id:perm", "Unknown perm type: x"}));
}

TEST(Quota, keeps_apaches_order_and_its_odd_equals_sign) {
  QuotaText quota;
  quota.set(QuotaText::kCountHard, 7);
  quota.set(QuotaText::kBytesHard, 100);
  quota.set(QuotaText::kCount, 5);
  EXPECT_EQ(quota.text(), "count=5,bytes=-1=;byteHardLimit=100;countHardLimit=7");
  EXPECT_EQ(QuotaText(quota.text()).text(), quota.text());
  EXPECT_EQ(QuotaText("count=3,bytes=6").text(), "count=3,bytes=6");
}

TEST(Quota, nonsense_is_refused) {
  EXPECT_THROW(QuotaText("count"), CommandFailed);
  EXPECT_THROW(QuotaText("count=x"), CommandFailed);
}

TEST(Base64, goes_both_ways) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    EXPECT_EQ(decode_base64(encode_base64(text)), text);
  }
  EXPECT_EQ(encode_base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(decode_base64("Zm9vYmE"), "fooba");
  for (const char* text : {"Z", "Zm9v=", "Zm9vYmE==", "Zm 9", "===="})
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
}

TEST(HexDump, has_nettys_frame) {
  EXPECT_EQ(hex_dump(""), "");
  EXPECT_EQ(hex_dump("hello, world\n12345"),
            "         +-------------------------------------------------+\n"
            "         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n"
            "+--------+-------------------------------------------------+----------------+\n"
            "|00000000| 68 65 6c 6c 6f 2c 20 77 6f 72 6c 64 0a 31 32 33 |hello, world.123|\n"
            "|00000010| 34 35                                           |45              |\n"
            "+--------+-------------------------------------------------+----------------+");
}

TEST(Errors, are_told_in_zkclis_words) {
  EXPECT_EQ(failure_text(ErrorCode::kNoNode, "/x"), "Node does not exist: /x");
  EXPECT_EQ(failure_text(ErrorCode::kBadVersion, "/j"), "version No is not valid : /j");
  EXPECT_EQ(failure_text(ErrorCode::kInvalidAcl, ""), "Acl is not valid : null");
  EXPECT_EQ(failure_text(ErrorCode::kConnectionLoss, "/x"), "KeeperErrorCode = ConnectionLoss for /x");
  EXPECT_EQ(failure_text(ErrorCode::kReconfigDisabled, ""), "KeeperErrorCode = Reconfig is disabled");
}

TEST(Events, name_the_zxid_only_when_the_server_did) {
  EXPECT_EQ(node_event_text(EventType::kNodeDeleted, "/x"),
            "WatchedEvent state:SyncConnected type:NodeDeleted path:/x");
  EXPECT_EQ(node_event_text(EventType::kNodeDeleted, "/x", Zxid{5}),
            "WatchedEvent state:SyncConnected type:NodeDeleted path:/x zxid: 5");
  EXPECT_EQ(state_event_text(SessionState::kConnecting), "WatchedEvent state:Disconnected type:None path:null");
}

TEST(Configuration, is_shortened_to_version_and_client_addresses) {
  EXPECT_EQ(client_config(""), " ");
  EXPECT_EQ(client_config("server.1=a:2888:3888:participant;0.0.0.0:2181\nserver.2=b:2888:3888;2182\nversion=1f\n"),
            "1f 0.0.0.0:2181,0.0.0.0:2182");
}

TEST(Configuration, of_a_file_is_its_lines_on_members) {
  EXPECT_EQ(membership_lines("tickTime=2\n# server.9=x\n server.1=a:1:2;3 \ngroup.1=1\n"),
            "server.1=a:1:2;3\ngroup.1=1\n");
}

}  // namespace
}  // namespace vivarium::cli
