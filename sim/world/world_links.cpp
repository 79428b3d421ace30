// How the world carries out a plan's faults of the links between servers; see world.h.
//
// Several faults may close the same way; it opens when the last of them has ended.
#include <algorithm>

#include "sim/plan/plan_fields.h"
#include "sim/world/world.h"

namespace vivarium::sim {
namespace {

// A swizzle is one atom and many events: these, with a server in the low bits, are its steps.
constexpr std::uint32_t kSwizzleIsolates = 1u << 16, kSwizzleHeals = 2u << 16, kSwizzleServer = 0xffff;

bool in_set(const Atom& atom, std::uint32_t server) { return (atom.set >> server & 1) != 0; }

}  // namespace

bool World::closes(const Atom& atom, std::uint32_t from, std::uint32_t to) {
  const auto a = static_cast<std::uint32_t>(atom.server - 1), b = static_cast<std::uint32_t>(atom.other - 1);
  switch (atom.kind) {
    case AtomKind::kCutWay:
      return from == a && to == b;
    case AtomKind::kCutPair:
      return (from == a && to == b) || (from == b && to == a);
    case AtomKind::kIsolate:
      return atom.server == 0 || from == a || to == a;
    case AtomKind::kPartition:
      return in_set(atom, from) != in_set(atom, to);
    default:
      return false;
  }
}

void World::close_ways(const Atom& atom, std::uint16_t index) {
  for (std::uint32_t from = 0; from < size(); ++from) {
    for (std::uint32_t to = 0; to < size(); ++to) {
      if (from == to || !closes(atom, from, to)) continue;
      peers_.cut(from, to);
      link_faults_.push_back({index, from, to, 0, static_cast<std::uint32_t>(atom.server - 1)});
    }
  }
}

void World::begin_link_atom(const Atom& atom, std::uint16_t index, std::uint32_t step) {
  if (atom.kind == AtomKind::kSwizzle && step != 0) {
    const std::uint32_t who = step & kSwizzleServer;
    scheduler_.tell("plan: swizzle ", step < kSwizzleHeals ? "isolates " : "heals ", server(who).name());
    if (step >= kSwizzleHeals) return end_link_atom(index, who);
    Atom isolate = atom;
    isolate.kind = AtomKind::kIsolate;
    isolate.server = who + 1;
    return close_ways(isolate, index);
  }
  if (atom.kind != AtomKind::kIsolate && atom.kind != AtomKind::kCut && atom.kind != AtomKind::kLeave) {
    scheduler_.tell("plan: ", print_atom(atom));
  }
  const bool pair = atom.other > 0 && std::max(atom.server, atom.other) <= static_cast<std::int64_t>(size());
  const auto a = static_cast<std::uint32_t>(atom.server - 1), b = static_cast<std::uint32_t>(atom.other - 1);
  switch (atom.kind) {
    case AtomKind::kCutWay:
    case AtomKind::kCutPair:
    case AtomKind::kIsolate:
    case AtomKind::kPartition:
      return close_ways(atom, index);
    case AtomKind::kSwizzle:
      return begin_swizzle(atom, index);
    case AtomKind::kClog:
      if (!pair) return;
      peers_.clog(a, b, atom.value);
      return link_faults_.push_back({index, a, b, atom.value, 0});
    case AtomKind::kHalfOpen:
    case AtomKind::kBreak:
      if (pair) peers_.break_pair(a, b, atom.kind == AtomKind::kBreak);
      return;
    case AtomKind::kHeal:
      return heal_links();
    default:
      return;
  }
}

/// In the first half the set is isolated one by one, in the second half healed in another order.
void World::begin_swizzle(const Atom& atom, std::uint16_t index) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (in_set(atom, i)) order.push_back(i);
  }
  if (order.empty()) return;
  const std::int64_t length =
      atom.length == kForever ? std::max<std::int64_t>(0, plan_.duration - scheduler_.now()) : atom.length;
  const auto steps = static_cast<std::int64_t>(order.size());
  Stream shuffles(Seed{plan_.seed}, Choice::kSwizzle, index);
  for (const std::uint32_t step : {kSwizzleIsolates, kSwizzleHeals}) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[shuffles.below(i)]);
    const std::int64_t start = step == kSwizzleIsolates ? 0 : length / 2;
    for (std::int64_t k = 0; k < steps; ++k) {
      scheduler_.at(scheduler_.now() + start + length / 2 * k / steps, lanes::kPlan, EventKind::kAtom, index,
                    step | order[static_cast<std::size_t>(k)]);
    }
  }
}

void World::end_link_atom(std::uint16_t index, std::optional<std::uint32_t> only) {
  std::vector<LinkFault> ended;
  const auto is_over = [&](const LinkFault& fault) {
    return fault.atom == index && (!only || fault.isolated == *only);
  };
  std::copy_if(link_faults_.begin(), link_faults_.end(), std::back_inserter(ended), is_over);
  link_faults_.erase(std::remove_if(link_faults_.begin(), link_faults_.end(), is_over), link_faults_.end());
  for (const LinkFault& fault : ended) {
    if (fault.delay > 0) {
      peers_.clog(fault.from, fault.to, -fault.delay);
    } else {
      peers_.uncut(fault.from, fault.to);
    }
  }
}

void World::heal_links() {
  while (!link_faults_.empty()) end_link_atom(link_faults_.back().atom);
}

}  // namespace vivarium::sim
