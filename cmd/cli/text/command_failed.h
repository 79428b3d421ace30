// How a command ends when it cannot do what it was asked: the line for stderr and the exit code.
#pragma once

#include <stdexcept>
#include <string>

namespace vivarium::cli {

inline constexpr int kFailed = 1;
inline constexpr int kNoSuchCommand = 127;

class CommandFailed : public std::runtime_error {
 public:
  explicit CommandFailed(const std::string& message, int exit_code = kFailed)
      : std::runtime_error(message), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

}  // namespace vivarium::cli
