// The plan's vocabulary as tables: one row per setting, operation kind and atom, shared by printer and parser.
#pragma once

#include <span>

#include "sim/plan/plan.h"

namespace vivarium::sim {

enum class FieldUnit : std::uint8_t { kCount, kTime };

struct PlanField {
  const char* name;
  std::int64_t Plan::*member;
  FieldUnit unit;
  std::int64_t low, high;
};
std::span<const PlanField> plan_fields();

const char* op_kind_name(OpKind kind);

enum class AtomTarget : std::uint8_t {
  kNothing,
  kServer,  // "s2", or "all"
  kClient,  // "c2"; its value
  kWay,     // "s1>s3"
  kPair,    // "s1-s3"
  kSet,     // "s1,s2"
};
enum class AtomLength : std::uint8_t {
  kNone,
  kFor,     // printed as "at 3s ... for 300ms"
  kFromTo,  // printed as "from 3s to 4s ..."; either form is read, and a line without a length lasts
};

/// What follows the time in an atom's line. Two forms may share a name when their targets differ.
struct AtomForm {
  const char* name;
  AtomTarget target;
  AtomLength length;
  const char* value_word;  // "after" as in "after 7"; nullptr when the value is not printed
  FieldUnit value_unit;
  std::int64_t low, high;  // of the value
};
const AtomForm& atom_form(AtomKind kind);

inline constexpr std::int64_t kLongestTime = 1'000'000'000'000'000;  // about eleven days
inline constexpr std::size_t kMostAtoms = 10'000;

}  // namespace vivarium::sim
