// Permission checks over encoded ACL lists, and the fix-up of the lists that clients send.
#include "kernel/request/access.h"

#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"
#include "kernel/request/ip_pattern.h"

namespace vivarium {
namespace {

bool is_anyone(const Acl& entry) { return entry.scheme == "world" && entry.id == "anyone"; }

bool has_super(const Identities& identities) {
  for (const Identity& identity : identities) {
    if (view(identity.scheme) == "super") return true;
  }
  return false;
}

/// `identity` and `entry` have the same scheme.
bool id_matches(const Identity& identity, const Acl& entry) {
  KASSERT(view(identity.scheme) == entry.scheme);
  if (entry.scheme == "ip") return ip_matches(view(identity.id), entry.id);
  if (entry.scheme == "sasl" && view(identity.id) == "super") return true;
  if (entry.scheme == "digest" || entry.scheme == "sasl" || entry.scheme == "x509") {
    return view(identity.id) == entry.id;
  }
  return false;  // schemes without a provider grant nothing
}

/// Java's split(":") must give two parts: trailing empty ones do not count.
bool is_valid_digest_id(std::string_view id) {
  while (!id.empty() && id.back() == ':') id.remove_suffix(1);
  return std::count(id.begin(), id.end(), ':') == 1;
}

/// "primary[/instance]@REALM", or any name without '@' (KerberosName).
bool is_valid_sasl_id(std::string_view id) {
  const std::size_t at = id.find('@');
  if (at == std::string_view::npos) return true;
  const std::string_view name = slice(id, 0, at);
  const std::string_view realm = slice(id, at + 1);
  if (realm.find_first_of("/@") != std::string_view::npos) return false;
  return std::count(name.begin(), name.end(), '/') <= 1;
}

/// A distinguished name: comma-separated attribute=value pairs, commas escapable; the empty name is legal.
bool is_valid_x509_id(std::string_view id) {
  bool has_equals = id.empty();
  bool escaped = false;
  for (const char c : id) {
    if (escaped) {
      escaped = false;
    } else if (c == '\\') {
      escaped = true;
    } else if (c == '=') {
      has_equals = true;
    } else if (c == ',') {
      if (!has_equals) return false;
      has_equals = false;
    }
  }
  return has_equals && !escaped;
}

bool is_valid_entry(const Acl& entry, const AclSchemes& schemes) {
  if (is_anyone(entry)) return true;
  if (entry.scheme == "ip") return is_valid_ip_pattern(entry.id);
  if (entry.scheme == "digest") return schemes.digest && is_valid_digest_id(entry.id);
  if (entry.scheme == "sasl") return schemes.sasl && is_valid_sasl_id(entry.id);
  if (entry.scheme == "x509") return schemes.x509 && is_valid_x509_id(entry.id);
  return false;
}

/// Whether `auth` stands for this identity: its provider vouches for who it is (an address does not).
bool is_authenticated(const Identity& identity, const AclSchemes& schemes) {
  const std::string_view scheme = view(identity.scheme);
  return (scheme == "digest" && schemes.digest) || (scheme == "sasl" && schemes.sasl) ||
         (scheme == "x509" && schemes.x509);
}

struct Numbered {
  Acl entry;
  std::int32_t index = 0;
};
using NumberedList = SmallVector<Numbered, 8>;

/// Keeps the first of equal entries, in the order given. By sorting: a frame holds enough entries to make pairs costly.
NumberedList without_duplicates(AclBytes acl) {
  NumberedList list;
  for (AclReader reader(acl); !reader.done();) {
    const Acl entry = reader.next();
    list.push_back(Numbered{entry, static_cast<std::int32_t>(list.size())});
  }
  if (list.size() < 2) return list;
  auto same = [](const Numbered& a, const Numbered& b) {
    return a.entry.permissions == b.entry.permissions && a.entry.scheme == b.entry.scheme && a.entry.id == b.entry.id;
  };
  std::sort(list.begin(), list.end(), [](const Numbered& a, const Numbered& b) {
    if (a.entry.permissions != b.entry.permissions) return a.entry.permissions < b.entry.permissions;
    if (a.entry.scheme != b.entry.scheme) return a.entry.scheme < b.entry.scheme;
    if (a.entry.id != b.entry.id) return a.entry.id < b.entry.id;
    return a.index < b.index;
  });
  list.erase(std::unique(list.begin(), list.end(), same), list.end());
  std::sort(list.begin(), list.end(), [](const Numbered& a, const Numbered& b) { return a.index < b.index; });
  return list;
}

}  // namespace

bool allowed(AclBytes acl, std::int32_t permission, const Identities& identities) {
  KASSERT(permission != 0);
  if (acl == open_acl()) return true;
  AclReader reader(acl);
  if (reader.done() || has_super(identities)) return true;
  while (!reader.done()) {
    const Acl entry = reader.next();
    if ((entry.permissions & permission) == 0) continue;
    if (is_anyone(entry)) return true;
    for (const Identity& identity : identities) {
      if (view(identity.scheme) == entry.scheme && id_matches(identity, entry)) return true;
    }
  }
  return false;
}

Result<AclBytes, ErrorCode> fix_acl(std::optional<AclBytes> acl, const Identities& identities,
                                    const AclSchemes& schemes, Vector<char>& scratch) {
  if (!acl) return Failure{ErrorCode::kInvalidAcl};
  if (*acl == open_acl()) return *acl;
  const NumberedList list = without_duplicates(*acl);
  if (list.empty()) return Failure{ErrorCode::kInvalidAcl};

  scratch.clear();
  ByteWriter out(scratch);
  const std::size_t count_at = out.reserve_i32();
  std::int32_t count = 0;
  for (const Numbered& item : list) {
    if (item.entry.scheme == "auth") {
      const std::int32_t before = count;
      for (const Identity& identity : identities) {
        if (!is_authenticated(identity, schemes)) continue;
        encode(out, Acl{item.entry.permissions, view(identity.scheme), view(identity.id)});
        ++count;
      }
      if (count == before) return Failure{ErrorCode::kInvalidAcl};
    } else {
      if (!is_valid_entry(item.entry, schemes)) return Failure{ErrorCode::kInvalidAcl};
      encode(out, item.entry);
      ++count;
    }
  }
  KASSERT(count > 0);
  out.patch_i32(count_at, count);
  return AclBytes(view(scratch));
}

void encode_masked_acl(ByteWriter& out, AclBytes acl) {
  AclReader reader(acl);
  out.i32(reader.size());
  while (!reader.done()) {
    const Acl entry = reader.next();
    const std::size_t colon = entry.id.find(':');
    if (entry.scheme != "digest" || colon == std::string_view::npos) {
      encode(out, entry);
      continue;
    }
    out.i32(entry.permissions);
    out.ustring(entry.scheme);
    out.i32(static_cast<std::int32_t>(colon + 2));
    out.bytes(slice(entry.id, 0, colon));
    out.bytes(":x");
  }
}

std::string_view user_name(const Identity& identity) {
  const std::string_view scheme = view(identity.scheme);
  const std::string_view id = view(identity.id);
  if (scheme == "digest") return slice(id, 0, id.find(':'));
  if (scheme == "ip" || scheme == "sasl" || scheme == "x509") return id;
  return {};
}

}  // namespace vivarium
