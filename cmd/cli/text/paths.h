// Znode paths as clients check them before they send any, and the chroot that a connect string may name.
//
// Must never: let a path out of its chroot.
#pragma once

#include <string>
#include <string_view>

namespace vivarium::cli {

/// Throws CommandFailed with Apache's words when `path` can name no node. `sequential`: a number will follow it.
void check_path(std::string_view path, bool sequential = false);

class Chroot {
 public:
  Chroot() = default;
  /// "" or a valid path other than "/".
  explicit Chroot(std::string root) : root_(std::move(root)) {}
  const std::string& root() const { return root_; }
  /// The server's name of a path that the user gave.
  std::string outgoing(std::string_view path) const;
  /// The user's name of a path that the server gave; one outside of the chroot stays as it is.
  std::string incoming(std::string_view path) const;

 private:
  std::string root_;
};

/// The children of "/" have no double slash.
std::string join_path(std::string_view parent, std::string_view child);

}  // namespace vivarium::cli
