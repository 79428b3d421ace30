// Plan text back to a plan. Strict: an unknown word, a number out of range or a trailing word is an error with its
// line.
//
// Comments run from '#' to the end of the line. Settings that are not named keep their defaults.
#include <charconv>
#include <optional>

#include "sim/plan/plan.h"
#include "sim/plan/plan_fields.h"
#include "sim/plan/words.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

std::optional<std::int64_t> parse_value(std::string_view word, FieldUnit unit) {
  return unit == FieldUnit::kTime ? parse_time(word) : parse_integer(word);
}

using Problem = std::optional<std::string>;  // what was expected

Problem parse_setting(Words& words, Plan& plan) {
  const std::string_view name = words.next();
  for (const PlanField& field : plan_fields()) {
    if (name != field.name) continue;
    const auto value = parse_value(words.next(), field.unit);
    if (!value || *value < field.low || *value > field.high) return text("a legal value of ", name);
    plan.*field.member = *value;
    return std::nullopt;
  }
  return "the name of a setting";
}

Problem parse_mix(Words& words, Plan& plan) {
  const std::string_view name = words.next();
  for (std::size_t i = 0; i < kOpKinds; ++i) {
    if (name != op_kind_name(static_cast<OpKind>(i))) continue;
    const auto weight = parse_integer(words.next());
    if (!weight || *weight < 0 || *weight > 1'000'000) return "a weight";
    plan.mix[i] = *weight;
    return std::nullopt;
  }
  return "the name of an operation";
}

/// Fills in whom the atom strikes when `word` has the shape that `target` asks for.
bool parse_target(std::string_view word, AtomTarget target, Atom& atom) {
  switch (target) {
    case AtomTarget::kNothing:
      return false;  // it takes no word
    case AtomTarget::kServer: {
      const auto server = word == "all" ? std::optional<std::int64_t>(0) : parse_name(word, 's', kMostServers);
      atom.server = server.value_or(1);
      return server.has_value();
    }
    case AtomTarget::kClient: {
      const auto client = parse_name(word, 'c', 64);
      atom.value = client.value_or(0);
      return client.has_value();
    }
    case AtomTarget::kWay:
    case AtomTarget::kPair: {
      const std::size_t sign = word.find(target == AtomTarget::kWay ? '>' : '-');
      if (sign == std::string_view::npos) return false;
      const auto server = parse_name(word.substr(0, sign), 's', kMostServers);
      const auto other = parse_name(word.substr(sign + 1), 's', kMostServers);
      if (!server || !other || *server == *other) return false;
      atom.server = *server;
      atom.other = *other;
      return true;
    }
    case AtomTarget::kSet: {
      const auto set = parse_set(word);
      atom.set = set.value_or(0);
      return set.has_value();
    }
  }
  return false;
}

constexpr const char* target_example(AtomTarget target) {
  switch (target) {
    case AtomTarget::kServer:
      return "a server, such as s1, or all";
    case AtomTarget::kClient:
      return "a client, such as c1";
    case AtomTarget::kWay:
      return "two servers, such as s1>s2";
    case AtomTarget::kPair:
      return "two servers, such as s1-s2";
    case AtomTarget::kSet:
      return "servers, such as s1,s2";
    case AtomTarget::kNothing:
      break;
  }
  return "the end of the line";
}

/// The fault and whom it strikes: forms that share a name are told apart by their targets.
Problem parse_kind(Words& words, Atom& atom) {
  std::string_view name = words.next();
  if (name == "crash") name = "kill";
  std::optional<AtomTarget> wanted;
  std::string_view word;
  for (std::size_t kind = 0; kind < kAtomKinds; ++kind) {
    const AtomForm& form = atom_form(static_cast<AtomKind>(kind));
    if (name != form.name) continue;
    atom.kind = static_cast<AtomKind>(kind);
    if (form.target == AtomTarget::kNothing) return std::nullopt;
    if (!wanted) word = words.next();
    wanted = form.target;
    if (parse_target(word, form.target, atom)) return std::nullopt;
  }
  if (!wanted) return "the name of a fault";
  return target_example(*wanted);
}

/// Behind "at": one time; behind "from": two.
Problem parse_when(Words& words, bool window, Atom& atom) {
  const auto at = parse_time(words.next());
  if (!at || *at < 0) return "a time, such as 3.2s";
  atom.at = *at;
  atom.length = kForever;
  if (!window) return std::nullopt;
  if (words.next() != "to") return "to";
  const auto until = parse_time(words.next());
  if (!until || *until < *at) return "a later time";
  atom.length = *until - *at;
  return std::nullopt;
}

Problem parse_atom(Words& words, bool window, Plan& plan) {
  Atom atom;
  if (Problem problem = parse_when(words, window, atom)) return problem;
  if (Problem problem = parse_kind(words, atom)) return problem;
  const AtomForm& form = atom_form(atom.kind);
  if (form.length == AtomLength::kNone) {
    if (window) return "at: this fault has no length";
    atom.length = 0;
  } else if (!window && words.peek() == "for") {
    words.next();
    const auto length = parse_time(words.next());
    if (!length || *length < 0 || *length > kLongestTime - atom.at) return "a length of time";
    atom.length = *length;
  }
  if (form.value_word != nullptr) {
    if (words.next() != form.value_word) return text(form.value_word);
    const auto value = parse_value(words.next(), form.value_unit);
    if (!value || *value < form.low || *value > form.high) return text("a legal value after ", form.value_word);
    atom.value = *value;
  }
  if (plan.atoms.size() >= kMostAtoms) return "fewer atoms";
  plan.atoms.push_back(atom);
  return std::nullopt;
}

Problem parse_line(Words& words, bool first, Plan& plan) {
  const std::string_view word = words.next();
  if (first) return word == "vivarium-plan" && words.next() == "1" ? Problem{} : Problem{"vivarium-plan 1"};
  if (word == "seed") {
    std::uint64_t seed = 0;
    const std::string_view digits = words.next();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
    if (error != std::errc() || end != digits.data() + digits.size()) return "a number";
    plan.seed = seed;
    return std::nullopt;
  }
  if (word == "set") return parse_setting(words, plan);
  if (word == "mix") return parse_mix(words, plan);
  if (word == "at" || word == "from") return parse_atom(words, word == "from", plan);
  return "seed, set, mix, at or from";
}

}  // namespace

Result<Plan, std::string> parse_plan(std::string_view input) {
  Plan plan;
  bool first = true;
  for (std::size_t line_number = 1; !input.empty(); ++line_number) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(line.size() < input.size() ? line.size() + 1 : line.size());
    Words words(line);
    if (words.done()) continue;
    Problem problem = parse_line(words, first, plan);
    if (!problem && !words.done()) problem = "the end of the line";
    if (problem) return Failure<std::string>{text("line ", line_number, ": expected ", *problem)};
    first = false;
  }
  if (first) return Failure<std::string>{"line 1: expected vivarium-plan 1"};
  if (plan.members() > kMostServers)
    return Failure<std::string>{text("servers and observers: expected ", kMostServers, " at most")};
  return plan;
}

}  // namespace vivarium::sim
