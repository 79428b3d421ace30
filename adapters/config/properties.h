// Reader of Java properties files (java.util.Properties.load), which is what zoo.cfg is.
//
// It knows the syntax only: comments, separators, continuation lines, escapes. Every entry keeps the line on which its
// key begins, so that whoever judges the value can name it.
// Must never: throw, or accept what Java refuses (a malformed \u escape).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/result.h"

namespace vivarium {

struct Property {
  std::string key, value;
  int line = 0;
};

struct PropertiesError {
  int line = 0;
  std::string text;
};

/// Entries in file order, duplicates included (in Java the last one wins).
Result<std::vector<Property>, PropertiesError> parse_properties(std::string_view text);

}  // namespace vivarium
