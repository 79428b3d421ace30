// A plan's ensemble as the kernel reads it; see ensemble_config.h. The text is that of protocol.md 9.1.
#include "sim/world/ensemble_config.h"

#include <string_view>

#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

MemberConfig member(const Plan& plan, std::int64_t index) {
  MemberConfig member;
  member.id = ServerId{index + 1};
  member.voter = index < plan.servers;
  if (plan.groups == 0 || !member.voter) return member;
  member.group = index % plan.groups + 1;
  if (index == 0) member.weight = plan.heavy;
  if (index >= plan.servers - plan.weightless) member.weight = 0;
  return member;
}

std::string group_lines(const EnsembleConfig& config, std::int64_t groups) {
  std::string out;
  for (std::int64_t group = 1; group <= groups; ++group) {
    std::string ids;
    for (const MemberConfig& member : config.members) {
      if (member.voter && member.group == group) ids += text(ids.empty() ? "" : ":", member.id.value);
    }
    if (!ids.empty()) out += text("group.", group, "=", ids, "\n");
  }
  for (const MemberConfig& member : config.members) {
    if (member.voter) out += text("weight.", member.id.value, "=", member.weight, "\n");
  }
  return out;
}

String kernel_string(std::string_view text) { return String(text.data(), text.size()); }

}  // namespace

std::string server_address(std::uint32_t index) { return text("10.0.1.", index + 1); }

EnsembleConfig ensemble_config(const Plan& plan, std::uint32_t me) {
  EnsembleConfig config;
  std::string lines;
  for (std::int64_t i = 0; i < plan.members(); ++i) {
    config.members.push_back(member(plan, i));
    lines += text("server.", i + 1, "=", server_address(static_cast<std::uint32_t>(i)),
                  ":2888:3888:", i < plan.servers ? "participant" : "observer", ";0.0.0.0:2181\n");
  }
  config.hierarchical = plan.groups != 0;
  if (config.hierarchical) lines += group_lines(config, plan.groups);
  config.text = kernel_string(lines + "version=0");
  config.election_address = kernel_string(server_address(me) + ":3888");
  config.init_limit = static_cast<std::int32_t>(plan.init_limit);
  config.sync_limit = static_cast<std::int32_t>(plan.sync_limit);
  config.min_notification = Duration{plan.min_notification};
  config.max_notification = Duration{plan.max_notification};
  config.finalize_wait = Duration{plan.finalize_wait};
  config.log_percent_of_snapshot = static_cast<std::int32_t>(plan.log_percent);
  config.last_counter = static_cast<std::uint32_t>(plan.last_counter);
  config.quorum_sync = plan.quorum_sync != 0;
  config.read_only_mode = plan.read_only_mode != 0;
  return config;
}

}  // namespace vivarium::sim
