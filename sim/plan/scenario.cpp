// Scenario text; see scenario.h.
#include "sim/plan/scenario.h"

#include "sim/plan/words.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

using Problem = std::optional<std::string>;  // what was expected

Problem parse_relation(Words& words, Expectation& expectation) {
  const std::string_view sign = words.next();
  if (sign != ">=" && sign != "<=" && sign != "=") return ">=, <= or =";
  expectation.relation = sign[0];
  const auto number = parse_integer(words.next());
  if (!number || *number < 0) return "a number";
  expectation.number = *number;
  return std::nullopt;
}

Problem parse_write(Words& words, Expectation& expectation) {
  expectation.kind = ExpectKind::kWrite;
  const auto client = parse_name(words.next(), 'c', 64);
  if (!client) return "a client, such as c1";
  expectation.client = *client;
  const std::string_view outcome = words.next();
  if (outcome != "fails" && outcome != "succeeds") return "fails or succeeds";
  expectation.wanted = outcome == "succeeds";
  if (expectation.from == expectation.at) expectation.at += kSecond;
  return std::nullopt;
}

/// What is counted in a window.
std::optional<ExpectKind> counted(std::string_view word) {
  if (word == "acks") return ExpectKind::kAcks;
  if (word == "locks") return ExpectKind::kLocks;
  if (word == "taken") return ExpectKind::kTaken;
  if (word == "increments") return ExpectKind::kIncrements;
  return std::nullopt;
}

bool needs_a_window(ExpectKind kind) { return kind >= ExpectKind::kAcks && kind <= ExpectKind::kIncrements; }

Problem parse_recipe_count(Words& words, Expectation& expectation) {
  if (words.peek().starts_with('c')) {
    const auto client = parse_name(words.next(), 'c', 64);
    if (!client) return "a client, such as c1";
    expectation.client = *client;
  }
  return parse_relation(words, expectation);
}

Problem parse_holder(Words& words, Expectation& expectation) {
  expectation.kind = ExpectKind::kHolder;
  const auto client = parse_name(words.next(), 'c', 64);
  if (!client) return "a client, such as c1";
  expectation.client = *client;
  return std::nullopt;
}

Problem parse_acks(Words& words, Expectation& expectation) {
  const std::string_view whose = words.peek();
  if (whose.starts_with('c') || whose.starts_with('s')) {
    const auto client = parse_name(whose, 'c', 64);
    const auto set = parse_set(whose);
    if (!client && !set) return "a client or servers, such as c1 or s1,s2";
    expectation.client = client.value_or(0);
    expectation.set = set.value_or(0);
    words.next();
  }
  return parse_relation(words, expectation);
}

/// Behind the servers: what they are expected to be.
Problem parse_state(Words& words, Expectation& expectation) {
  std::string_view state = words.next();
  if (state == "epoch") {
    expectation.kind = ExpectKind::kEpoch;
    return parse_relation(words, expectation);
  }
  if (state == "not") {
    expectation.wanted = false;
    state = words.next();
  }
  struct Word {
    const char* name;
    ExpectKind kind;
    Role role;
    bool wanted;
  };
  constexpr Word kWords[] = {{"serving", ExpectKind::kServing, Role::kLooking, true},
                             {"level", ExpectKind::kLevel, Role::kLooking, true},
                             {"behind", ExpectKind::kBehind, Role::kLooking, true},
                             {"ahead", ExpectKind::kAhead, Role::kLooking, true},
                             {"proven", ExpectKind::kProven, Role::kLooking, true},
                             {"up", ExpectKind::kUp, Role::kLooking, true},
                             {"down", ExpectKind::kUp, Role::kLooking, false},
                             {"leading", ExpectKind::kRole, Role::kLeading, true},
                             {"following", ExpectKind::kRole, Role::kFollowing, true},
                             {"observing", ExpectKind::kRole, Role::kObserving, true},
                             {"looking", ExpectKind::kRole, Role::kLooking, true}};
  for (const Word& word : kWords) {
    if (state != word.name) continue;
    expectation.kind = word.kind;
    expectation.role = word.role;
    expectation.wanted = expectation.wanted == word.wanted;
    return std::nullopt;
  }
  return "serving, level, behind, ahead, proven, epoch, up, down, leading, following, observing or looking";
}

Problem parse_statement(Words& words, Expectation& expectation) {
  const std::string_view word = words.next();
  if (word == "acked") {
    expectation.kind = ExpectKind::kAckedSurvive;
    return words.next() == "survive" ? Problem{} : Problem{"survive"};
  }
  if (word == "no" || word == "leader") {
    if (word == "no") {
      expectation.kind = ExpectKind::kNoLeader;
      return words.next() == "leader" ? Problem{} : Problem{"leader"};
    }
    expectation.kind = ExpectKind::kLeaderAmong;
    if (words.next() != "among") return "among";
    const auto set = parse_set(words.next());
    if (!set) return "servers, such as s1,s2";
    expectation.set = *set;
    return std::nullopt;
  }
  if (word == "committed" || word == "elections") {
    expectation.kind = word == "committed" ? ExpectKind::kCommitted : ExpectKind::kElections;
    return parse_relation(words, expectation);
  }
  if (const auto kind = counted(word)) {
    expectation.kind = *kind;
    return *kind == ExpectKind::kAcks ? parse_acks(words, expectation) : parse_recipe_count(words, expectation);
  }
  if (word == "holder") return parse_holder(words, expectation);
  if (word == "write") return parse_write(words, expectation);
  const auto set = word == "all" ? std::optional<std::uint64_t>(0) : parse_set(word);
  if (!set)
    return "servers, all, leader, no leader, committed, elections, acks, locks, taken, increments, holder, write or "
           "acked";
  expectation.set = *set;
  return parse_state(words, expectation);
}

/// The line's expectation, or nothing when it is the plan's.
Problem parse_line(std::string_view line, std::optional<Expectation>& found) {
  Words words(line);
  Expectation expectation;
  const std::string_view first = words.next();
  bool timed = false;
  if (first == "at" || first == "from") {
    const auto from = parse_time(words.next());
    auto until = from;
    if (first == "from") {
      if (words.next() != "to") return std::nullopt;  // the plan's reader says what is wrong
      until = parse_time(words.next());
    }
    if (words.peek() != "expect" || !from || !until) return std::nullopt;
    if (*from < 0 || *until < *from) return "a later time";
    words.next();
    expectation.from = *from;
    expectation.at = *until;
    timed = true;
  } else if (first != "expect") {
    return std::nullopt;
  }
  if (Problem problem = parse_statement(words, expectation)) return problem;
  if (!words.done()) return "the end of the line";
  if (needs_a_window(expectation.kind) && expectation.from == expectation.at)
    return "a window: from 4s to 5s expect acks ...";
  if (!timed && expectation.kind != ExpectKind::kAckedSurvive) return "a time: at 5s expect ...";
  expectation.text = line.substr(0, line.find('#'));
  found = std::move(expectation);
  return std::nullopt;
}

}  // namespace

Result<Scenario, std::string> parse_scenario(std::string_view input) {
  Scenario scenario;
  std::string plan_text;  // the plan's reader sees an empty line for each expectation, so that its line numbers hold
  for (std::size_t line_number = 1; !input.empty(); ++line_number) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(line.size() < input.size() ? line.size() + 1 : line.size());
    std::optional<Expectation> found;
    if (Problem problem = parse_line(line, found)) {
      return Failure<std::string>{text("line ", line_number, ": expected ", *problem)};
    }
    if (found) {
      found->line = line_number;
      scenario.expectations.push_back(std::move(*found));
    } else {
      plan_text += line;
    }
    plan_text += '\n';
  }
  auto plan = parse_plan(plan_text);
  if (!plan.ok()) return Failure<std::string>{plan.error()};
  scenario.plan = std::move(*plan);
  return scenario;
}

}  // namespace vivarium::sim
