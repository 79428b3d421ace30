// Path arithmetic and ZooKeeper's rules for legal paths (PathUtils; features.md 1.2).
#pragma once

#include <optional>
#include <string_view>

namespace vivarium {

/// Starts with '/', no trailing '/' (except "/"), no empty, "." or ".." component, none of the forbidden characters
/// (U+0000-001F, U+007F-009F, UTF-16 units D800-F8FF, FFF0-FFFF). Malformed UTF-8 is judged as Java would decode it.
bool is_legal_path(std::string_view path);
/// As is_legal_path, for a path to which a sequence suffix will be appended (so "/a/" is legal).
bool is_legal_sequential_prefix(std::string_view path);

/// Parent of a client path; "/" for "/a"; "" for "/" and for paths without a slash.
std::string_view parent_path(std::string_view path);
/// Last component; "" for "/".
std::string_view last_component(std::string_view path);
/// A path cut at its last slash. The parent is a snapshot path: "" for the root.
struct SplitPath {
  std::string_view parent, name;
};
/// nullopt: no slash, no name, or a parent "/" ("//a" names no node; it must not pass for "/a").
std::optional<SplitPath> split_path(std::string_view path);
/// `path` is `ancestor` or lies below it. Both are client paths.
bool is_at_or_below(std::string_view path, std::string_view ancestor);

inline constexpr std::string_view kQuotaRoot = "/zookeeper/quota";
inline constexpr std::string_view kConfigNode = "/zookeeper/config";
inline constexpr std::string_view kSystemRoot = "/zookeeper";
/// "/", /zookeeper, /zookeeper/quota, /zookeeper/config: may not be deleted.
bool is_protected_from_delete(std::string_view path);

}  // namespace vivarium
