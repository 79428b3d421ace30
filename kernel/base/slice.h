// A part of a byte range. As string_view::substr, except that misuse is a panic: the standard's check throws, and
// nothing in the kernel may.
#pragma once

#include <string_view>

#include "kernel/base/assert.h"

namespace vivarium {

/// `size` bytes of `bytes` from `from` on, or as many as there are. Precondition: from <= bytes.size().
constexpr std::string_view slice(std::string_view bytes, std::size_t from, std::size_t size = std::string_view::npos) {
  KASSERT(from <= bytes.size());
  const std::size_t left = bytes.size() - from;
  return {bytes.data() + from, size < left ? size : left};
}

}  // namespace vivarium
