// libedit; see the header.
#include "cmd/cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <utility>

#include "cmd/cli/text/completion.h"
#include "cmd/cli/text/words.h"

namespace vivarium::cli {
namespace {

constexpr int kKeptLines = 1000;

/// Typed characters are decoded by the locale; without one they would have to be ASCII.
void choose_locale() {
  std::setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
}

}  // namespace

Terminal::Terminal(TerminalHooks hooks, Console& console, std::string history_file)
    : hooks_(std::move(hooks)), console_(console), history_file_(std::move(history_file)) {
  choose_locale();
  edit_ = ::el_init("vivarium-cli", stdin, stdout, stderr);
  history_ = ::history_init();
  HistEvent event;
  ::history(history_, &event, H_SETSIZE, kKeptLines);
  ::history(history_, &event, H_SETUNIQUE, 1);
  if (!history_file_.empty()) ::history(history_, &event, H_LOAD, history_file_.c_str());
  ::el_set(edit_, EL_CLIENTDATA, this);
  ::el_set(edit_, EL_PROMPT, &Terminal::prompt);
  ::el_set(edit_, EL_GETCFN, &Terminal::read_character);
  ::el_set(edit_, EL_HIST, ::history, history_);
  ::el_set(edit_, EL_SIGNAL, 1);
  ::el_set(edit_, EL_EDITOR, "emacs");
  ::el_set(edit_, EL_ADDFN, "complete-word", "Completes commands and znode paths", &Terminal::on_tab);
  ::el_set(edit_, EL_BIND, "\t", "complete-word", nullptr);
  ::el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  ::el_source(edit_, nullptr);  // the user's ~/.editrc
  console_.set_line_hooks(
      [this] {
        if (editing_) console_.out("\r\x1b[J");
      },
      [this] {
        if (editing_) ::el_set(edit_, EL_REFRESH);
      });
}

Terminal::~Terminal() {
  console_.set_line_hooks([] {}, [] {});
  ::history_end(history_);
  ::el_end(edit_);
}

Terminal& Terminal::self(EditLine* edit) {
  void* data = nullptr;
  ::el_get(edit, EL_CLIENTDATA, &data);
  return *static_cast<Terminal*>(data);
}

char* Terminal::prompt(EditLine* edit) {
  Terminal& terminal = self(edit);
  terminal.prompt_text_ = terminal.hooks_.prompt();
  return terminal.prompt_text_.data();
}

int Terminal::read_character(EditLine* edit, wchar_t* character) {
  const Terminal& terminal = self(edit);
  std::mbstate_t state{};
  for (;;) {
    terminal.hooks_.wait_for_input(STDIN_FILENO);
    char byte = 0;
    const ssize_t size = ::read(STDIN_FILENO, &byte, 1);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return static_cast<int>(size);
    const std::size_t used = std::mbrtowc(character, &byte, 1, &state);
    constexpr auto kInvalid = static_cast<std::size_t>(-1), kIncomplete = static_cast<std::size_t>(-2);
    if (used == kInvalid) state = std::mbstate_t{};
    if (used != kInvalid && used != kIncomplete) return 1;
  }
}

std::optional<std::string> Terminal::read_line() {
  int size = 0;
  editing_ = true;
  ::el_set(edit_, EL_PREP_TERM, 1);  // before the prompt is seen, or a quick control-D would mean something else
  const char* text = ::el_gets(edit_, &size);
  editing_ = false;
  if (text == nullptr || size <= 0) {
    console_.out("\n");
    return std::nullopt;
  }
  std::string line(text, static_cast<std::size_t>(size));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  remember(line);
  return line;
}

void Terminal::remember(const std::string& line) {
  const std::vector<std::string> words = split_words(line);
  if (words.empty() || words.front() == "addauth") return;
  HistEvent event;
  ::history(history_, &event, H_ENTER, line.c_str());
  if (!history_file_.empty()) ::history(history_, &event, H_SAVE, history_file_.c_str());
}

unsigned char Terminal::on_tab(EditLine* edit, int) { return self(edit).complete(); }

unsigned char Terminal::complete() {
  const LineInfo* line = ::el_line(edit_);
  const std::string before(line->buffer, line->cursor);
  const std::string word = word_to_complete(before);
  std::vector<std::string> candidates = hooks_.completions(word);
  if (candidates.empty()) return CC_REFRESH_BEEP;
  const Completion completion = complete_word(word, candidates);
  if (!completion.appended.empty() && ::el_insertstr(edit_, completion.appended.c_str()) != 0) return CC_REFRESH_BEEP;
  if (completion.is_unique || !completion.appended.empty()) return CC_REFRESH;
  show_candidates(candidates);
  return CC_REDISPLAY;
}

void Terminal::show_candidates(const std::vector<std::string>& candidates) {
  std::string text = "\n";
  for (const std::string& candidate : candidates) text += candidate + "  ";
  console_.out(text + "\n");
}

}  // namespace vivarium::cli
