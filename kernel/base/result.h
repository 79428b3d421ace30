// Result<T, E>: a value or an error, for decoding and validation. Misuse is a panic, never an exception.
//
// Why not boost::system::result: its value() needs exceptions, and it brings error categories (globals).
#pragma once

#include <utility>
#include <variant>

#include "kernel/base/assert.h"

namespace vivarium {

template <class E>
struct Failure {
  E error;
};
template <class E>
Failure(E) -> Failure<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  template <class F>
  Result(Failure<F> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() {
    T* value = std::get_if<0>(&state_);
    KASSERT(value != nullptr);
    return *value;
  }
  const T& value() const { return const_cast<Result*>(this)->value(); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const E& error() const {
    const E* error = std::get_if<1>(&state_);
    KASSERT(error != nullptr);
    return *error;
  }

 private:
  std::variant<T, E> state_;
};

/// The value of a Result that carries none.
struct Done {};

}  // namespace vivarium
