// The shell: runs lines, keeps their history and the session that they use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/cli/commands.h"

namespace vivarium::cli {

class Shell : private SessionListener {
 public:
  Shell(const ProgramOptions& options, Console& console) : options_(options), console_(console) {}

  /// Begins a session with the servers of `connect_string`; with -waitforconnection, waits for it. Throws
  /// CommandFailed.
  void connect(const std::string& connect_string);
  /// Runs a line and remembers it; errors are printed and kept as exit_code().
  void execute_line(const std::string& line);
  void execute(const std::vector<std::string>& words);
  /// How the program is called, and every command.
  void print_usage(bool as_error);
  /// Ends the session without saying so.
  void close_quietly();

  bool wants_to_quit() const { return quit_; }
  /// Of the last command.
  int exit_code() const { return exit_code_; }
  std::string prompt() const;
  /// Serves the session until `fd` can be read.
  void wait_for_input(int fd);
  /// What could stand in place of `word`: commands or znode paths, sorted.
  std::vector<std::string> completions(const std::string& word);

 private:
  void on_state(SessionState state) override;
  void on_watch(EventType type, std::string_view path, Zxid zxid) override;

  void process(const std::vector<std::string>& words);
  /// Commands of the shell itself; false: none of them.
  bool process_own(const std::vector<std::string>& words);
  void redo(const std::string& number);
  void print_history();
  bool has_session() const { return session_ != nullptr && session_->is_alive(); }

  ProgramOptions options_;
  Console& console_;
  std::string connect_string_;
  Chroot chroot_;
  std::unique_ptr<Session> session_;
  std::vector<std::string> history_;
  bool quit_ = false;
  int exit_code_ = 0;
};

}  // namespace vivarium::cli
