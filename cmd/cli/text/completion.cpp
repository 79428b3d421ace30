// Completion; see the header.
#include "cmd/cli/text/completion.h"

#include <algorithm>

namespace vivarium::cli {

std::string word_to_complete(std::string_view before_cursor) {
  std::size_t begin = before_cursor.find_last_of(" \t") + 1;  // npos + 1 is the beginning
  if (begin < before_cursor.size() && (before_cursor[begin] == '"' || before_cursor[begin] == '\'')) ++begin;
  return std::string(before_cursor.substr(begin));
}

Completion complete_word(std::string_view word, const std::vector<std::string>& candidates) {
  std::string shared = candidates.front();
  for (const std::string& candidate : candidates) {
    const auto differ = std::mismatch(shared.begin(), shared.end(), candidate.begin(), candidate.end());
    shared.erase(differ.first, shared.end());
  }
  Completion completion;
  completion.is_unique = candidates.size() == 1;
  completion.appended = shared.substr(std::min(word.size(), shared.size()));
  if (completion.is_unique) completion.appended += ' ';
  return completion;
}

}  // namespace vivarium::cli
