// The shell; see the header.
#include "cmd/cli/shell.h"

#include <algorithm>
#include <map>

#include "cmd/cli/text/format.h"

namespace vivarium::cli {
namespace {

constexpr const char* kProgramUsage =
    "vivarium-cli -server host:port[,host:port...][/chroot] [-timeout ms] [-r] [-waitforconnection] [cmd args]";
constexpr std::size_t kShownHistory = 10;
constexpr Duration kPatienceToComplete = Duration::seconds(2);

const std::map<std::string, std::string> kOwnCommands = {
    {"close", ""},   {"connect", "host:port"},   {"exit", ""}, {"help", ""},
    {"history", ""}, {"printwatches", "on|off"}, {"quit", ""}, {"redo", "cmdno"},
};

/// Name and usage of every command, sorted by name.
std::map<std::string, std::string> command_list() {
  std::map<std::string, std::string> list = kOwnCommands;
  for (const Command* command : all_commands()) list.emplace(command->name, command->usage);
  return list;
}

}  // namespace

void Shell::connect(const std::string& connect_string) {
  const ConnectString parsed = parse_connect_string(connect_string);
  if (has_session()) session_->close();
  connect_string_ = connect_string;
  chroot_ = Chroot(parsed.chroot);
  SessionListener& listener = *this;
  session_ = std::make_unique<Session>(parsed.servers, options_.timeout_ms, options_.read_only, listener);
  if (!options_.wait_for_connection) return;
  if (!session_->wait_connected(Duration::millis(options_.timeout_ms))) {
    session_->close();
    throw CommandFailed(error_text(ErrorCode::kConnectionLoss, ""));
  }
}

void Shell::close_quietly() {
  console_.set_notices(false);
  if (has_session()) session_->close();
}

void Shell::on_state(SessionState state) { console_.notice(state_event_text(state)); }

void Shell::on_watch(EventType type, std::string_view path, Zxid zxid) {
  console_.notice(node_event_text(type, chroot_.incoming(path), zxid));
}

std::string Shell::prompt() const {
  const SessionState state = session_ ? session_->state() : SessionState::kClosed;
  return "[zk: " + connect_string_ + "(" + prompt_state(state) + ") " + std::to_string(history_.size()) + "] ";
}

void Shell::wait_for_input(int fd) {
  while (!session_->turn(fd)) {
  }
}

void Shell::execute_line(const std::string& line) {
  const std::vector<std::string> words = split_words(line);
  if (words.empty()) return;
  history_.push_back(line);
  execute(words);
}

void Shell::execute(const std::vector<std::string>& words) {
  try {
    process(words);
    if (!quit_) exit_code_ = 0;  // quitting says how the command before it ended
  } catch (const CommandFailed& failure) {
    exit_code_ = failure.exit_code();
    console_.err_line(failure.what());
  }
}

void Shell::process(const std::vector<std::string>& words) {
  const std::string& name = words.front();
  if (process_own(words)) return;
  const Command* command = find_command(name);
  if (command == nullptr) {
    print_usage(true);
    throw CommandFailed("Command not found: Command not found " + name, kNoSuchCommand);
  }
  if (!has_session()) {
    console_.out("Not connected\n");
    return;
  }
  CommandContext context{Znodes(*session_, chroot_), console_};
  run_command(*command, context, words);
}

bool Shell::process_own(const std::vector<std::string>& words) {
  const std::string& name = words.front();
  if (kOwnCommands.find(name) == kOwnCommands.end()) return false;
  const bool has_argument = words.size() > 1;
  if (name == "quit" || name == "exit") {
    quit_ = true;
    if (has_session()) session_->close();
  } else if (name == "connect") {
    connect(has_argument ? words[1] : connect_string_);
  } else if (name == "redo" && has_argument) {
    redo(words[1]);
  } else if (name == "history") {
    print_history();
  } else if (name == "help") {
    print_usage(false);
  } else if (name == "printwatches") {
    if (has_argument) {
      console_.set_notices(words[1] == "on");
    } else {
      console_.out(std::string("printwatches is ") + (console_.notices() ? "on" : "off") + "\n");
    }
  } else if (name == "close") {
    if (has_session()) {
      session_->close();
    } else {
      console_.out("Not connected\n");
    }
  }
  return true;
}

void Shell::redo(const std::string& number) {
  const std::string complaint = "Command index out of range";
  const std::int32_t index = parse_int(number, complaint);
  const auto count = static_cast<std::int32_t>(history_.size()) - 1;  // this redo cannot be redone
  if (index < 0 || index >= count) throw CommandFailed(complaint);
  const std::string line = history_[static_cast<std::size_t>(index)];
  const std::vector<std::string> words = split_words(line);
  if (words.front() == "redo") throw CommandFailed("No redoing redos");
  history_.back() = line;
  process(words);
}

void Shell::print_history() {
  if (history_.empty()) return;
  const std::size_t last = history_.size() - 1;
  for (std::size_t i = last - std::min(last, kShownHistory); i <= last; ++i) {
    console_.out(std::to_string(i) + " - " + history_[i] + "\n");
  }
}

void Shell::print_usage(bool as_error) {
  std::string text = kProgramUsage;
  for (const auto& [name, usage] : command_list()) text += "\n\t" + name + " " + usage;
  if (as_error) {
    console_.err_line(text);
  } else {
    console_.out(text + "\n");
  }
}

std::vector<std::string> Shell::completions(const std::string& word) {
  std::vector<std::string> found;
  if (word.empty() || word[0] != '/') {
    for (const auto& [name, usage] : command_list()) {
      if (name.compare(0, word.size(), word) == 0) found.push_back(name);
    }
    return found;
  }
  if (!has_session() || !session_->wait_connected(kPatienceToComplete)) return found;
  const std::size_t slash = word.rfind('/');
  const std::string parent = slash == 0 ? "/" : word.substr(0, slash);
  const std::string prefix = word.substr(slash + 1);
  try {
    for (const std::string& name : Znodes(*session_, chroot_).children(parent).names) {
      if (name.compare(0, prefix.size(), prefix) == 0) found.push_back(join_path(parent, name));
    }
  } catch (const CommandFailed&) {
    found.clear();  // no such parent: nothing to offer
  }
  return found;
}

}  // namespace vivarium::cli
