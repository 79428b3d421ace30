// Texts; see the header.
#include "cmd/cli/text/format.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace vivarium::cli {
namespace {

std::string hex(std::int64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

/// KeeperException's words, without "KeeperErrorCode = ".
const char* code_words(ErrorCode error) {
  switch (error) {
    case ErrorCode::kOk:
      return "ok";
    case ErrorCode::kSystemError:
      return "SystemError";
    case ErrorCode::kRuntimeInconsistency:
      return "RuntimeInconsistency";
    case ErrorCode::kDataInconsistency:
      return "DataInconsistency";
    case ErrorCode::kConnectionLoss:
      return "ConnectionLoss";
    case ErrorCode::kMarshallingError:
      return "MarshallingError";
    case ErrorCode::kNewConfigNoQuorum:
      return "NewConfigNoQuorum";
    case ErrorCode::kReconfigInProgress:
      return "ReconfigInProgress";
    case ErrorCode::kUnimplemented:
      return "Unimplemented";
    case ErrorCode::kOperationTimeout:
      return "OperationTimeout";
    case ErrorCode::kBadArguments:
      return "BadArguments";
    case ErrorCode::kApiError:
      return "APIError";
    case ErrorCode::kNoNode:
      return "NoNode";
    case ErrorCode::kNoAuth:
      return "NoAuth";
    case ErrorCode::kBadVersion:
      return "BadVersion";
    case ErrorCode::kNoChildrenForEphemerals:
      return "NoChildrenForEphemerals";
    case ErrorCode::kNodeExists:
      return "NodeExists";
    case ErrorCode::kInvalidAcl:
      return "InvalidACL";
    case ErrorCode::kAuthFailed:
      return "AuthFailed";
    case ErrorCode::kNotEmpty:
      return "Directory not empty";
    case ErrorCode::kSessionExpired:
      return "Session expired";
    case ErrorCode::kInvalidCallback:
      return "Invalid callback";
    case ErrorCode::kSessionMoved:
      return "Session moved";
    case ErrorCode::kNotReadOnly:
      return "Not a read-only call";
    case ErrorCode::kEphemeralOnLocalSession:
      return "Ephemeral node on local session";
    case ErrorCode::kNoWatcher:
      return "No such watcher";
    case ErrorCode::kReconfigDisabled:
      return "Reconfig is disabled";
    case ErrorCode::kSessionClosedRequireSaslAuth:
      return "Session closed because client failed to authenticate";
    case ErrorCode::kQuotaExceeded:
      return "Quota has exceeded";
    case ErrorCode::kThrottledOp:
      return "Op throttled due to high load";
    default:
      return nullptr;
  }
}

/// The beginning of zkCli's sentence about an error and a path, or nullptr.
const char* failure_words(ErrorCode error) {
  switch (error) {
    case ErrorCode::kNoNode:
      return "Node does not exist: ";
    case ErrorCode::kNoChildrenForEphemerals:
      return "Ephemerals cannot have children: ";
    case ErrorCode::kNodeExists:
      return "Node already exists: ";
    case ErrorCode::kNotEmpty:
      return "Node not empty: ";
    case ErrorCode::kNotReadOnly:
      return "Not a read-only call: ";
    case ErrorCode::kInvalidAcl:
      return "Acl is not valid : ";
    case ErrorCode::kNoAuth:
      return "Insufficient permission : ";
    case ErrorCode::kBadArguments:
      return "Arguments are not valid : ";
    case ErrorCode::kBadVersion:
      return "version No is not valid : ";
    case ErrorCode::kQuotaExceeded:
      return "Quota has exceeded : ";
    default:
      return nullptr;
  }
}

const char* state_words(SessionState state) {
  switch (state) {
    case SessionState::kConnecting:
      return "Disconnected";
    case SessionState::kConnected:
      return "SyncConnected";
    case SessionState::kConnectedReadOnly:
      return "ConnectedReadOnly";
    case SessionState::kExpired:
      return "Expired";
    case SessionState::kAuthFailed:
      return "AuthFailed";
    case SessionState::kClosed:
      return "Closed";
  }
  return "Unknown";
}

const char* event_words(EventType type) {
  switch (type) {
    case EventType::kNone:
      return "None";
    case EventType::kNodeCreated:
      return "NodeCreated";
    case EventType::kNodeDeleted:
      return "NodeDeleted";
    case EventType::kNodeDataChanged:
      return "NodeDataChanged";
    case EventType::kNodeChildrenChanged:
      return "NodeChildrenChanged";
    case EventType::kDataWatchRemoved:
      return "DataWatchRemoved";
    case EventType::kChildWatchRemoved:
      return "ChildWatchRemoved";
    case EventType::kPersistentWatchRemoved:
      return "PersistentWatchRemoved";
  }
  return "Unknown";
}

}  // namespace

std::string date_text(WallTime time) {
  const std::time_t seconds = static_cast<std::time_t>(time.millis / 1000 - (time.millis % 1000 < 0 ? 1 : 0));
  std::tm parts{};
  char text[64] = "";
  if (::localtime_r(&seconds, &parts) != nullptr) {
    std::strftime(text, sizeof text, "%a %b %d %H:%M:%S %Z %Y", &parts);
  }
  return text;
}

std::string stat_text(const Stat& stat) {
  return "cZxid = " + hex(stat.czxid.value) + "\nctime = " + date_text(stat.ctime) +
         "\nmZxid = " + hex(stat.mzxid.value) + "\nmtime = " + date_text(stat.mtime) +
         "\npZxid = " + hex(stat.pzxid.value) + "\ncversion = " + std::to_string(stat.cversion) +
         "\ndataVersion = " + std::to_string(stat.version) + "\naclVersion = " + std::to_string(stat.aversion) +
         "\nephemeralOwner = " + hex(stat.ephemeral_owner) + "\ndataLength = " + std::to_string(stat.data_length) +
         "\nnumChildren = " + std::to_string(stat.num_children) + "\n";
}

std::string permissions_text(std::int32_t permissions) {
  std::string text;
  if (permissions & perms::kCreate) text += 'c';
  if (permissions & perms::kDelete) text += 'd';
  if (permissions & perms::kRead) text += 'r';
  if (permissions & perms::kWrite) text += 'w';
  if (permissions & perms::kAdmin) text += 'a';
  return text;
}

std::string hex_dump(std::string_view bytes) {
  if (bytes.empty()) return "";
  constexpr std::size_t kRow = 16;
  const std::string rule = "+--------+-------------------------------------------------+----------------+";
  std::string text =
      "         +-------------------------------------------------+\n"
      "         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |\n" +
      rule;
  char piece[16];
  for (std::size_t row = 0; row < bytes.size(); row += kRow) {
    std::snprintf(piece, sizeof piece, "\n|%08x|", static_cast<unsigned>(row));
    text += piece;
    const std::string_view part = bytes.substr(row, kRow);
    for (const char c : part) {
      std::snprintf(piece, sizeof piece, " %02x", static_cast<unsigned char>(c));
      text += piece;
    }
    text.append((kRow - part.size()) * 3, ' ');
    text += " |";
    for (const char c : part) text += c > 0x1f && c < 0x7f ? c : '.';
    text.append(kRow - part.size(), ' ');
    text += '|';
  }
  return text + "\n" + rule;
}

std::string error_text(ErrorCode error, std::string_view path) {
  const char* words = code_words(error);
  const std::string code = words != nullptr ? words : "Unknown error " + std::to_string(static_cast<int>(error));
  return "KeeperErrorCode = " + code + (path.empty() ? "" : " for " + std::string(path));
}

std::string failure_text(ErrorCode error, std::string_view path) {
  if (const char* words = failure_words(error)) return words + (path.empty() ? "null" : std::string(path));
  if (error == ErrorCode::kReconfigInProgress) {
    return "Another reconfiguration is in progress -- concurrent reconfigs not supported (yet)";
  }
  if (error == ErrorCode::kNewConfigNoQuorum) {
    return "No quorum of new config is connected and up-to-date with the leader of last committed config - try "
           "invoking reconfiguration after new servers are connected and synced";
  }
  return error_text(error, path);
}

std::string state_event_text(SessionState state) {
  return std::string("WatchedEvent state:") + state_words(state) + " type:None path:null";
}

std::string node_event_text(EventType type, std::string_view path, Zxid zxid) {
  return std::string("WatchedEvent state:SyncConnected type:") + event_words(type) + " path:" + std::string(path) +
         (zxid.value == -1 ? "" : " zxid: " + std::to_string(zxid.value));
}

std::string prompt_state(SessionState state) {
  return session_state_name(state == SessionState::kExpired ? SessionState::kClosed : state);
}

}  // namespace vivarium::cli
