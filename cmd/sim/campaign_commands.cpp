// bench, zoo, list.
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "cmd/sim/commands.h"
#include "sim/check/laws.h"
#include "sim/plan/plan_fields.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

std::string padded(std::string word, std::size_t width) {
  word.resize(std::max(word.size() + 1, width), ' ');
  return word;
}

const char* target_text(AtomTarget target) {
  switch (target) {
    case AtomTarget::kServer:
      return " s1";
    case AtomTarget::kClient:
      return " c1";
    case AtomTarget::kWay:
      return " s1>s2";
    case AtomTarget::kPair:
      return " s1-s2";
    case AtomTarget::kSet:
      return " s1,s2";
    case AtomTarget::kNothing:
      break;
  }
  return "";
}

std::string example(const AtomForm& form) {
  std::string out = form.length == AtomLength::kFromTo ? "from 1s to 2s " : "at 1s ";
  out += text(form.name, target_text(form.target));
  if (form.length == AtomLength::kFor) out += " for 100ms";
  if (form.value_word != nullptr) out += text(" ", form.value_word, form.value_unit == FieldUnit::kTime ? " 50ms" : " 1");
  return out;
}

}  // namespace

/// One process, so that the figures are those of one core.
int bench_command(std::uint64_t seeds) {
  bool passed = true;
  for (const Profile profile : {Profile::kStandalone, Profile::kSmoke, Profile::kStd5}) {
    Drawing drawing{profile, nullptr};
    CampaignOptions options;
    options.first = 1;
    options.last = profile == Profile::kStd5 ? std::max<std::uint64_t>(1, seeds / 10) : seeds;
    const CampaignResult result = run_campaign(options, [&](std::uint64_t seed) { return drawing.run(drawing.plan(seed)); });
    std::cout << padded(profile_name(profile), 12) << campaign_line(result) << "\n";
    passed &= result.failed == 0;
  }
  return passed ? 0 : 1;
}

int zoo_command(std::uint64_t first, std::uint64_t budget, std::uint64_t null_budget, std::uint32_t jobs) {
  // One mutant per job: the campaign's "seed" is the mutant's number, its result the hunt's.
  const auto all = mutants();
  CampaignOptions options;
  options.first = 0;
  options.last = all.size() - 1;
  options.jobs = jobs;
  const CampaignResult result = run_campaign(options, [&](std::uint64_t index) {
    const Mutant& mutant = all[index];
    const ZooResult found = hunt(mutant, first, mutant.null ? null_budget : budget);
    RunResult as_run;
    as_run.passed = found.caught != mutant.null;
    std::string line = padded(mutant.name, 28);
    if (found.caught) {
      line += text("caught after ", found.seeds, " seeds by ", found.law, " (seed ", found.seed, ")");
    } else {
      line += text(mutant.null ? "quiet" : "NOT CAUGHT", " over ", found.seeds, " seeds");
    }
    if (!as_run.passed) as_run.law = "zoo", as_run.detail = line + " " + found.detail;
    std::printf("%s\n", line.c_str());
    return as_run;
  });
  std::cout << "zoo: " << all.size() << " mutants, " << result.passed << " as they should be, " << result.failed << " not\n";
  return result.failed == 0 ? 0 : 1;
}

int list_command() {
  for (std::size_t i = 0; i < kProfiles; ++i) {
    const auto profile = static_cast<Profile>(i);
    std::cout << "profile " << padded(profile_name(profile), 12) << profile_summary(profile) << "\n";
  }
  for (std::size_t i = 0; i < kAtomKinds; ++i) std::cout << "atom    " << example(atom_form(static_cast<AtomKind>(i))) << "\n";
  for (const char* law : laws::kAll) std::cout << "law     " << law << "\n";
  for (const Mutant& mutant : mutants()) std::cout << (mutant.null ? "null    " : "mutant  ") << mutant.name << ": " << mutant.slip << "\n";
  return 0;
}

}  // namespace vivarium::sim
