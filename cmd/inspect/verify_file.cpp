#include "cmd/inspect/verify_file.h"

#include "adapters/storage/base_snapshot.h"
#include "cmd/inspect/snapshot_source.h"
#include "cmd/inspect/text.h"
#include "kernel/wire/txn.h"

namespace vivarium::inspect {
namespace {

/// What the records of a log say besides being whole.
class RecordNotes {
 public:
  RecordNotes(const Command& command, const LogToVerify& log) : command_(command), log_(log) {}

  void look(const LogPlace& place) {
    const auto txn = decode_txn(place.entry);
    if (!txn) {
      ++undecodable_;
      command_.complain(log_.file.path, place.offset,
                        "zxid " + hex_text(place.zxid.value) +
                            ": the record is whole but no transaction: " + txn_error_name(txn.error()));
    }
    if (seen_ && !zxid_follows(last_, place.zxid)) {
      // Above the base check_log has refused it.
      command_.out << "  gap: after zxid " << hex_text(last_.value) << " comes " << hex_text(place.zxid.value)
                   << " at offset " << place.offset << "; a snapshot covers it\n";
    }
    if (!seen_) first_ = place.zxid;
    seen_ = true;
    last_ = place.zxid;
  }
  bool good() const { return undecodable_ == 0; }
  std::string range() const {
    return seen_ ? ", zxid " + hex_text(first_.value) + " to " + hex_text(last_.value) : std::string();
  }

 private:
  const Command& command_;
  const LogToVerify& log_;
  bool seen_ = false;
  Zxid first_, last_;
  std::uint64_t undecodable_ = 0;
};

const char* verdict_text(LogCheck::Verdict verdict) {
  switch (verdict) {
    case LogCheck::Verdict::kIntact:
      return "intact";
    case LogCheck::Verdict::kTorn:
      return "torn at its end (a write that was never completed; a server drops it)";
    case LogCheck::Verdict::kEmpty:
      return "empty (a server removes it)";
    case LogCheck::Verdict::kDamaged:
      return "DAMAGED";
  }
  KUNREACHABLE();
}

std::optional<Evidence> evidence_for(const Command& command, const LogToVerify& log) {
  if (log.evidence_path.empty()) return std::nullopt;
  auto evidence = read_evidence(command.fs, log.evidence_path, log.file.zxid);
  if (!evidence || !*evidence) return std::nullopt;
  return std::move(*evidence);
}

std::string evidence_text(const LogToVerify& log, const std::optional<Evidence>& evidence) {
  if (log.evidence_path.empty()) return ", no evidence beside it";
  if (!evidence) return ", its evidence cannot be used";
  return ", evidence of " + std::to_string(evidence->entries.size()) + " records";
}

void print_problem(const Command& command, const LogCheck& check) {
  if (check.problem.empty()) return;
  command.out << "  offset " << check.problem_offset;
  if (check.problem_zxid) command.out << ", zxid " << hex_text(check.problem_zxid->value);
  command.out << ": " << check.problem << '\n';
}

}  // namespace

bool verify_log(const Command& command, const LogToVerify& log, ZxidChain& chain) {
  const std::optional<Evidence> evidence = evidence_for(command, log);
  LogCheckRequest request;
  request.path = log.file.path;
  request.first = log.file.zxid;
  request.evidence = evidence ? &*evidence : nullptr;
  request.newest = log.newest;
  request.max_txn = command.max_txn;
  RecordNotes notes(command, log);
  const LogCheck check = check_log(command.fs, request, chain, [&notes](const LogPlace& place) { notes.look(place); });
  command.out << log.file.path << ": " << verdict_text(check.verdict) << ", " << check.records << " records"
              << notes.range() << ", " << check.good_end << " of " << check.file_size << " bytes"
              << evidence_text(log, evidence) << '\n';
  print_problem(command, check);
  return check.verdict != LogCheck::Verdict::kDamaged && notes.good();
}

bool verify_snapshot_file(const Command& command, const NamedSnapshot& snapshot) {
  SnapshotTotals totals;
  command.out << snapshot.path << ": ";
  if (const auto read = read_snapshot(command.fs, snapshot, totals); !read) {
    command.out << "DAMAGED, " << totals.nodes << " nodes before it\n  " << read.error() << '\n';
    return false;
  }
  // The seals hold; whether the nodes make a tree, and its digest, only loading tells.
  NamedSnapshot named = snapshot;
  if (named.zxid < Zxid{0}) named.zxid = totals.last_processed.value_or(totals.newest);
  const auto base = load_base(command.fs, named, TreeOptions{true, true});
  if (!base) {
    command.out << "DAMAGED\n  " << base.error() << '\n';
    return false;
  }
  const bool comparable = base->digest && base->digest->zxid == named.zxid;
  const bool agrees = !comparable || base->digest->tree_digest == base->tree.digest();
  command.out << (agrees ? "intact, " : "DAMAGED, ") << totals.nodes << " nodes, " << totals.data_bytes
              << " bytes of data, " << totals.sessions.size() << " sessions";
  if (base->digest) {
    command.out << ", digest " << hex_text(static_cast<std::int64_t>(base->digest->tree_digest)) << " at zxid "
                << hex_text(base->digest->zxid.value)
                << (comparable ? agrees ? " (holds)" : "" : " (fuzzy: the log decides)");
  } else {
    command.out << ", no digest";
  }
  command.out << '\n';
  if (!agrees) {
    command.out << "  the tree's digest is " << hex_text(static_cast<std::int64_t>(base->tree.digest())) << '\n';
  }
  return agrees;
}

bool verify_evidence(const Command& command, const NamedFile& file, bool has_log) {
  const auto evidence = read_evidence(command.fs, file.path, file.zxid);
  if (!evidence || !*evidence) {
    command.out << file.path << ": DAMAGED\n  offset 0: expected the header of the evidence of log." << hex(file.zxid)
                << '\n';
    return false;
  }
  const Evidence& found = **evidence;
  if (found.damaged > 0) {
    command.out << file.path << ": DAMAGED, " << found.damaged << " entries cannot be read, " << found.entries.size()
                << " can\n";
  }
  if (!has_log && !found.entries.empty()) {
    command.out << file.path << ": its log is missing; it held " << found.entries.size()
                << " records or more, up to zxid " << hex_text(found.entries.back().zxid.value) << '\n';
  }
  return found.damaged == 0;
}

}  // namespace vivarium::inspect
