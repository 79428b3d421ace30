// How a seed fails: a law that was broken and what was seen, thrown up to the runner.
//
// Checkers call fail(); a failed assertion of the kernel arrives here too (report/panic.cpp). Must never: be swallowed
// anywhere but in the runner.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace vivarium::sim {

struct SeedFailure {
  std::string law;  // short name, as in laws.h
  std::string detail;
};

[[noreturn]] inline void fail(std::string_view law, std::string detail) {
  throw SeedFailure{std::string(law), std::move(detail)};
}

}  // namespace vivarium::sim
