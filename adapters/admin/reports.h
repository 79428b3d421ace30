// The texts of the longer four-letter words, one function each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/admin/admin_source.h"

namespace vivarium {

std::string server_report(const AdminSource& source, bool with_clients);  // srvr; stat
std::string connection_report(const AdminSource& source);                 // cons
std::string configuration_report(const AdminSource& source);              // conf
std::string directory_report(const AdminSource& source);                  // dirs
std::string environment_report();                                         // envi
std::string session_report(const AdminSource& source);                    // dump
std::string watch_summary(const AdminSource& source);                     // wchs
std::string watches_by_session(const AdminSource& source);                // wchc
std::string watches_by_path(const AdminSource& source);                   // wchp
std::string monitor_report(const AdminSource& source);                    // mntr
std::string digest_report(const AdminSource& source);                     // hash

/// "standalone", "leader", "follower", "observer" or "read-only": the mode of a server that serves.
std::string_view mode_text(const MemberView& member);
/// Java's form of an average: at least one decimal, at most four ("0.0", "3.2727").
std::string ratio_text(std::int64_t dividend, std::int64_t divisor);
std::string average_text(const LatencyStats& stats);
/// Bytes in the files below a directory; 0 when there is none.
std::uint64_t directory_size(const std::string& directory);
/// Java's Date.toString: "Sat Nov 21 23:17:34 UTC 2026", in this machine's time zone.
std::string date_text(WallTime time);

}  // namespace vivarium
