// The alternative of a variant that the caller knows is there. As std::get, except that misuse is a panic: the
// standard's check throws or aborts without a word.
#pragma once

#include <variant>

#include "kernel/base/assert.h"

namespace vivarium {

template <class T, class... All>
const T& alternative(const std::variant<All...>& variant) {
  const T* found = std::get_if<T>(&variant);
  KASSERT(found != nullptr);
  return *found;
}

}  // namespace vivarium
