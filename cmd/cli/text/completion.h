// What the tab key adds to a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vivarium::cli {

/// The last word of what stands before the cursor; a quote in front of it is not part of it.
std::string word_to_complete(std::string_view before_cursor);

struct Completion {
  std::string appended;    // to the word: what all candidates share, and a blank after the only one
  bool is_unique = false;  // there is one candidate
};
/// `candidates` are not empty and all begin with `word`.
Completion complete_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace vivarium::cli
