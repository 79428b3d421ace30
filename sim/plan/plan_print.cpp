// A plan as text: settings, the mix, then the atoms in the plan's order.
//
//   vivarium-plan 1
//   seed 42
//   set duration 3s
//   mix create 20
//   at 3.2s power s1 for 300ms after 7
#include "sim/plan/plan.h"
#include "sim/plan/plan_fields.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

std::string value_text(std::int64_t value, FieldUnit unit) {
  return unit == FieldUnit::kTime ? time_text(value) : std::to_string(value);
}

}  // namespace

std::string print_atom(const Atom& atom) {
  const AtomForm& form = atom_form(atom.kind);
  std::string line = text("at ", time_text(atom.at), " ", form.name, form.on_client ? text(" c", atom.value) : " s1");
  if (form.has_length) line += " for " + time_text(atom.length);
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
