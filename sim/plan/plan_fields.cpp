// The plan's vocabulary; see plan_fields.h.
#include "sim/plan/plan_fields.h"

#include "kernel/base/assert.h"

namespace vivarium::sim {
namespace {

constexpr FieldUnit kCount = FieldUnit::kCount;
constexpr FieldUnit kTime = FieldUnit::kTime;

constexpr PlanField kFields[] = {
    {"duration", &Plan::duration, kTime, 0, kLongestTime},
    {"clients", &Plan::clients, kCount, 1, 64},
    {"operations", &Plan::operations, kCount, 0, 10'000'000},
    {"window", &Plan::window, kCount, 1, 1000},
    {"think", &Plan::think, kTime, 0, kLongestTime},
    {"names", &Plan::names, kCount, 1, 100'000},
    {"data-size", &Plan::data_size, kCount, 0, 100'000},
    {"watch-percent", &Plan::watch_percent, kCount, 0, 100},
    {"users", &Plan::users, kCount, 0, 64},
    {"tick", &Plan::tick, kTime, 1'000'000, 3'600'000'000'000},
    {"session-timeout", &Plan::session_timeout, kTime, 1'000'000, 3'600'000'000'000},
    {"snap-count", &Plan::snap_count, kCount, 2, 1'000'000'000},
    {"log-size-limit", &Plan::log_size_limit, kCount, 0, 1'000'000'000},
    {"retain", &Plan::retain, kCount, 3, 1000},
    {"purge-interval", &Plan::purge_interval, kTime, 0, kLongestTime},
    {"preallocate", &Plan::preallocate, kCount, 0, 1 << 30},
    {"outstanding-limit", &Plan::outstanding_limit, kCount, 1, 1'000'000},
    {"extended-types", &Plan::extended_types, kCount, 0, 1},
    {"digest", &Plan::digest, kCount, 0, 1},
    {"container-interval", &Plan::container_interval, kTime, 1'000'000, kLongestTime},
    {"network-floor", &Plan::network_floor, kTime, 1, 60'000'000'000},
    {"network-spread", &Plan::network_spread, kTime, 0, 60'000'000'000},
    {"disk-floor", &Plan::disk_floor, kTime, 1, 60'000'000'000},
    {"disk-spread", &Plan::disk_spread, kTime, 0, 60'000'000'000},
    {"turn-spread", &Plan::turn_spread, kTime, 0, 60'000'000'000},
    {"split-per-thousand", &Plan::split_per_thousand, kCount, 0, 1000},
    {"check-digests", &Plan::check_digests, kCount, 0, 1},
};

constexpr const char* kOpKindNames[kOpKinds] = {
    "create",     "create2", "ephemeral",     "sequential",    "ephemeral-sequential", "container", "ttl",
    "delete",     "set",     "set-acl",       "multi",         "multi-read",           "get",       "exists",
    "children",   "children2", "get-acl",     "sync",          "add-watch",            "remove-watches",
    "check-watches", "get-ephemerals", "count-descendants", "who-am-i", "reconnect",   "close"};

constexpr AtomForm kAtomForms[kAtomKinds] = {
    {"power", false, true, "after", kCount, 0, 1'000'000},
    {"kill", false, true, nullptr, kCount, 0, 0},
    {"stop", false, true, nullptr, kCount, 0, 0},
    {"pause", false, true, nullptr, kCount, 0, 0},
    {"slow", false, true, "times", kCount, 1, 10'000},
    {"fail-sync", false, false, "count", kCount, 1, 1000},
    {"fail-reads", false, true, nullptr, kCount, 0, 0},
    {"full", false, true, "left", kCount, 0, 1'000'000'000},
    {"rot", false, false, "file", kCount, 0, 1},
    {"leap", false, false, "by", kTime, -kLongestTime, kLongestTime},
    {"cut", true, false, nullptr, kCount, 1, 64},
    {"leave", true, false, nullptr, kCount, 1, 64},
    {"power-in-sync", false, true, "count", kCount, 1, 100'000},
};

}  // namespace

std::span<const PlanField> plan_fields() { return kFields; }

const char* op_kind_name(OpKind kind) { return kOpKindNames[static_cast<std::size_t>(kind)]; }

const AtomForm& atom_form(AtomKind kind) {
  KASSERT(static_cast<std::size_t>(kind) < kAtomKinds);
  return kAtomForms[static_cast<std::size_t>(kind)];
}

}  // namespace vivarium::sim
