// Output; see the header. Every piece is flushed, so that stdout and stderr keep their order.
#include "cmd/cli/console.h"

#include <cstdio>
#include <utility>

namespace vivarium::cli {
namespace {

void write_to(std::FILE* file, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

}  // namespace

void Console::out(std::string_view text) { write_to(stdout, text); }

void Console::err_line(std::string_view text) { write_to(stderr, std::string(text) + "\n"); }

void Console::notice(std::string_view event) {
  if (!notices_) return;
  hide_line_();
  out("\nWATCHER::\n\n" + std::string(event) + "\n");
  show_line_();
}

void Console::set_line_hooks(std::function<void()> hide, std::function<void()> show) {
  hide_line_ = std::move(hide);
  show_line_ = std::move(show);
}

}  // namespace vivarium::cli
