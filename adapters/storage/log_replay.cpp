#include "adapters/storage/log_replay.h"

#include <algorithm>
#include <memory>

#include "kernel/request/apply.h"
#include "kernel/wire/txn.h"

namespace vivarium {
namespace {

std::string zxid_text(Zxid zxid) { return "zxid 0x" + hex(zxid); }

class Replayer {
 public:
  Replayer(FileSystem& fs, const ReplayRequest& request, RecoveredState& recovered, std::vector<std::string>& notes)
      : fs_(fs), request_(request), recovered_(recovered), notes_(notes), chain_(request.base) {
    outcome_.want_events = false;
    expected_digest_ = request.digest;
  }

  Result<Replay, RecoveryError> run() {
    compare_snapshot_digest(recovered_.tree.last_processed_zxid());
    const std::vector<NamedFile>& logs = request_.files.logs;
    const std::size_t begin = logs.empty() ? 0 : log_index_for(logs, request_.base.value_or(Zxid{0}));
    for (std::size_t i = begin; i < logs.size(); ++i) {
      if (auto replayed = replay(logs[i], i + 1 == logs.size()); !replayed) return Failure{replayed.error()};
    }
    if (auto checked = check_lost_files(); !checked) return Failure{checked.error()};
    replay_.last = chain_.last();
    settle_recent();
    summarize();
    return std::move(replay_);
  }

 private:
  Result<Done, RecoveryError> replay(const NamedFile& file, bool newest) {
    ReplayedLog log;
    log.file = file;
    const std::optional<Evidence> evidence = read_evidence_for(file, log);
    LogCheckRequest check;
    check.path = file.path;
    check.first = file.zxid;
    check.evidence = evidence ? &*evidence : nullptr;
    check.newest = newest;
    check.max_txn = request_.max_txn;
    log.check = check_log(fs_, check, chain_, [this, &file](const LogPlace& place) { take(file, place); });
    if (failure_) return Failure{*failure_};
    if (log.check.verdict == LogCheck::Verdict::kDamaged) return Failure{damage(file, log.check)};
    if (log.check.verdict == LogCheck::Verdict::kTorn) {
      notes_.push_back("log " + file.path + ": " + log.check.problem + " at offset " +
                       std::to_string(log.check.problem_offset) + ", behind " + zxid_text(chain_.last()) +
                       (newest ? ": a write that was never completed is dropped" : ": taken as the file's end"));
    }
    replay_.logs.push_back(std::move(log));
    return Done{};
  }

  std::optional<Evidence> read_evidence_for(const NamedFile& file, ReplayedLog& log) {
    const auto& all = request_.files.evidence;
    const auto found = std::find_if(all.begin(), all.end(), [&](const NamedFile& e) { return e.zxid == file.zxid; });
    if (found == all.end()) return std::nullopt;
    log.evidence_path = found->path;
    auto evidence = read_evidence(fs_, found->path, file.zxid);
    if (evidence && *evidence) {
      if ((*evidence)->damaged > 0) {
        notes_.push_back(found->path + ": " + std::to_string((*evidence)->damaged) + " damaged entries are ignored");
      }
      return std::move(*evidence);
    }
    notes_.push_back(found->path + " cannot be read and is ignored");
    return std::nullopt;
  }

  void take(const NamedFile& file, const LogPlace& place) {
    if (failure_ || (request_.base && place.zxid <= *request_.base)) return;
    const auto txn = decode_txn(place.entry);
    if (!txn) {
      failure_ =
          RecoveryError{RecoveryError::Kind::kUnsupported,
                        "log " + file.path + ": the record of " + zxid_text(place.zxid) + " at offset " +
                            std::to_string(place.offset) + " is intact but cannot be understood (" +
                            txn_error_name(txn.error()) + "). Look at it with: vivarium-inspect log " + file.path};
      return;
    }
    recovered_.newest_time = std::max(recovered_.newest_time, txn->header.time);
    if (txn->header.type == OpCode::kCreateSession) {
      recovered_.max_session_id = later_session_of(request_.my_id, recovered_.max_session_id, txn->header.client_id);
    }
    if (std::find(request_.passed_over.begin(), request_.passed_over.end(), place.zxid) != request_.passed_over.end()) {
      replay_.passed_over.push_back(place.zxid);
    }
    remember(place);
    ++replay_.txns;
    if (request_.dry) return;
    apply(recovered_.tree, recovered_.sessions, *txn, outcome_);
    const bool comparable = !expected_digest_;  // a fuzzy snapshot has no digest of its own before that
    compare_snapshot_digest(place.zxid);
    if (comparable && !outcome_.digest_matches) count_mismatch(place.zxid);
  }

  /// A ring: only at the end is it known which records are the last ones.
  void remember(const LogPlace& place) {
    if (request_.recent == 0) return;
    const ReplayedPlace seen{replay_.logs.size(), place.offset};
    if (replay_.recent.size() < request_.recent) {
      replay_.recent.push_back(seen);
    } else {
      replay_.recent[next_recent_] = seen;
      next_recent_ = next_recent_ + 1 == request_.recent ? 0 : next_recent_ + 1;
    }
  }
  void settle_recent() {
    std::rotate(replay_.recent.begin(), replay_.recent.begin() + static_cast<std::ptrdiff_t>(next_recent_),
                replay_.recent.end());
  }

  void compare_snapshot_digest(Zxid reached) {
    if (!expected_digest_ || reached < expected_digest_->zxid) return;
    const bool comparable = reached == expected_digest_->zxid && recovered_.tree.options().digest;
    if (comparable && recovered_.tree.digest() != expected_digest_->tree_digest) {
      notes_.push_back("the tree at " + zxid_text(reached) + " does not have the digest that the snapshot promised");
      ++replay_.digest_mismatches;
    }
    expected_digest_.reset();
  }

  void count_mismatch(Zxid zxid) {
    if (replay_.digest_mismatches++ == 0) first_mismatch_ = zxid;
  }

  /// A log that is gone leaves its evidence behind.
  Result<Done, RecoveryError> check_lost_files() {
    for (const NamedFile& file : request_.files.evidence) {
      const auto& logs = request_.files.logs;
      const bool has_log =
          std::any_of(logs.begin(), logs.end(), [&](const NamedFile& log) { return log.zxid == file.zxid; });
      if (has_log) continue;
      const auto evidence = read_evidence(fs_, file.path, file.zxid);
      if (!evidence || !*evidence || (*evidence)->entries.empty()) continue;
      const Zxid last = (*evidence)->entries.back().zxid;
      if (request_.base && last <= *request_.base) continue;
      return Failure{RecoveryError{RecoveryError::Kind::kDamaged,
                                   "log file log." + hex(file.zxid) + " is missing: " + file.path +
                                       " says that it held records up to " + zxid_text(last),
                                   ". Restore the file; or, to go on without these records, remove " + file.path}};
    }
    return Done{};
  }

  RecoveryError damage(const NamedFile& file, const LogCheck& check) const {
    std::string text = "log " + file.path + " is damaged at offset " + std::to_string(check.problem_offset);
    if (check.problem_zxid) text += " (" + zxid_text(*check.problem_zxid) + ")";
    text += ": " + check.problem + ". Records up to " + zxid_text(chain_.last()) + " are intact";
    std::string remedy =
        "; going on without the rest could lose acknowledged writes, so the server does not start. "
        "See what is there with: vivarium-inspect verify " +
        file.path + ". To give up everything behind " + zxid_text(chain_.last()) + ": vivarium-inspect chop " +
        file.path + " --zxid 0x" + hex(chain_.last()) + ", put the result in the file's place, and move " +
        evidence_name(file.zxid) + " and every later log and evidence file away";
    return {RecoveryError::Kind::kDamaged, std::move(text), std::move(remedy)};
  }

  void summarize() {
    if (replay_.digest_mismatches == 0 || first_mismatch_ == Zxid{0}) return;
    notes_.push_back(std::to_string(replay_.digest_mismatches) +
                     " replayed transactions carry another tree digest than ours, the first is " +
                     zxid_text(first_mismatch_));
  }

  FileSystem& fs_;
  const ReplayRequest& request_;
  RecoveredState& recovered_;
  std::vector<std::string>& notes_;
  ZxidChain chain_;
  ApplyOutcome outcome_;
  std::optional<ExpectedDigest> expected_digest_;
  std::optional<RecoveryError> failure_;
  Zxid first_mismatch_;
  std::size_t next_recent_ = 0;
  Replay replay_;
};

}  // namespace

void read_recent(FileSystem& fs, const Replay& replay, std::size_t max_txn, CommittedLog& log) {
  std::unique_ptr<LogReader> reader;
  std::size_t open = 0;
  for (const ReplayedPlace& at : replay.recent) {
    if (!reader || open != at.log) {
      auto opened = LogReader::open(fs, replay.logs[at.log].file.path, max_txn);
      if (!opened) return log.clear();
      reader = std::move(*opened);
      open = at.log;
    }
    reader->seek(at.offset);
    const LogPlace place = reader->next();
    if (place.kind != LogPlace::Kind::kRecord) return log.clear();
    log.push(place.zxid, place.entry);
  }
}

SessionId later_session_of(ServerId server, SessionId known, SessionId id) {
  const std::int64_t issuer = (id.value >> 56) & 0xff;
  return issuer == (server.value & 0xff) ? std::max(known, id) : known;
}

Result<Replay, RecoveryError> replay_logs(FileSystem& fs, const ReplayRequest& request, RecoveredState& recovered,
                                          std::vector<std::string>& notes) {
  return Replayer(fs, request, recovered, notes).run();
}

}  // namespace vivarium
