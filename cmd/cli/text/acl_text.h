// scheme:id:perms lists, as users type them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/containers.h"

namespace vivarium::cli {

struct AclText {
  struct Entry {
    std::string scheme, id;
    std::int32_t permissions = 0;
  };
  std::vector<Entry> entries;           // those that have the form
  std::vector<std::string> complaints;  // about those that do not, and about unknown letters
};

/// Entries are separated by commas; the id may hold colons.
AclText parse_acl(std::string_view text);
/// The encoded list, for a request.
Vector<char> encode_acl(const AclText& acl);

}  // namespace vivarium::cli
