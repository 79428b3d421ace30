// The four-letter words: which are answered, and Apache's text for each (features.md section 9).
//
// Must never: answer a word that the whitelist does not name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/admin/admin_source.h"

namespace vivarium {

struct AdminReply {
  std::string text;  // the connection closes after it
  /// What the kernel is to forget: srst and crst.
  bool reset_server = false;
  bool reset_connections = false;
};

class FourLetterWords {
 public:
  explicit FourLetterWords(const AdminSource& source) : source_(source) {}
  /// `command` is the word, for stmk followed by the eight bytes of the mask.
  AdminReply answer(std::string_view command);

 private:
  AdminReply set_trace_mask(std::string_view mask);

  const AdminSource& source_;
  std::int64_t trace_mask_ = 306;  // Apache's default; kept for gtmk, it switches nothing here
};

}  // namespace vivarium
