// ACL lists; see the header.
#include "cmd/cli/text/acl_text.h"

#include <algorithm>

#include "kernel/client/requests.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium::cli {
namespace {

std::int32_t permission(char letter) {
  switch (letter) {
    case 'r':
      return perms::kRead;
    case 'w':
      return perms::kWrite;
    case 'c':
      return perms::kCreate;
    case 'd':
      return perms::kDelete;
    case 'a':
      return perms::kAdmin;
    default:
      return 0;
  }
}

void parse_entry(std::string_view text, AclText& acl) {
  const std::size_t first = text.find(':');
  const std::size_t last = text.rfind(':');
  if (first == last) {  // one or none
    acl.complaints.push_back(std::string(text) + " does not have the form scheme:id:perm");
    return;
  }
  AclText::Entry entry;
  entry.scheme = text.substr(0, first);
  entry.id = text.substr(first + 1, last - first - 1);
  for (const char letter : text.substr(last + 1)) {
    entry.permissions |= permission(letter);
    if (permission(letter) == 0) acl.complaints.push_back(std::string("Unknown perm type: ") + letter);
  }
  acl.entries.push_back(std::move(entry));
}

}  // namespace

AclText parse_acl(std::string_view text) {
  AclText acl;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parse_entry(text.substr(at, comma - at), acl);
    at = comma + 1;
  }
  return acl;
}

Vector<char> encode_acl(const AclText& acl) {
  std::vector<Acl> entries;
  for (const AclText::Entry& entry : acl.entries) entries.push_back(Acl{entry.permissions, entry.scheme, entry.id});
  return encode_acl_list(entries);
}

}  // namespace vivarium::cli
