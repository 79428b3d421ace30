#include "adapters/auth/authenticator.h"

#include <openssl/evp.h>

#include <memory>

namespace vivarium {
namespace {

struct FreeDigest {
  void operator()(EVP_MD* md) const { EVP_MD_free(md); }
};
using Digest = std::unique_ptr<EVP_MD, FreeDigest>;

/// Java's name for an algorithm; OpenSSL takes all but "SHA" as it is.
Digest find_digest(const std::string& algorithm) {
  return Digest(EVP_MD_fetch(nullptr, algorithm == "SHA" ? "SHA1" : algorithm.c_str(), nullptr));
}

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string out(4 * ((size + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends it with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(size));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

AuthVerdict refused(std::string reason) { return {AuthVerdict::Kind::kRefused, {}, std::move(reason)}; }

}  // namespace

std::string generate_digest(std::string_view user_and_password, const std::string& algorithm) {
  // One-entry cache: fetching an algorithm costs more than hashing a password.
  thread_local std::string cached_name;
  thread_local Digest cached;
  if (!cached || cached_name != algorithm) {
    cached = find_digest(algorithm);
    cached_name = algorithm;
  }
  if (!cached) return {};
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(user_and_password.data(), user_and_password.size(), hash, &size, cached.get(), nullptr) != 1)
    return {};
  return std::string(user_and_password.substr(0, user_and_password.find(':'))) + ":" + base64(hash, size);
}

std::string Authenticator::check_options() const {
  if (!options_.digest_enabled || find_digest(options_.digest_algorithm)) return {};
  return "DigestAuthenticationProvider.digestAlg: '" + options_.digest_algorithm +
         "' is not a digest that OpenSSL knows";
}

AuthVerdict Authenticator::authenticate(std::string_view scheme, MaybeBytes credential, std::string_view peer) {
  if (scheme == "digest" && options_.digest_enabled) return digest(credential);
  if (scheme == "ip") return {AuthVerdict::Kind::kAccepted, {{"ip", std::string(peer)}}, {}};
  if (scheme == "ensemble" && options_.ensemble_provider) return ensemble(credential);
  return refused("no authentication provider for scheme '" + std::string(scheme) + "'");
}

AuthVerdict Authenticator::digest(MaybeBytes credential) const {
  if (!credential) return refused("digest credential is missing");
  std::string id = generate_digest(*credential, options_.digest_algorithm);
  if (id.empty()) return refused("digest algorithm '" + options_.digest_algorithm + "' is not available");
  AuthVerdict verdict{AuthVerdict::Kind::kAccepted, {}, {}};
  if (id == options_.super_digest) verdict.ids.push_back({"super", ""});
  verdict.ids.push_back({"digest", std::move(id)});
  return verdict;
}

AuthVerdict Authenticator::ensemble(MaybeBytes credential) {
  if (credential.value_or(std::string_view{}).empty() || !options_.ensemble_names) {
    ++ensemble_counters_.skip;
    return {AuthVerdict::Kind::kAccepted, {}, {}};
  }
  if (options_.ensemble_names->count(std::string(*credential)) != 0) {
    ++ensemble_counters_.success;
    return {AuthVerdict::Kind::kAccepted, {}, {}};
  }
  ++ensemble_counters_.fail;
  return {AuthVerdict::Kind::kDropped, {}, "client expects ensemble '" + std::string(*credential) + "'"};
}

}  // namespace vivarium
