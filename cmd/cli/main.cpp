// vivarium-cli: a shell for any ZooKeeper server, with zkCli's commands, words and exit codes.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cmd/cli/shell.h"
#include "cmd/cli/terminal.h"

namespace {

using namespace vivarium::cli;

std::string history_file() {
  const char* home = std::getenv("HOME");
  return home == nullptr ? "" : std::string(home) + "/.vivarium_cli_history";
}

void run_on_terminal(Shell& shell, Console& console) {
  console.out("Welcome to Vivarium!\n");
  TerminalHooks hooks;
  hooks.prompt = [&shell] { return shell.prompt(); };
  hooks.wait_for_input = [&shell](int fd) { shell.wait_for_input(fd); };
  hooks.completions = [&shell](const std::string& word) { return shell.completions(word); };
  Terminal terminal(std::move(hooks), console, history_file());
  while (!shell.wants_to_quit()) {
    const std::optional<std::string> line = terminal.read_line();
    if (!line) break;
    shell.execute_line(*line);
  }
}

/// Lines from a pipe or a file; the last may lack its end.
void run_on_input(Shell& shell) {
  std::string waiting;
  char buffer[1 << 16];
  while (!shell.wants_to_quit()) {
    const std::size_t end = waiting.find('\n');
    if (end != std::string::npos) {
      std::string line = waiting.substr(0, end);
      waiting.erase(0, end + 1);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      shell.execute_line(line);
      continue;
    }
    shell.wait_for_input(STDIN_FILENO);
    const ssize_t size = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (size <= 0) break;
    waiting.append(buffer, static_cast<std::size_t>(size));
  }
  if (!shell.wants_to_quit() && !waiting.empty()) shell.execute_line(waiting);
}

int run(const std::vector<std::string>& arguments) {
  Console console;
  const ProgramOptions options = parse_program_options(arguments);
  Shell shell(options, console);
  if (options.help) {
    shell.print_usage(false);
    return 0;
  }
  console.out("Connecting to " + options.server + "\n");
  shell.connect(options.server);
  if (!options.command.empty()) {
    shell.execute(options.command);
  } else if (::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0) {
    run_on_terminal(shell, console);
  } else {
    console.out("Welcome to Vivarium!\n");
    run_on_input(shell);
  }
  shell.close_quietly();
  return shell.exit_code();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kFailed;
  }
}
