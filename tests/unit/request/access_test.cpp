// ACL schemes: who passes, which lists are legal, what readers are shown (features.md section 4).
#include "kernel/request/ip_pattern.h"
#include "tests/support/request_world.h"

namespace vivarium::testing {
namespace {

Identities ids(std::initializer_list<Identity> list) {
  Identities out;
  for (const Identity& i : list) out.push_back(i);
  return out;
}
const Identities kStranger = ids({identity("ip", "127.0.0.1")});

std::string fixed(const std::vector<AclEntry>& entries, const Identities& identities, const AclSchemes& schemes = {}) {
  Vector<char> scratch;
  const std::string acl = acl_of(entries);
  const auto result = fix_acl(AclBytes(acl), identities, schemes, scratch);
  return result ? std::string(*result) : std::string("refused");
}

TEST(Access, the_open_list_and_the_empty_list_pass_everyone) {
  EXPECT_TRUE(allowed(open_acl(), perms::kAdmin, kStranger));
  EXPECT_TRUE(allowed(acl_of({}), perms::kAdmin, kStranger));
}

TEST(Access, only_entries_with_the_asked_bit_count) {
  const std::string acl = acl_of({{perms::kRead, "world", "anyone"}, {perms::kWrite, "digest", "bob:h"}});
  EXPECT_TRUE(allowed(acl, perms::kRead, kStranger));
  EXPECT_FALSE(allowed(acl, perms::kWrite, kStranger));
  EXPECT_TRUE(allowed(acl, perms::kWrite, ids({identity("digest", "bob:h")})));
  EXPECT_TRUE(allowed(acl, perms::kRead | perms::kAdmin, kStranger)) << "any of the bits";
}

TEST(Access, super_passes_every_list) {
  EXPECT_TRUE(allowed(acl_of({{0, "ip", "10.0.0.1"}}), perms::kAdmin, ids({identity("super", "")})));
}

TEST(Access, digest_sasl_and_x509_ids_match_by_equality_within_their_scheme) {
  for (const char* scheme : {"digest", "sasl", "x509"}) {
    const std::string acl = acl_of({{perms::kAll, scheme, "bob:h"}});
    EXPECT_TRUE(allowed(acl, perms::kRead, ids({identity(scheme, "bob:h")})));
    EXPECT_FALSE(allowed(acl, perms::kRead, ids({identity(scheme, "bob:g")})));
    EXPECT_FALSE(allowed(acl, perms::kRead, ids({identity("ip", "bob:h")})));
  }
}

TEST(Access, an_unknown_scheme_grants_nothing_even_to_an_equal_id) {
  EXPECT_FALSE(allowed(acl_of({{perms::kAll, "martian", "x"}}), perms::kRead, ids({identity("martian", "x")})));
  EXPECT_FALSE(allowed(acl_of({{perms::kAll, "world", "someone"}}), perms::kRead, ids({identity("world", "someone")})));
}

TEST(Access, addresses_match_by_their_leading_bits) {
  EXPECT_TRUE(ip_matches("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(ip_matches("10.1.2.4", "10.1.2.3"));
  EXPECT_TRUE(ip_matches("10.255.0.1", "10.0.0.0/8"));
  EXPECT_TRUE(ip_matches("10.15.0.1", "10.0.0.0/12"));
  EXPECT_FALSE(ip_matches("10.16.0.1", "10.0.0.0/12"));
  EXPECT_TRUE(ip_matches("1.2.3.4", "9.9.9.9/0"));
  EXPECT_TRUE(ip_matches("fe80::1:2", "fe80::/10"));
  EXPECT_FALSE(ip_matches("fec0::1", "fe80::/10"));
  EXPECT_TRUE(ip_matches("0:0:0:0:0:0:0:1", "::1"));
  EXPECT_TRUE(ip_matches("2001:DB8::", "2001:db8:0:0:0:0:0:0/128"));
  EXPECT_FALSE(ip_matches("::1", "0.0.0.1")) << "families never match each other";
  EXPECT_FALSE(ip_matches("::1", "0.0.0.0/0"));
}

TEST(Access, malformed_addresses_are_no_patterns) {
  for (const char* pattern :
       {"",           "1.2.3",    "1.2.3.4.5",   "1.2.3.256", "1.2.3.-1",      "1.2.3.x",           "1.2.3.4/33",
        "1.2.3.4/-1", "1.2.3.4/", "1.2.3.4/8/8", "1::2::3",   "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8",
        "12345::",    "g::",      ":",           "::1/129",   "localhost",     "1.2.3.99999999999"}) {
    EXPECT_FALSE(is_valid_ip_pattern(pattern)) << pattern;
  }
  for (const char* pattern : {"1.2.3.4", "01.002.3.4", "1.2.3.4/0", "1.2.3.4/32", "::", "::1", "1::", "1:2:3:4:5:6:7:8",
                              "1:2:3:4:5:6:7::", "::/0", "a::b/128"}) {
    EXPECT_TRUE(is_valid_ip_pattern(pattern)) << pattern;
  }
}

TEST(Access, fix_up_removes_duplicates_and_keeps_the_order) {
  const AclEntry a{perms::kRead, "world", "anyone"}, b{perms::kAll, "digest", "bob:h"}, c{perms::kAll, "ip", "1.2.3.4"};
  EXPECT_EQ(fixed({c, a, c, b, a, b}, kStranger), acl_of({c, a, b}));
}

TEST(Access, fix_up_expands_auth_to_every_authenticated_identity) {
  const Identities many =
      ids({identity("ip", "1.2.3.4"), identity("digest", "bob:h"), identity("super", ""), identity("digest", "eve:h")});
  EXPECT_EQ(
      fixed({{perms::kAll, "auth", "ignored"}, {perms::kRead, "world", "anyone"}}, many),
      acl_of({{perms::kAll, "digest", "bob:h"}, {perms::kAll, "digest", "eve:h"}, {perms::kRead, "world", "anyone"}}));
  EXPECT_EQ(fixed({{perms::kAll, "auth", ""}}, kStranger), "refused") << "an address does not authenticate";
}

TEST(Access, fix_up_refuses_lists_that_are_missing_empty_or_malformed) {
  Vector<char> scratch;
  EXPECT_EQ(fix_acl(std::nullopt, kStranger, {}, scratch).error(), ErrorCode::kInvalidAcl);
  EXPECT_EQ(fixed({}, kStranger), "refused");
  for (const AclEntry& bad : std::vector<AclEntry>{{31, "world", "someone"},
                                                   {31, "martian", "x"},
                                                   {31, "", ""},
                                                   {31, "super", ""},
                                                   {31, "digest", "bob"},
                                                   {31, "digest", "bob:"},
                                                   {31, "digest", "a:b:c"},
                                                   {31, "digest", ""},
                                                   {31, "ip", "nowhere"}}) {
    EXPECT_EQ(fixed({{31, "world", "anyone"}, bad}, kStranger), "refused") << bad.scheme << ":" << bad.id;
  }
  for (const char* id : {"bob:h", ":h", "bob:h:", "bob:h::"})
    EXPECT_NE(fixed({{31, "digest", id}}, kStranger), "refused");
}

TEST(Access, schemes_without_a_provider_are_refused) {
  AclSchemes all;
  all.sasl = all.x509 = true;
  const std::vector<AclEntry> sasl{{31, "sasl", "bob/host@REALM"}}, x509{{31, "x509", "CN=bob,O=acme\\, inc"}};
  EXPECT_EQ(fixed(sasl, kStranger), "refused");
  EXPECT_EQ(fixed(x509, kStranger), "refused");
  EXPECT_EQ(fixed(sasl, kStranger, all), acl_of(sasl));
  EXPECT_EQ(fixed(x509, kStranger, all), acl_of(x509));
  EXPECT_EQ(fixed({{31, "sasl", "a/b/c@R"}}, kStranger, all), "refused");
  EXPECT_EQ(fixed({{31, "sasl", "a@b@c"}}, kStranger, all), "refused");
  EXPECT_NE(fixed({{31, "sasl", "plain"}}, kStranger, all), "refused");
  EXPECT_EQ(fixed({{31, "x509", "bob"}}, kStranger, all), "refused");
  AclSchemes none;
  none.digest = false;
  EXPECT_EQ(fixed({{31, "digest", "bob:h"}}, kStranger, none), "refused");
}

TEST(Access, a_frame_full_of_equal_entries_is_no_trap) {
  const std::vector<AclEntry> many(50'000, AclEntry{31, "ip", "1.2.3.4"});
  EXPECT_EQ(fixed(many, kStranger), acl_of({{31, "ip", "1.2.3.4"}}));
}

TEST(Access, get_acl_masks_digests_for_those_without_admin) {
  RequestWorld w;
  const std::string acl = acl_of({{perms::kRead, "world", "anyone"}, {perms::kAll, "digest", "bob:secret"}});
  ASSERT_EQ(w.create("/a", "", 0, AclBytes(acl)), ErrorCode::kOk);
  const std::string masked = acl_of({{perms::kRead, "world", "anyone"}, {perms::kAll, "digest", "bob:x"}});
  ASSERT_EQ(w.read(OpCode::kGetAcl, encoded(PathRequest{"/a"})), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), masked + encoded(w.stat("/a")));
  w.identities.push_back(identity("digest", "bob:secret"));
  ASSERT_EQ(w.read(OpCode::kGetAcl, encoded(PathRequest{"/a"})), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), acl + encoded(w.stat("/a")));
}

TEST(Access, skip_acl_lets_everything_pass) {
  RequestOptions options;
  options.skip_acl = true;
  RequestWorld w(options);
  const std::string nobody = acl_of({{perms::kAll, "ip", "10.9.9.9"}});
  ASSERT_EQ(w.create("/a", "", 0, AclBytes(nobody)), ErrorCode::kOk);
  EXPECT_EQ(w.create("/a/b"), ErrorCode::kOk);
  EXPECT_EQ(w.set_acl("/a", open_acl()), ErrorCode::kOk);
}

TEST(Access, an_acl_that_is_pending_decides_about_the_requests_behind_it) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
  w.prepare(OpCode::kSetAcl, set_acl_body("/a", acl_of({{perms::kRead, "world", "anyone"}})));
  EXPECT_EQ(w.prepare(OpCode::kSetData, set_data_body("/a", "x")).error, ErrorCode::kNoAuth);
  w.commit_all();
}

TEST(Access, events_carry_the_acl_that_decides_who_hears_of_them) {
  RequestWorld w;
  const std::string bobs = acl_of({{perms::kAll, "digest", "bob:h"}, {perms::kDelete, "world", "anyone"}});
  ASSERT_EQ(w.create("/a", "", 0, AclBytes(bobs)), ErrorCode::kOk);
  EXPECT_EQ(w.outcome.event(0).acl, bobs) << "of the new node";
  EXPECT_EQ(w.outcome.event(1).acl, open_acl()) << "of its parent";
  EXPECT_FALSE(may_hear_event(w.outcome.event(0).acl, kStranger, false));
  EXPECT_TRUE(may_hear_event(w.outcome.event(0).acl, kStranger, true));
  EXPECT_TRUE(may_hear_event(w.outcome.event(0).acl, ids({identity("digest", "bob:h")}), false));
  ASSERT_EQ(w.remove("/a"), ErrorCode::kOk);
  EXPECT_EQ(w.outcome.event(0).type, EventType::kNodeDeleted);
  EXPECT_EQ(w.outcome.event(0).acl, bobs) << "of the node as it was";
}

}  // namespace
}  // namespace vivarium::testing
