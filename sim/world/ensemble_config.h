// The kernel's configuration of an ensemble, made from a plan.
#pragma once

#include <string>

#include "kernel/config.h"
#include "sim/plan/plan.h"

namespace vivarium::sim {

inline ServerId server_id(std::uint32_t index) { return ServerId{static_cast<std::int64_t>(index) + 1}; }
/// The address that other members see: "10.0.1.<id>".
std::string server_address(std::uint32_t index);
/// Precondition: plan.ensemble().
EnsembleConfig ensemble_config(const Plan& plan, std::uint32_t me);

}  // namespace vivarium::sim
