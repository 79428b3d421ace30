// Runs two plans and finds where they part; see parting.h.
#include "sim/trace/parting.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "sim/report/text.h"
#include "sim/trace/story.h"
#include "sim/world/runner.h"

namespace vivarium::sim {
namespace {

constexpr std::size_t kLinesKept = 8;

struct Step {
  std::int64_t time;
  const char* kind;
  std::uint32_t server, entity, argument;
  std::uint64_t before;
  friend bool operator==(const Step&, const Step&) = default;
};

/// The first run: remembers every event.
class Recorder final : public Story {
 public:
  void line(std::int64_t, const std::string&) override {}
  bool wants_events() const override { return true; }
  void event(const EventRecord& e) override {
    steps.push_back({e.time, e.kind, e.server, e.entity, e.argument, e.before});
  }
  std::vector<Step> steps;
};

/// A later run: keeps the last lines of its story up to a given event.
class Tail final : public Story {
 public:
  explicit Tail(std::uint64_t until) : until_(until) {}
  void line(std::int64_t at, const std::string& line) override {
    if (events_ > until_) return;
    lines.push_back(time_text(at) + "\t" + line);
    if (lines.size() > kLinesKept) lines.pop_front();
  }
  bool verbose() const override { return true; }
  bool wants_events() const override { return true; }
  void event(const EventRecord& e) override { events_ = e.number; }
  std::deque<std::string> lines;

 private:
  std::uint64_t until_, events_ = 0;
};

std::string describe(const std::vector<Step>& steps, std::size_t index) {
  if (index >= steps.size()) return text("over after ", steps.size(), " events");
  const Step& step = steps[index];
  return text("at ", time_text(step.time), " ", step.kind, " s", step.server + 1, " entity ", step.entity, " argument ",
              step.argument);
}

std::string tail(const Plan& plan, std::uint64_t until) {
  Tail story(until);
  run_plan(plan, &story);
  std::string out;
  for (const std::string& line : story.lines) out += "    " + line + "\n";
  return out;
}

}  // namespace

Parting compare_runs(const Plan& a, const Plan& b) {
  Recorder first, second;
  const RunResult one = run_plan(a, &first), other = run_plan(b, &second);
  const auto same = std::mismatch(first.steps.begin(), first.steps.end(), second.steps.begin(), second.steps.end());
  const auto place = static_cast<std::size_t>(same.first - first.steps.begin());
  if (place == first.steps.size() && place == second.steps.size() && one.trace == other.trace) return {};
  // The hash says what was done before an event: where only the hash differs, the event before did something else.
  const bool before = place > 0 && place < first.steps.size() && place < second.steps.size() &&
                      first.steps[place].before != second.steps[place].before;
  const std::size_t event =
      before || place == std::min(first.steps.size(), second.steps.size()) ? place - (place > 0 ? 1 : 0) : place;
  Parting parting{true, event + 1, {}};
  parting.text = text("part at event ", event + 1, "\n  a: ", describe(first.steps, event), "\n", tail(a, event + 1),
                      "  b: ", describe(second.steps, event), "\n", tail(b, event + 1));
  return parting;
}

Parting compare_stories(const std::string& a, const std::string& b) {
  std::size_t line = 1, start = 0;
  const std::size_t common = std::min(a.size(), b.size());
  std::size_t i = 0;
  for (; i < common && a[i] == b[i]; ++i) {
    if (a[i] != '\n') continue;
    ++line;
    start = i + 1;
  }
  if (i == a.size() && i == b.size()) return {};
  const auto line_of = [start](const std::string& story) {
    return start < story.size() ? story.substr(start, story.find('\n', start) - start) : std::string("(nothing more)");
  };
  return {true, line, text("part at line ", line, "\n  a: ", line_of(a), "\n  b: ", line_of(b), "\n")};
}

}  // namespace vivarium::sim
