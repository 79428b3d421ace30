// Line editing on a terminal with libedit: history across runs, completion, and events printed above the line.
//
// While the user types, wait_for_input serves the session. Must never: write credentials into the history file.
#pragma once

#include <histedit.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cmd/cli/console.h"

namespace vivarium::cli {

struct TerminalHooks {
  std::function<std::string()> prompt;
  std::function<void(int fd)> wait_for_input;
  std::function<std::vector<std::string>(const std::string& word)> completions;
};

class Terminal {
 public:
  /// `history_file` "" keeps none.
  Terminal(TerminalHooks hooks, Console& console, std::string history_file);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  /// nullopt: the end (control-D).
  std::optional<std::string> read_line();

 private:
  static Terminal& self(EditLine* edit);
  static char* prompt(EditLine* edit);
  static int read_character(EditLine* edit, wchar_t* character);
  static unsigned char on_tab(EditLine* edit, int key);

  unsigned char complete();
  void remember(const std::string& line);
  void show_candidates(const std::vector<std::string>& candidates);

  TerminalHooks hooks_;
  Console& console_;
  std::string history_file_;
  std::string prompt_text_;
  EditLine* edit_;
  History* history_;
  bool editing_ = false;
};

}  // namespace vivarium::cli
