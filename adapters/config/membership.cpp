#include "adapters/config/membership.h"

#include <algorithm>
#include <map>

#include "kernel/zab/quorum.h"

namespace vivarium {
namespace {

/// Session ids carry this much of their server's id.
constexpr std::int64_t kMaxDistinctServerId = 255;

/// Replaces the line of the same subject, or adds one.
template <class Line, class Same>
void put(std::vector<Membership::At<Line>>& lines, Line line, const std::string& where, Same same) {
  for (auto& present : lines) {
    if (!same(present.line)) continue;
    present = {std::move(line), where};
    return;
  }
  lines.push_back({std::move(line), where});
}

class Builder {
 public:
  Builder(const Membership& membership, ServerConfig& config, MembershipProblems& problems)
      : membership_(membership), config_(config), problems_(problems) {}

  void build(std::int64_t my_id) {
    check_groups();
    if (!problems_.errors.empty()) return;
    warn_of_size();
    add_members();
    EnsembleConfig& ensemble = config_.kernel.ensemble;
    ensemble.hierarchical = membership_.hierarchical();
    ensemble.text = to_string(text());
    const ServerLine* me = membership_.find(my_id);
    const ServerLine::Address& mine = me->addresses.front();
    ensemble.election_address = to_string(host_and_port(mine.host, mine.election_port));
  }

 private:
  void error(const std::string& where, const std::string& text) { problems_.errors.push_back(where + ": " + text); }
  void warn(const std::string& where, const std::string& text) { problems_.warnings.push_back(where + ": " + text); }
  std::vector<const ServerLine*> in_id_order() const {
    std::vector<const ServerLine*> lines;
    for (const auto& server : membership_.servers) lines.push_back(&server.line);
    std::sort(lines.begin(), lines.end(), [](const ServerLine* a, const ServerLine* b) { return a->id < b->id; });
    return lines;
  }

  void check_groups() {
    for (const auto& [group, where] : membership_.groups) {
      for (const std::int64_t id : group.servers) {
        const std::string server = "server " + std::to_string(id);
        if (membership_.find(id) == nullptr) error(where, server + " of this group has no server line");
        if (!group_of_.emplace(id, group.id).second) error(where, server + " is in two groups, or twice in one");
      }
    }
    for (const auto& [weight, where] : membership_.weights) {
      weight_of_[weight.server] = weight.weight;
      if (membership_.find(weight.server) == nullptr)
        warn(where, "weight." + std::to_string(weight.server) + ": there is no such server; ignored");
    }
    if (!membership_.hierarchical()) return;
    std::int64_t total = 0;
    for (const auto& [server, where] : membership_.servers) {
      if (server.observer) continue;
      if (group_of_.count(server.id) == 0)
        error(where, "server." + std::to_string(server.id) + " is in no group; every participant must be in one");
      total = std::max(total, weight_of(server.id));
    }
    if (total == 0) error(membership_.servers.front().where, "no participant has any weight, so none could lead");
  }

  void warn_of_size() {
    const std::string& where = membership_.servers.front().where;
    const std::size_t participants = membership_.participants();
    if (participants > VoterSet::kMaxVoters) {
      error(where, std::to_string(participants) + " participants; expected " + std::to_string(VoterSet::kMaxVoters) +
                       " at most");
    } else if (participants <= 2) {
      warn(where, "no server failure will be tolerated with " + std::to_string(participants) +
                      " participant(s); at least 3 are needed");
    } else if (participants % 2 == 0) {
      warn(where, std::to_string(participants) + " participants tolerate no more failures than " +
                      std::to_string(participants - 1) + "; consider an odd number");
    }
    for (const auto& [server, line] : membership_.servers) {
      if (server.id > kMaxDistinctServerId)
        warn(line, "server." + std::to_string(server.id) + ": ids above 255 share session ids with smaller ones");
    }
  }

  std::int64_t weight_of(std::int64_t id) const {
    const auto found = weight_of_.find(id);
    return found == weight_of_.end() ? 1 : found->second;
  }

  void add_members() {
    for (const ServerLine* line : in_id_order()) {
      MemberConfig member;
      member.id = ServerId{line->id};
      member.voter = !line->observer;
      if (membership_.hierarchical() && member.voter) {
        member.group = group_of_.at(line->id);
        member.weight = weight_of(line->id);
      }
      config_.kernel.ensemble.members.push_back(member);
      config_.peers.members.push_back({member.id, line->addresses});
    }
  }

  /// Protocol.md 9.1.
  std::string text() const {
    std::string out;
    for (const ServerLine* line : in_id_order())
      out += "server." + std::to_string(line->id) + "=" + print_server_line(*line) + "\n";
    for (const auto& [group, where] : membership_.groups) {
      std::string ids;
      for (const std::int64_t id : group.servers) ids += (ids.empty() ? "" : ":") + std::to_string(id);
      out += "group." + std::to_string(group.id) + "=" + ids + "\n";
    }
    if (membership_.hierarchical()) {
      for (const ServerLine* line : in_id_order()) {
        if (line->observer) continue;
        out += "weight." + std::to_string(line->id) + "=" + std::to_string(weight_of(line->id)) + "\n";
      }
    }
    return out + "version=0";
  }

  const Membership& membership_;
  ServerConfig& config_;
  MembershipProblems& problems_;
  std::map<std::int64_t, std::int64_t> group_of_, weight_of_;
};

}  // namespace

std::size_t Membership::participants() const {
  return static_cast<std::size_t>(
      std::count_if(servers.begin(), servers.end(), [](const auto& server) { return !server.line.observer; }));
}

const ServerLine* Membership::find(std::int64_t id) const {
  for (const auto& server : servers) {
    if (server.line.id == id) return &server.line;
  }
  return nullptr;
}

std::string take_membership_line(std::string_view key, std::string_view value, const std::string& where,
                                 Membership& membership) {
  if (key.starts_with("server.")) {
    ServerLine line;
    const std::string expected = parse_server_line(key, value, line);
    if (!expected.empty()) return expected;
    const std::int64_t id = line.id;
    put(membership.servers, std::move(line), where, [id](const ServerLine& other) { return other.id == id; });
  } else if (key.starts_with("group.")) {
    GroupLine line;
    const std::string expected = parse_group_line(key, value, line);
    if (!expected.empty()) return expected;
    const std::int64_t id = line.id;
    put(membership.groups, std::move(line), where, [id](const GroupLine& other) { return other.id == id; });
  } else {
    WeightLine line;
    const std::string expected = parse_weight_line(key, value, line);
    if (!expected.empty()) return expected;
    put(membership.weights, line, where, [&line](const WeightLine& other) { return other.server == line.server; });
  }
  return {};
}

bool is_ensemble(const Membership& membership, bool standalone_enabled) {
  const std::size_t participants = membership.participants();
  return participants > 1 || (participants == 1 && !standalone_enabled);
}

void build_ensemble(const Membership& membership, std::int64_t my_id, ServerConfig& config,
                    MembershipProblems& problems) {
  Builder(membership, config, problems).build(my_id);
}

}  // namespace vivarium
