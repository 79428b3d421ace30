// bench, zoo, list.
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <vector>

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
  if (form.value_word != nullptr)
    out += text(" ", form.value_word, form.value_unit == FieldUnit::kTime ? " 50ms" : " 1");
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
    const CampaignResult result =
        run_campaign(options, [&](std::uint64_t seed) { return drawing.run(drawing.plan(seed)); });
    std::cout << padded(profile_name(profile), 12) << campaign_line(result) << "\n";
    passed &= result.failed == 0;
  }
  return passed ? 0 : 1;
}

namespace {

/// Seeds that each hunt took, by mutant; workers are processes, so it is shared memory. 0: not caught.
struct HuntLengths {
  explicit HuntLengths(std::size_t count)
      : count_(count),
        seeds_(static_cast<std::uint64_t*>(
            mmap(nullptr, count * sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  bool ok() const { return seeds_ != MAP_FAILED; }
  std::uint64_t& operator[](std::size_t i) { return seeds_[i]; }
  std::vector<std::uint64_t> caught() const {
    std::vector<std::uint64_t> lengths;
    std::copy_if(seeds_, seeds_ + count_, std::back_inserter(lengths), [](std::uint64_t seeds) { return seeds != 0; });
    std::sort(lengths.begin(), lengths.end());
    return lengths;
  }

 private:
  std::size_t count_;
  std::uint64_t* seeds_;
};

std::string hunt_line(const Mutant& mutant, const ZooResult& found, bool confirming) {
  std::string line = padded(mutant.name, 28);
  if (!found.caught) return line + text(mutant.null ? "quiet" : "NOT CAUGHT", " over ", found.seeds, " seeds");
  line += text("caught by ", found.law, " (", profile_name(mutant.profile), " seed ", found.seed, ") after ",
               found.seeds, " seeds");
  if (confirming) line += text(" from a known one; a hunt took ", mutant.hunted);
  return line;
}

std::string score(const std::vector<std::uint64_t>& lengths) {
  if (lengths.empty()) return "nothing caught";
  return text("seeds to catch: median ", lengths[lengths.size() / 2], ", worst ", lengths.back());
}

}  // namespace

int zoo_command(const ZooOptions& options, const Mutant* only) {
  // One mutant per job: the campaign's "seed" is the mutant's number, its result the hunt's.
  const auto all = only == nullptr ? mutants() : std::span<const Mutant>(only, 1);
  HuntLengths lengths(all.size());
  if (!lengths.ok()) return 2;
  CampaignOptions campaign;
  campaign.first = 0;
  campaign.last = all.size() - 1;
  campaign.jobs = options.jobs;
  const CampaignResult result = run_campaign(campaign, [&](std::uint64_t index) {
    const Mutant& mutant = all[index];
    const bool confirming = !options.hunt && mutant.hunted != 0;
    const std::uint64_t budget = confirming ? options.window : options.budget;
    const ZooResult found =
        hunt(mutant, confirming ? mutant.known : options.first, mutant.null ? options.null_budget : budget);
    if (found.caught && !mutant.null) lengths[index] = confirming ? mutant.hunted : found.seeds;
    RunResult as_run;
    as_run.passed = found.caught != mutant.null;
    const std::string line = hunt_line(mutant, found, confirming);
    if (!as_run.passed) as_run.law = "zoo", as_run.detail = line + " " + found.detail;
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
    return as_run;
  });
  std::cout << "zoo: " << all.size() << " mutants, " << result.passed << " as they should be, " << result.failed
            << " not; " << score(lengths.caught()) << "\n";
  return result.failed == 0 ? 0 : 1;
}

int list_command() {
  for (std::size_t i = 0; i < kProfiles; ++i) {
    const auto profile = static_cast<Profile>(i);
    std::cout << "profile " << padded(profile_name(profile), 12) << profile_summary(profile) << "\n";
  }
  for (std::size_t i = 0; i < kAtomKinds; ++i)
    std::cout << "atom    " << example(atom_form(static_cast<AtomKind>(i))) << "\n";
  for (const char* law : laws::kAll) std::cout << "law     " << law << "\n";
  for (const Mutant& mutant : mutants())
    std::cout << (mutant.null ? "null    " : "mutant  ") << mutant.name << ": " << mutant.slip << "\n";
  return 0;
}

}  // namespace vivarium::sim
