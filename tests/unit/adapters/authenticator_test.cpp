#include "adapters/auth/authenticator.h"

#include <gtest/gtest.h>

namespace vivarium {
namespace {

using Kind = AuthVerdict::Kind;

TEST(GenerateDigest, equals_what_apaches_class_prints) {
  // Captured from org.apache.zookeeper.server.auth.DigestAuthenticationProvider 3.8.0.
  EXPECT_EQ(generate_digest("user:pass"), "user:smGaoVKd/cQkjm7b88GyorAUz20=");
  EXPECT_EQ(generate_digest("super:secret"), "super:lK75jTNcA+U9vtVEw5vB51mj/w4=");
  EXPECT_EQ(generate_digest("a"), "a:hvfkN/qlp/zhXR3cuerq6jd2Z7g=");
  EXPECT_EQ(generate_digest("a:b:c"), "a:cLzgnoJ6mP5qz3w+mwvPE2vDgu0=");
  EXPECT_EQ(generate_digest(""), ":2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
}

TEST(GenerateDigest, takes_javas_names_of_algorithms) {
  EXPECT_EQ(generate_digest("a", "SHA"), generate_digest("a", "SHA-1"));
  EXPECT_EQ(generate_digest("a", "SHA-256"), "a:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=");
  EXPECT_EQ(generate_digest("a", "NOPE"), "");
}

TEST(Authenticator, a_digest_credential_grants_its_digest_id) {
  Authenticator auth{AuthOptions{}};
  const AuthVerdict verdict = auth.authenticate("digest", "user:pass", "10.0.0.1");
  ASSERT_EQ(verdict.kind, Kind::kAccepted);
  ASSERT_EQ(verdict.ids.size(), 1u);
  EXPECT_EQ(verdict.ids[0].scheme, "digest");
  EXPECT_EQ(verdict.ids[0].id, "user:smGaoVKd/cQkjm7b88GyorAUz20=");
}

TEST(Authenticator, the_super_digest_grants_super_as_well) {
  AuthOptions options;
  options.super_digest = "super:lK75jTNcA+U9vtVEw5vB51mj/w4=";
  Authenticator auth(options);
  const AuthVerdict verdict = auth.authenticate("digest", "super:secret", "10.0.0.1");
  ASSERT_EQ(verdict.ids.size(), 2u);
  EXPECT_EQ(verdict.ids[0].scheme, "super");
  EXPECT_EQ(verdict.ids[0].id, "");
  EXPECT_EQ(auth.authenticate("digest", "super:other", "10.0.0.1").ids.size(), 1u);
}

TEST(Authenticator, ip_is_accepted_and_grants_the_address_again) {
  Authenticator auth{AuthOptions{}};
  const AuthVerdict verdict = auth.authenticate("ip", std::nullopt, "10.0.0.1");
  ASSERT_EQ(verdict.kind, Kind::kAccepted);
  EXPECT_EQ(verdict.ids.at(0).id, "10.0.0.1");
}

TEST(Authenticator, schemes_without_a_provider_fail) {
  Authenticator auth{AuthOptions{}};
  for (const char* scheme : {"world", "auth", "super", "sasl", "x509", "ensemble", "", "Digest"}) {
    EXPECT_EQ(auth.authenticate(scheme, "x", "10.0.0.1").kind, Kind::kRefused) << scheme;
  }
}

TEST(Authenticator, a_missing_digest_credential_fails_and_an_empty_one_is_hashed) {
  Authenticator auth{AuthOptions{}};
  EXPECT_EQ(auth.authenticate("digest", std::nullopt, "a").kind, Kind::kRefused);
  EXPECT_EQ(auth.authenticate("digest", "", "a").kind, Kind::kAccepted);
}

TEST(Authenticator, digest_can_be_switched_off) {
  AuthOptions options;
  options.digest_enabled = false;
  EXPECT_EQ(Authenticator(options).authenticate("digest", "a:b", "a").kind, Kind::kRefused);
}

TEST(Authenticator, an_ensemble_name_that_is_not_ours_drops_the_connection) {
  AuthOptions options;
  options.ensemble_provider = true;
  options.ensemble_names = std::set<std::string>{"here", "there"};
  Authenticator auth(options);
  EXPECT_EQ(auth.authenticate("ensemble", "here", "a").kind, Kind::kAccepted);
  EXPECT_EQ(auth.authenticate("ensemble", "", "a").kind, Kind::kAccepted);
  EXPECT_EQ(auth.authenticate("ensemble", std::nullopt, "a").kind, Kind::kAccepted);
  EXPECT_EQ(auth.authenticate("ensemble", "elsewhere", "a").kind, Kind::kDropped);
  EXPECT_EQ(auth.ensemble_counters().success, 1u);
  EXPECT_EQ(auth.ensemble_counters().skip, 2u);
  EXPECT_EQ(auth.ensemble_counters().fail, 1u);
}

TEST(Authenticator, an_unknown_digest_algorithm_is_found_at_start) {
  AuthOptions options;
  EXPECT_EQ(Authenticator(options).check_options(), "");
  options.digest_algorithm = "SHA-99";
  EXPECT_NE(Authenticator(options).check_options(), "");
}

}  // namespace
}  // namespace vivarium
