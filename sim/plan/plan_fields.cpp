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
    {"recipes", &Plan::recipes, kCount, 0, 100},
    {"hop-percent", &Plan::hop_percent, kCount, 0, 100},
    {"servers", &Plan::servers, kCount, 1, kMostServers},
    {"observers", &Plan::observers, kCount, 0, kMostServers},
    {"groups", &Plan::groups, kCount, 0, kMostServers},
    {"heavy", &Plan::heavy, kCount, 0, 1000},
    {"weightless", &Plan::weightless, kCount, 0, kMostServers},
    {"init-limit", &Plan::init_limit, kCount, 1, 1000},
    {"sync-limit", &Plan::sync_limit, kCount, 1, 1000},
    {"min-notification", &Plan::min_notification, kTime, 1'000'000, kLongestTime},
    {"max-notification", &Plan::max_notification, kTime, 1'000'000, kLongestTime},
    {"finalize-wait", &Plan::finalize_wait, kTime, 0, kLongestTime},
    {"commit-log-count", &Plan::commit_log_count, kCount, 1, 1'000'000},
    {"log-percent", &Plan::log_percent, kCount, 0, 1'000'000},
    {"last-counter", &Plan::last_counter, kCount, 2, 0xfffffffe},
    {"quorum-sync", &Plan::quorum_sync, kCount, 0, 1},
    {"read-only-mode", &Plan::read_only_mode, kCount, 0, 1},
    {"initialize", &Plan::initialize, kCount, 0, 1},
    {"core", &Plan::core, kCount, 0, 1},
    {"beyond", &Plan::beyond, kCount, 0, 1},
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
    {"peer-floor", &Plan::peer_floor, kTime, 1, 60'000'000'000},
    {"peer-spread", &Plan::peer_spread, kTime, 0, 60'000'000'000},
    {"dial-timeout", &Plan::dial_timeout, kTime, 1'000'000, kLongestTime},
    {"disk-floor", &Plan::disk_floor, kTime, 1, 60'000'000'000},
    {"disk-spread", &Plan::disk_spread, kTime, 0, 60'000'000'000},
    {"turn-spread", &Plan::turn_spread, kTime, 0, 60'000'000'000},
    {"split-per-thousand", &Plan::split_per_thousand, kCount, 0, 1000},
    {"check-digests", &Plan::check_digests, kCount, 0, 1},
};

constexpr const char* kOpKindNames[kOpKinds] = {"create",
                                                "create2",
                                                "ephemeral",
                                                "sequential",
                                                "ephemeral-sequential",
                                                "container",
                                                "ttl",
                                                "delete",
                                                "set",
                                                "set-acl",
                                                "multi",
                                                "multi-read",
                                                "get",
                                                "exists",
                                                "children",
                                                "children2",
                                                "get-acl",
                                                "sync",
                                                "add-watch",
                                                "remove-watches",
                                                "check-watches",
                                                "get-ephemerals",
                                                "count-descendants",
                                                "who-am-i",
                                                "reconnect",
                                                "close"};

using Target = AtomTarget;
using Length = AtomLength;
constexpr AtomForm kAtomForms[kAtomKinds] = {
    {"power", Target::kServer, Length::kFor, "after", kCount, 0, 1'000'000},
    {"kill", Target::kServer, Length::kFor, nullptr, kCount, 0, 0},
    {"stop", Target::kServer, Length::kFor, nullptr, kCount, 0, 0},
    {"pause", Target::kServer, Length::kFor, nullptr, kCount, 0, 0},
    {"slow", Target::kServer, Length::kFor, "times", kCount, 1, 10'000},
    {"fail-sync", Target::kServer, Length::kNone, "count", kCount, 1, 1000},
    {"fail-reads", Target::kServer, Length::kFor, nullptr, kCount, 0, 0},
    {"full", Target::kServer, Length::kFor, "left", kCount, 0, 1'000'000'000},
    {"rot", Target::kServer, Length::kNone, "file", kCount, 0, 2},
    {"leap", Target::kServer, Length::kNone, "by", kTime, -kLongestTime, kLongestTime},
    {"cut", Target::kClient, Length::kNone, nullptr, kCount, 1, 64},
    {"leave", Target::kClient, Length::kNone, nullptr, kCount, 1, 64},
    {"power-in-sync", Target::kServer, Length::kFor, "count", kCount, 1, 100'000},
    {"start", Target::kServer, Length::kNone, nullptr, kCount, 0, 0},
    {"wipe", Target::kServer, Length::kFor, nullptr, kCount, 0, 0},
    {"freeze", Target::kServer, Length::kFor, nullptr, kCount, 0, 0},
    {"drift", Target::kServer, Length::kFromTo, "by", kCount, -500, 500},
    {"cut", Target::kWay, Length::kFromTo, nullptr, kCount, 0, 0},
    {"cut", Target::kPair, Length::kFromTo, nullptr, kCount, 0, 0},
    {"isolate", Target::kServer, Length::kFromTo, nullptr, kCount, 0, 0},
    {"partition", Target::kSet, Length::kFromTo, nullptr, kCount, 0, 0},
    {"swizzle", Target::kSet, Length::kFromTo, nullptr, kCount, 0, 0},
    {"clog", Target::kWay, Length::kFromTo, "by", kTime, 1, 3'600'000'000'000},
    {"half-open", Target::kPair, Length::kNone, nullptr, kCount, 0, 0},
    {"break", Target::kPair, Length::kNone, nullptr, kCount, 0, 0},
    {"heal", Target::kNothing, Length::kNone, nullptr, kCount, 0, 0},
};

}  // namespace

std::span<const PlanField> plan_fields() { return kFields; }

const char* op_kind_name(OpKind kind) { return kOpKindNames[static_cast<std::size_t>(kind)]; }

const AtomForm& atom_form(AtomKind kind) {
  KASSERT(static_cast<std::size_t>(kind) < kAtomKinds);
  return kAtomForms[static_cast<std::size_t>(kind)];
}

}  // namespace vivarium::sim
