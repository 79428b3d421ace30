// A short line for Note effects, built without stdio or allocation. Longer text is cut.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/base/limits.h"
#include "kernel/base/types.h"

namespace vivarium {

class NoteText {
 public:
  NoteText& text(std::string_view words) {
    for (const char c : words) add(c);
    return *this;
  }
  NoteText& hex(std::int64_t value) {
    text("0x");
    return digits(static_cast<std::uint64_t>(value), 16);
  }
  NoteText& number(std::int64_t value) {
    if (value < 0) add('-');
    const std::uint64_t bits = static_cast<std::uint64_t>(value);
    return digits(value < 0 ? 0 - bits : bits, 10);
  }
  /// "server 2"; a member that is being repaired goes by a name of its own (kGuestOffset).
  NoteText& server(ServerId id) {
    const bool guest = id.value > limits::kGuestOffset;
    text("server ").number(guest ? id.value - limits::kGuestOffset : id.value);
    return guest ? text(" (being repaired)") : *this;
  }
  std::string_view line() const { return {line_.data(), line_.size()}; }

 private:
  void add(char c) {
    if (line_.size() < line_.capacity()) line_.push_back(c);
  }
  NoteText& digits(std::uint64_t value, unsigned base) {
    StaticVector<char, 20> reversed;
    do {
      reversed.push_back("0123456789abcdef"[value % base]);
      value /= base;
    } while (value != 0);
    while (!reversed.empty()) {
      add(reversed.back());
      reversed.pop_back();
    }
    return *this;
  }

  StaticVector<char, 240> line_;
};

}  // namespace vivarium
