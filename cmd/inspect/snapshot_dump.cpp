#include "cmd/inspect/snapshot_dump.h"

#include <algorithm>
#include <chrono>

#include "cmd/inspect/snapshot_json.h"
#include "cmd/inspect/snapshot_source.h"
#include "cmd/inspect/text.h"

namespace vivarium::inspect {
namespace {

class SnapshotText final : public SnapshotSink {
 public:
  SnapshotText(std::ostream& out, bool data) : out_(out), data_(data) {}
  void on_session(SessionId, std::int32_t) override {}
  void on_acl(std::int64_t, AclBytes) override {}
  bool on_node(std::string_view path, MaybeBytes data, std::int64_t, const StatPersisted& stat) override {
    out_ << "----\n" << (path.empty() ? "/" : valid_utf8(path)) << '\n';
    hex("cZxid", stat.czxid.value);
    out_ << "  ctime = " << long_date(stat.ctime) << '\n';
    hex("mZxid", stat.mzxid.value);
    out_ << "  mtime = " << long_date(stat.mtime) << '\n';
    hex("pZxid", stat.pzxid.value);
    out_ << "  cversion = " << stat.cversion << "\n  dataVersion = " << stat.version
         << "\n  aclVersion = " << stat.aversion << '\n';
    hex("ephemeralOwner", stat.ephemeral_owner);
    const std::string_view bytes = data.value_or(std::string_view());
    if (data_) {
      out_ << "  data = " << base64(bytes) << '\n';
    } else {
      out_ << "  dataLength = " << bytes.size() << '\n';
    }
    return true;
  }
  void on_digest(Zxid, TxnDigest) override {}
  void on_last_processed(Zxid) override {}

 private:
  void hex(const char* name, std::int64_t value) { out_ << "  " << name << " = " << padded_hex(value) << '\n'; }

  std::ostream& out_;
  bool data_;
};

void print_sessions(std::ostream& out, const SnapshotTotals& totals) {
  out << "----\nSession Details (sid, timeout, ephemeralCount):\n";
  for (const auto& [id, timeout_ms] : totals.sessions) {
    const auto owned = totals.owned.find(id.value);
    out << padded_hex(id.value) << ", " << timeout_ms << ", " << (owned == totals.owned.end() ? 0 : owned->second)
        << '\n';
  }
}

WallTime now() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return WallTime{std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

}  // namespace

ExitCode dump_snapshot(const Command& command, const std::string& path, const SnapshotDumpOptions& options) {
  const auto snapshot = find_snapshot(command.fs, path);
  if (!snapshot) {
    command.err << path << ": cannot be read: " << io_error_name(snapshot.error()) << '\n';
    return kUsage;
  }
  SnapshotTotals totals;
  const auto checked = read_snapshot(command.fs, *snapshot, totals);
  if (!checked) {
    command.err << path << ": " << checked.error() << "; after " << totals.nodes << " nodes\n";
    if (!options.damaged) {
      command.err << "nothing of it is shown, because no seal vouches for it; --damaged shows what is readable\n";
      return kDamaged;
    }
    command.err << "WARNING: what follows comes from a damaged file; any of it may be wrong\n";
  }
  if (options.json) {
    SnapshotJson sink(command.out, now());
    const auto shown = read_snapshot(command.fs, *snapshot, sink);
    sink.finish();
    if (checked && !shown) command.err << path << ": " << shown.error() << '\n';
    return checked && shown ? kIntact : kDamaged;
  }
  // Apache counts the root twice, as "" and as "/".
  command.out << "ZNode Details (count=" << totals.nodes + 1 << "):\n";
  SnapshotText sink(command.out, options.data);
  const auto shown = read_snapshot(command.fs, *snapshot, sink);
  print_sessions(command.out, totals);
  const Zxid last = std::max(totals.newest, snapshot->zxid);
  command.out << "----\nLast zxid: " << hex_text(last.value) << '\n';
  return checked && shown ? kIntact : kDamaged;
}

}  // namespace vivarium::inspect
