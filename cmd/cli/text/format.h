// What zkCli prints for stats, events, errors and data, word by word.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/client/client_output.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium::cli {

/// Eleven lines, "cZxid = 0x..." to "numChildren = ...".
std::string stat_text(const Stat& stat);
/// As java.util.Date prints it in the local time zone: "Sun Nov 22 00:13:17 UTC 2026".
std::string date_text(WallTime time);
/// "cdrwa", in this order.
std::string permissions_text(std::int32_t permissions);
/// Netty's pretty hex dump, without a final newline; "" for no bytes.
std::string hex_dump(std::string_view bytes);
/// "[a, b]", as Java prints lists. T: anything that begins and ends.
template <class List>
std::string list_text(const List& list) {
  std::string text = "[";
  for (const auto& item : list) {
    if (text.size() > 1) text += ", ";
    text += item;
  }
  return text + "]";
}

/// "KeeperErrorCode = NoNode for /x"; without a path when that is empty.
std::string error_text(ErrorCode error, std::string_view path);
/// zkCli's own words for the common errors ("Node does not exist: /x"), error_text for others.
std::string failure_text(ErrorCode error, std::string_view path);

/// "WatchedEvent state:SyncConnected type:None path:null" for a change of the session.
std::string state_event_text(SessionState state);
/// The same for a node; `zxid` -1: the server did not say (before 3.9).
std::string node_event_text(EventType type, std::string_view path, Zxid zxid = Zxid{-1});
/// The state in the prompt: an expired session counts as CLOSED.
std::string prompt_state(SessionState state);

}  // namespace vivarium::cli
