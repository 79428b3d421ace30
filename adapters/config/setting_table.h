// The keys of zoo.cfg: one row each, with what it does here.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/config/membership.h"
#include "adapters/config/server_config.h"

namespace vivarium {

/// What is collected while the file is read; some settings only mean something together.
struct SettingDraft {
  ServerConfig config;
  std::optional<std::int64_t> client_port;
  std::optional<std::string> client_address;
  std::optional<std::int64_t> secure_client_port;
  std::optional<std::string> secure_client_address;
  std::optional<std::int64_t> max_frame_extra;  // jute.maxbuffer.extrasize
  bool standalone_enabled = true;
  bool require_sasl = false;  // sessionRequireClientSASLAuth
  std::string dynamic_file;
  bool observer = false;                                                      // peerType
  std::optional<std::int32_t> init_limit, sync_limit, learner_connect_limit;  // ticks
  Membership membership;
};

enum class SettingKind {
  kActive,       // `apply` stores it
  kMeaningless,  // Java's machinery or the ensemble's: checked where it has a type, otherwise without effect
  kUnsupported,  // not in this build; `apply` returns a remark when the value asks for it
};

struct Setting {
  std::string_view key;
  SettingKind kind;
  /// Returns "" when the value is taken. Otherwise: what was expected (an error), or for kUnsupported the remark.
  std::string (*apply)(std::string_view value, SettingDraft& draft);
};

/// Sorted by key. Families such as ssl.* and admin.* are in known_prefix.
std::span<const Setting> setting_table();
const Setting* find_setting(std::string_view key);
/// Keys that belong to a part of ZooKeeper that this build does not have; the remark is for the log ("" = say nothing).
std::optional<std::string_view> known_prefix(std::string_view key);
/// Every key, for suggestions.
std::span<const std::string_view> setting_names();

}  // namespace vivarium
