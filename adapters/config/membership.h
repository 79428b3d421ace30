// What the membership lines mean together: who is in the ensemble, who votes, and whether it is an ensemble at all.
//
// Must never: let a configuration through that the kernel's quorums do not take (ids once each, at most
// VoterSet::kMaxVoters voters, weights in range, no server in two groups).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/config/server_config.h"
#include "adapters/config/server_lines.h"

namespace vivarium {

/// The lines as they were read, each with where it stands ("zoo.cfg:7").
struct Membership {
  template <class Line>
  struct At {
    Line line;
    std::string where;
  };
  std::vector<At<ServerLine>> servers;
  std::vector<At<GroupLine>> groups;
  std::vector<At<WeightLine>> weights;

  std::size_t participants() const;
  bool hierarchical() const { return !groups.empty() || !weights.empty(); }
  const ServerLine* find(std::int64_t id) const;
};

/// Takes a server, group or weight line; one that was there before is replaced, as in Java. Returns "" or what was
/// expected.
std::string take_membership_line(std::string_view key, std::string_view value, const std::string& where,
                                 Membership& membership);

struct MembershipProblems {
  std::vector<std::string> warnings, errors;
};

/// True when the lines describe an ensemble, false for a standalone server.
bool is_ensemble(const Membership& membership, bool standalone_enabled);
/// Precondition: is_ensemble. Fills the kernel's configuration of the ensemble and the addresses of its members, or
/// says what is wrong.
void build_ensemble(const Membership& membership, std::int64_t my_id, ServerConfig& config,
                    MembershipProblems& problems);

}  // namespace vivarium
