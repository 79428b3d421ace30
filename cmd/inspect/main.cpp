// vivarium-inspect: looks into logs, snapshots and data directories, and makes copies of damaged logs.
//
// Must never: change a file that it is given.
#include <CLI/CLI.hpp>
#include <iostream>

#include "adapters/storage/file_names.h"
#include "adapters/storage/posix_file_system.h"
#include "cmd/inspect/epochs.h"
#include "cmd/inspect/log_copy.h"
#include "cmd/inspect/log_dump.h"
#include "cmd/inspect/snapshot_dump.h"
#include "cmd/inspect/verify.h"

namespace {

using namespace vivarium;
using namespace vivarium::inspect;

constexpr const char* kAbout =
    "Looks into the files of a ZooKeeper or Vivarium server. It never changes what it is given.\n"
    "Exit status: 0 all is well, 1 something is damaged or was not there, 2 wrong arguments or no such file.";

struct Arguments {
  std::string path, log_directory, zxid;
  std::vector<std::string> paths;
  bool json = false, skip_bad = false;
  SnapshotDumpOptions snapshot;
  std::size_t jute_max_buffer = 0xfffff;
};

/// As Java's Long.decode: 0x1f or 31. nullopt when it is neither.
std::optional<Zxid> parse_zxid(const std::string& text) {
  try {
    std::size_t used = 0;
    const std::int64_t value = std::stoll(text, &used, text.rfind("0x", 0) == 0 ? 16 : 10);
    if (used == text.size() && value >= 0) return Zxid{value};
  } catch (const std::logic_error&) {
  }
  return std::nullopt;
}

std::string epochs_directory(FileSystem& fs, const std::string& path) {
  const std::string below = version_directory(path);
  return fs.list(below).ok() ? below : path;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments given;
  CLI::App app{kAbout};
  app.require_subcommand(1);
  app.add_option("--jute-maxbuffer", given.jute_max_buffer, "the server's jute.maxbuffer, if it is not the usual one")
      ->capture_default_str();
  auto* log = app.add_subcommand("log", "every record of a transaction log, as TxnLogToolkit prints it");
  log->add_option("FILE", given.path)->required();
  log->add_flag("--json", given.json, "one JSON object a record, with offset, digest, and data in base64");
  auto* snapshot =
      app.add_subcommand("snapshot", "every node and session of a snapshot, as SnapshotFormatter prints it");
  snapshot->add_option("FILE", given.path, "plain, gzip or snappy")->required();
  auto* data = snapshot->add_flag("-d,--data", given.snapshot.data, "data in base64 instead of its length");
  snapshot->add_flag("--json", given.snapshot.json, "the tree and its sizes, for ncdu -f")->excludes(data);
  snapshot->add_flag("--damaged", given.snapshot.damaged, "show what is readable of a damaged snapshot, too");
  auto* check = app.add_subcommand("verify", "whether files are whole, and what a server would do with a directory");
  check->add_option("PATH", given.paths, "dataDir, its version-2, or files")->required();
  check->add_option("--log-dir", given.log_directory, "dataLogDir, if it is not dataDir");
  auto* recover_command = app.add_subcommand("recover", "writes FILE.fixed: the records up to the first damage");
  recover_command->add_option("FILE", given.path)->required();
  recover_command->add_flag("--skip-bad", given.skip_bad, "and the intact ones behind it: a history with holes");
  auto* chop = app.add_subcommand("chop", "writes FILE.chopped<zxid>: the records up to and including a zxid");
  chop->add_option("FILE", given.path)->required();
  chop->add_option("-z,--zxid", given.zxid, "0x1f or 31")->required();
  auto* epochs = app.add_subcommand("epochs", "acceptedEpoch and currentEpoch, and their checksummed copies");
  epochs->add_option("DIR", given.path, "dataDir, or its version-2")->required();
  for (CLI::App* command : app.get_subcommands({})) command->fallthrough();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  std::ios::sync_with_stdio(false);
  PosixFileSystem fs;
  const Command command{fs, std::cout, std::cerr, 2 * given.jute_max_buffer};
  int status = kIntact;
  if (*log) status = dump_log(command, given.path, given.json);
  if (*snapshot) status = dump_snapshot(command, given.path, given.snapshot);
  if (*check) status = verify(command, given.paths, given.log_directory);
  if (*recover_command) status = recover_log(command, given.path, given.skip_bad);
  if (*chop) {
    const auto zxid = parse_zxid(given.zxid);
    if (!zxid) {
      std::cerr << "--zxid " << given.zxid << ": expected a number such as 0x1f or 31\n";
      return kUsage;
    }
    status = chop_log(command, given.path, *zxid);
  }
  if (*epochs) status = show_epochs(command, epochs_directory(fs, given.path));
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "the output could not be written\n";
    return kDamaged;
  }
  return status;
}
