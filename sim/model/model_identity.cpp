// Identities and ACL lists of the model; see model_identity.h.
#include "sim/model/model_identity.h"

#include <algorithm>
#include <vector>

#include "kernel/base/bytes.h"

namespace vivarium::sim {
namespace {

struct Entry {
  std::int32_t permissions;
  std::string scheme, id;
  friend bool operator==(const Entry&, const Entry&) = default;
};

std::vector<Entry> entries_of(AclBytes acl) {
  std::vector<Entry> entries;
  for (AclReader reader(acl); !reader.done();) {
    const Acl one = reader.next();
    entries.push_back({one.permissions, std::string(one.scheme), std::string(one.id)});
  }
  return entries;
}

std::string encoded(const std::vector<Entry>& entries) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  out.i32(static_cast<std::int32_t>(entries.size()));
  for (const Entry& entry : entries) encode(out, Acl{entry.permissions, entry.scheme, entry.id});
  return std::string(view(bytes));
}

bool is_dotted_quad(std::string_view id) {
  return !id.empty() && std::count(id.begin(), id.end(), '.') == 3 &&
         std::all_of(id.begin(), id.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

bool is_valid(const Entry& entry) {
  if (entry.scheme == "world") return entry.id == "anyone";
  if (entry.scheme == "digest") return std::count(entry.id.begin(), entry.id.end(), ':') == 1;
  if (entry.scheme == "ip") return is_dotted_quad(entry.id);
  return false;
}

}  // namespace

std::string digest_id(std::string_view user) { return std::string(user) + ":hash-of-" + std::string(user); }
std::string digest_credential(std::string_view user) { return std::string(user) + ":secret"; }
std::string user_of_credential(std::string_view credential) {
  const std::size_t colon = credential.find(':');
  if (colon == std::string_view::npos || credential.substr(colon) != ":secret") return "";
  return std::string(credential.substr(0, colon));
}

bool model_permits(AclBytes acl, std::int32_t permission, const ModelIdentity& who) {
  if (acl == open_acl()) return true;
  const std::vector<Entry> entries = entries_of(acl);
  if (entries.empty()) return true;
  for (const Entry& entry : entries) {
    if ((entry.permissions & permission) == 0) continue;
    if (entry.scheme == "world") return true;
    if (entry.scheme == "ip" && entry.id == who.ip) return true;
    if (entry.scheme == "digest" && !who.user.empty() && entry.id == digest_id(who.user)) return true;
  }
  return false;
}

std::optional<std::string> model_fix_acl(std::optional<AclBytes> acl, const ModelIdentity& who) {
  if (!acl) return std::nullopt;
  if (*acl == open_acl()) return std::string(*acl);
  std::vector<Entry> fixed;
  const auto add = [&fixed](Entry entry) {
    if (std::find(fixed.begin(), fixed.end(), entry) == fixed.end()) fixed.push_back(std::move(entry));
  };
  for (const Entry& entry : entries_of(*acl)) {
    if (entry.scheme == "auth") {
      if (who.user.empty()) return std::nullopt;
      add({entry.permissions, "digest", digest_id(who.user)});
      continue;
    }
    if (!is_valid(entry)) return std::nullopt;
    add(entry);
  }
  if (fixed.empty()) return std::nullopt;
  return encoded(fixed);
}

std::string model_mask_acl(AclBytes acl) {
  std::vector<Entry> entries = entries_of(acl);
  for (Entry& entry : entries) {
    if (entry.scheme == "digest") entry.id = entry.id.substr(0, entry.id.find(':')) + ":x";
  }
  return encoded(entries);
}

}  // namespace vivarium::sim
