// Where output goes. Text that arrives while the user edits a line moves that line out of the way and back.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace vivarium::cli {

class Console {
 public:
  void out(std::string_view text);
  void err_line(std::string_view text);
  /// An event, at any time: zkCli's block with WATCHER::. Silent while notices are off.
  void notice(std::string_view event);
  void set_notices(bool on) { notices_ = on; }
  bool notices() const { return notices_; }
  /// Called before and after a notice while a line is being edited.
  void set_line_hooks(std::function<void()> hide, std::function<void()> show);

 private:
  bool notices_ = true;
  std::function<void()> hide_line_ = [] {};
  std::function<void()> show_line_ = [] {};
};

}  // namespace vivarium::cli
