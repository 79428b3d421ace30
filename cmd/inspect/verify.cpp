#include "cmd/inspect/verify.h"

#include <algorithm>
#include <filesystem>

#include "adapters/storage/recovery.h"
#include "cmd/inspect/dry_run_file_system.h"
#include "cmd/inspect/snapshot_source.h"
#include "cmd/inspect/text.h"
#include "cmd/inspect/verify_file.h"

namespace vivarium::inspect {
namespace {

constexpr const char* kVersionDirectory = "version-2";

bool is_directory(const Command& command, const std::string& path) { return command.fs.list(path).ok(); }

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}
std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}
std::string name_of(const std::string& path) { return std::filesystem::path(path).filename().string(); }

/// dataDir or its version-2: the latter.
std::string files_directory(const Command& command, const std::string& path) {
  const std::string below = join_path(path, kVersionDirectory);
  return is_directory(command, below) ? below : path;
}

template <class Files>
bool has_zxid(const Files& files, Zxid zxid) {
  return std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.zxid == zxid; });
}

const char* verdict_text(RecoveryVerdict verdict) {
  switch (verdict) {
    case RecoveryVerdict::kFresh:
      return "an empty server";
    case RecoveryVerdict::kIntact:
      return "every record was read and checked";
    case RecoveryVerdict::kTorn:
      return "every record was read and checked; a torn tail is dropped";
    case RecoveryVerdict::kFaulty:
      return "known entries are damaged";
    case RecoveryVerdict::kAmnesia:
      return "the epoch files are damaged";
  }
  KUNREACHABLE();
}

/// The files of one server.
class DirectoryCheck {
 public:
  DirectoryCheck(const Command& command, std::string snapshots, std::string logs)
      : command_(command), snapshot_directory_(std::move(snapshots)), log_directory_(std::move(logs)) {}

  ExitCode run() {
    const auto snapshots = list_files(command_.fs, snapshot_directory_);
    const auto logs = list_files(command_.fs, log_directory_);
    for (const auto* listed : {&snapshots, &logs}) {
      if (listed->ok()) continue;
      command_.err << (listed == &snapshots ? snapshot_directory_ : log_directory_)
                   << ": cannot be read: " << io_error_name(listed->error()) << '\n';
      return kUsage;
    }
    check_snapshots(snapshots->snapshots);
    check_logs(*logs);
    for (const NamedFile& evidence : logs->evidence) {
      if (!verify_evidence(command_, evidence, has_zxid(logs->logs, evidence.zxid))) damaged_ = true;
    }
    for (const std::string& path : snapshots->temporary) command_.out << path << ": unfinished (a server removes it)\n";
    predict_recovery();
    return damaged_ ? kDamaged : kIntact;
  }

 private:
  void check_snapshots(const std::vector<NamedSnapshot>& snapshots) {
    for (const NamedSnapshot& snapshot : snapshots) {
      if (verify_snapshot_file(command_, snapshot)) {
        base_ = snapshot.zxid;
      } else {
        damaged_ = true;
      }
    }
  }

  void check_logs(const DirectoryFiles& files) {
    ZxidChain chain(base_);
    for (std::size_t i = 0; i < files.logs.size(); ++i) {
      LogToVerify log;
      log.file = files.logs[i];
      log.newest = i + 1 == files.logs.size();
      if (has_zxid(files.evidence, log.file.zxid)) {
        log.evidence_path = join_path(log_directory_, evidence_name(log.file.zxid));
      }
      if (verify_log(command_, log, chain)) continue;
      damaged_ = true;
      chain = ZxidChain(std::nullopt);  // the following files are judged by themselves
    }
  }

  void predict_recovery() {
    const bool usual =
        name_of(snapshot_directory_) == kVersionDirectory && name_of(log_directory_) == kVersionDirectory;
    if (!usual) {
      command_.out << "recovery: not tried, because " << snapshot_directory_ << " is not called " << kVersionDirectory
                   << '\n';
      return;
    }
    StoreOptions options;
    options.data_dir = parent_of(snapshot_directory_);
    options.log_dir = parent_of(log_directory_);
    options.auto_create = false;
    options.max_txn = command_.max_txn;
    options.tree = TreeOptions{true, true};
    DryRunFileSystem dry(command_.fs);
    RecoveredState state;
    std::vector<std::string> notes;
    const auto recovered = recover(dry, options, state, notes);
    for (const std::string& note : notes) command_.out << "  note: " << note << '\n';
    if (!recovered) {
      command_.out << "recovery: REFUSED. " << recovered.error().text << '\n';
      damaged_ = true;
      return;
    }
    print_recovery(state, dry);
  }

  void print_recovery(const RecoveredState& state, const DryRunFileSystem& dry) {
    for (const std::string& change : dry.changes()) {
      if (change.find(temporary_name("write-check")) != std::string::npos) continue;
      command_.out << "  a server would " << change << '\n';
    }
    if (state.digest_mismatches > 0) damaged_ = true;
    command_.out << "recovery: starts at zxid " << hex_text(state.last_zxid.value) << " from snapshot "
                 << hex_text(state.snapshot_zxid.value) << " and " << state.txns_since_snapshot
                 << " records: " << state.tree.node_count() << " nodes, " << state.sessions.size()
                 << " sessions, digest " << hex_text(static_cast<std::int64_t>(state.tree.digest())) << "; "
                 << verdict_text(state.verdict)
                 << (state.digest_mismatches > 0 ? ", BUT THE TREE IS NOT THE ONE THAT WAS WRITTEN" : "") << '\n';
  }

  const Command& command_;
  std::string snapshot_directory_, log_directory_;
  std::optional<Zxid> base_;  // newest snapshot that is whole
  bool damaged_ = false;
};

std::string first_bytes(FileSystem& fs, const std::string& path) {
  const auto file = fs.open(path, OpenMode::kRead);
  std::string bytes;
  if (file && !(*file)->read_at(0, 4, bytes)) bytes.clear();
  return bytes;
}

/// A log file by itself: its evidence and its successors are looked for beside it.
bool verify_single_log(const Command& command, const std::string& path) {
  LogToVerify log;
  const auto named = parse_log_name(name_of(path));
  log.newest = true;
  if (const auto beside = list_files(command.fs, parent_of(path)); named && beside) {
    log.newest = beside->logs.empty() || beside->logs.back().zxid <= *named;
    if (has_zxid(beside->evidence, *named)) log.evidence_path = join_path(parent_of(path), evidence_name(*named));
  }
  log.file = {named.value_or(Zxid{0}), path};
  if (!named) {
    const auto reader = LogReader::open(command.fs, path, command.max_txn);
    if (reader && (*reader)->header() == LogHeader::kGood) log.file.zxid = (*reader)->next().zxid;
  }
  ZxidChain chain(std::nullopt);
  return verify_log(command, log, chain);
}

ExitCode verify_single(const Command& command, const std::string& path) {
  if (const auto file = command.fs.open(path, OpenMode::kRead); !file) {
    command.err << path << ": cannot be read: " << io_error_name(file.error()) << '\n';
    return kUsage;
  }
  const std::string name = name_of(path), start = first_bytes(command.fs, path);
  if (parse_log_name(name) || start == "ZKLG") return verify_single_log(command, path) ? kIntact : kDamaged;
  if (const auto zxid = parse_evidence_name(name)) {
    const bool has_log = command.fs.open(join_path(parent_of(path), log_name(*zxid)), OpenMode::kRead).ok();
    const bool good = verify_evidence(command, {*zxid, path}, has_log);
    if (good) command.out << path << ": intact\n";
    return good ? kIntact : kDamaged;
  }
  const auto snapshot = find_snapshot(command.fs, path);
  const bool compressed = snapshot && snapshot->compression != Compression::kNone;
  if (parse_snapshot_name(name) || start == "ZKSN" || compressed) {
    return snapshot && verify_snapshot_file(command, *snapshot) ? kIntact : kDamaged;
  }
  command.complain(path, 0, "expected a log (ZKLG), a snapshot (ZKSN, gzip or snappy) or evidence.<zxid>");
  return kDamaged;
}

}  // namespace

ExitCode verify(const Command& command, const std::vector<std::string>& paths, const std::string& log_directory) {
  ExitCode worst = kIntact;
  for (const std::string& given : paths) {
    const std::string path = without_trailing_slash(given);
    ExitCode status = kIntact;
    if (is_directory(command, path)) {
      const std::string logs = log_directory.empty() ? path : without_trailing_slash(log_directory);
      status = DirectoryCheck(command, files_directory(command, path), files_directory(command, logs)).run();
    } else {
      status = verify_single(command, path);
    }
    worst = std::max(worst, status);
  }
  return worst;
}

}  // namespace vivarium::inspect
