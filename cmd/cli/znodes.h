// Operations on znodes as plain calls: paths checked and translated by the chroot, errors thrown in zkCli's words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/cli/session.h"
#include "cmd/cli/text/acl_text.h"
#include "cmd/cli/text/command_failed.h"
#include "cmd/cli/text/paths.h"
#include "kernel/client/replies.h"

namespace vivarium::cli {

/// The server (or the way to it) refused.
class Refused : public CommandFailed {
 public:
  Refused(ErrorCode code, std::string_view path);
  ErrorCode code() const { return code_; }
  /// "KeeperErrorCode = NoNode for /x"
  const std::string& error() const { return error_; }

 private:
  ErrorCode code_;
  std::string error_;
};

class Znodes {
 public:
  struct Data {
    std::optional<std::string> bytes;
    Stat stat;
  };
  struct Children {
    std::vector<std::string> names;  // sorted
    Stat stat;
  };
  struct AclOfNode {
    std::vector<AclText::Entry> entries;
    Stat stat;
  };

  Znodes(Session& session, Chroot chroot) : session_(session), chroot_(std::move(chroot)) {}

  /// Returns the created path. `flags` as in create_flags; `ttl_ms` only with those that want one.
  std::string create(std::string_view path, MaybeBytes data, AclBytes acl, std::int32_t flags,
                     std::int64_t ttl_ms = 0) const;
  void remove(std::string_view path, std::int32_t version = -1) const;
  /// Deletes all or nothing; false when nothing.
  bool remove_together(const std::vector<std::string>& paths) const;
  std::optional<Stat> exists(std::string_view path, bool watch = false) const;
  Data get(std::string_view path, bool watch = false) const;
  Stat set(std::string_view path, std::string_view data, std::int32_t version = -1) const;
  Children children(std::string_view path, bool watch = false) const;
  AclOfNode get_acl(std::string_view path) const;
  Stat set_acl(std::string_view path, const AclText& acl, std::int32_t version) const;
  std::int32_t all_children_number(std::string_view path) const;
  std::vector<std::string> ephemerals(std::string_view prefix) const;
  void add_watch(std::string_view path, AddWatchMode mode) const;

  const Chroot& chroot() const { return chroot_; }
  Session& session() const { return session_; }

 private:
  /// Throws Refused unless the server agreed; returns the body.
  std::string call(const Request& request, std::string_view path) const;

  Session& session_;
  Chroot chroot_;
};

/// `decoded` of a reply, or CommandFailed when the server sent nonsense.
template <class T>
T expect(std::optional<T> decoded) {
  if (!decoded) throw CommandFailed("the server's reply is malformed");
  return *std::move(decoded);
}

}  // namespace vivarium::cli
