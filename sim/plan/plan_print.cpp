// A plan as text: settings, the mix, then the atoms in the plan's order.
//
//   vivarium-plan 1
//   seed 42
//   set duration 3s
//   mix create 20
//   at 3.2s power s1 for 300ms after 7
//   from 4s to 6s cut s1>s3
#include "sim/plan/plan.h"
#include "sim/plan/plan_fields.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

std::string value_text(std::int64_t value, FieldUnit unit) {
  return unit == FieldUnit::kTime ? time_text(value) : std::to_string(value);
}

std::string target_text(const Atom& atom, AtomTarget target) {
  switch (target) {
    case AtomTarget::kNothing:
      return "";
    case AtomTarget::kServer:
      return atom.server == 0 ? " all" : text(" s", atom.server);
    case AtomTarget::kClient:
      return text(" c", atom.value);
    case AtomTarget::kWay:
      return text(" s", atom.server, ">s", atom.other);
    case AtomTarget::kPair:
      return text(" s", atom.server, "-s", atom.other);
    case AtomTarget::kSet: {
      std::string names;
      for (std::int64_t i = 0; i < kMostServers; ++i) {
        if ((atom.set >> i & 1) != 0) names += text(names.empty() ? " s" : ",s", i + 1);
      }
      return names;
    }
  }
  return "";
}

}  // namespace

std::string print_atom(const Atom& atom) {
  const AtomForm& form = atom_form(atom.kind);
  const bool lasts = form.length == AtomLength::kNone || atom.length == kForever;
  const bool window = form.length == AtomLength::kFromTo && !lasts;
  std::string line = window ? text("from ", time_text(atom.at), " to ", time_text(atom.at + atom.length))
                            : text("at ", time_text(atom.at));
  line += text(" ", form.name, target_text(atom, form.target));
  if (!window && !lasts) line += " for " + time_text(atom.length);
  if (form.value_word != nullptr) line += text(" ", form.value_word, " ", value_text(atom.value, form.value_unit));
  return line;
}

std::string print_plan(const Plan& plan) {
  std::string out = text("vivarium-plan 1\nseed ", plan.seed, "\n");
  for (const PlanField& field : plan_fields()) {
    out += text("set ", field.name, " ", value_text(plan.*field.member, field.unit), "\n");
  }
  for (std::size_t i = 0; i < kOpKinds; ++i) {
    if (plan.mix[i] != 0) out += text("mix ", op_kind_name(static_cast<OpKind>(i)), " ", plan.mix[i], "\n");
  }
  for (const Atom& atom : plan.atoms) out += print_atom(atom) + "\n";
  return out;
}

}  // namespace vivarium::sim
