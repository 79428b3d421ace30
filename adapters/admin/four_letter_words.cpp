#include "adapters/admin/four_letter_words.h"

#include <algorithm>
#include <iterator>

#include "adapters/admin/reports.h"
#include "kernel/base/bytes.h"

namespace vivarium {
namespace {

/// What Apache says in the place of the words that need a server with a leader.
constexpr std::string_view kNotServing = "This ZooKeeper instance is not currently serving requests";
constexpr std::string_view kAlwaysAnswered[] = {"ruok", "isro", "envi", "gtmk", "stmk"};

struct Word {
  std::string_view name;
  std::string (*report)(const AdminSource& source);
};

std::string of_srvr(const AdminSource& source) { return server_report(source, false); }
std::string of_stat(const AdminSource& source) { return server_report(source, true); }
std::string of_envi(const AdminSource&) { return environment_report(); }
std::string of_ruok(const AdminSource&) { return "imok"; }
std::string of_isro(const AdminSource& source) {
  if (!source.serving()) return "null";
  return source.totals().member.read_only ? "ro" : "rw";
}

constexpr Word kWords[] = {
    {"ruok", of_ruok},
    {"isro", of_isro},
    {"srvr", of_srvr},
    {"stat", of_stat},
    {"cons", connection_report},
    {"conf", configuration_report},
    {"dirs", directory_report},
    {"envi", of_envi},
    {"dump", session_report},
    {"wchs", watch_summary},
    {"wchc", watches_by_session},
    {"wchp", watches_by_path},
    {"mntr", monitor_report},
    {"hash", digest_report},
};

AdminReply text_reply(std::string text) {
  AdminReply reply;
  reply.text = std::move(text);
  return reply;
}

}  // namespace

AdminReply FourLetterWords::answer(std::string_view command) {
  const std::string word(command.substr(0, 4));
  if (!source_.config().four_letter_words.allows(word)) {
    return text_reply(word + " is not executed because it is not in the whitelist.\n");
  }
  const bool always =
      std::find(std::begin(kAlwaysAnswered), std::end(kAlwaysAnswered), word) != std::end(kAlwaysAnswered);
  if (!always && !source_.serving()) return text_reply(std::string(kNotServing) + (word == "hash" ? "" : "\n"));
  for (const Word& known : kWords) {
    if (known.name == word) return text_reply(known.report(source_));
  }
  AdminReply reply;
  if (word == "srst") {
    reply.text = "Server stats reset.\n";
    reply.reset_server = true;
  } else if (word == "crst") {
    reply.text = "Connection stats reset.\n";
    reply.reset_connections = true;
  } else if (word == "gtmk") {
    reply.text = std::to_string(trace_mask_);
  } else if (word == "stmk") {
    return set_trace_mask(command.substr(4));
  }
  return reply;
}

AdminReply FourLetterWords::set_trace_mask(std::string_view mask) {
  ByteReader reader(mask);
  const std::int64_t value = reader.i64();
  if (!reader.ok()) return {};  // Apache fails on a short mask and closes without a word
  trace_mask_ = value;
  return text_reply(std::to_string(value));
}

}  // namespace vivarium
