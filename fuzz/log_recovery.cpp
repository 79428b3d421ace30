// Recovery over any bytes in log, evidence and snapshot files: never a crash, never a silent loss.
//
// A good directory is tampered with as the input says. Damage to one file only must be refused or change nothing: each
// byte of it had been durable. Damage to several may look like a shorter history, but never like another one.
#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "adapters/storage/file_names.h"
#include "tests/unit/storage/machine.h"

namespace vivarium::testing {
namespace {

constexpr std::int64_t kTxns = 12;

/// A directory with snapshot.0, snapshot.6, log.1 (1..6), log.7 (7..12), fully evidenced.
const std::map<std::string, std::string>& good_files() {
  static const std::map<std::string, std::string> files = [] {
    MemoryFileSystem fs;
    Machine machine(fs);
    KASSERT(machine.boot());
    machine.snapshot();
    for (std::int64_t i = 1; i <= kTxns; ++i) {
      machine.append();
      machine.sync();
      if (i == 6) {
        machine.roll();
        machine.snapshot();
      }
    }
    machine.roll();
    std::map<std::string, std::string> result;
    const auto names = fs.list(kDirectory);
    for (const std::string& name : *names) result[name] = fs.contents(join_path(kDirectory, name));
    return result;
  }();
  return files;
}

class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    for (const char c : take(size)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
  std::string_view take(std::size_t size) {
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view bytes_;
};

/// One change of one file.
void tamper(Input& input, std::string& file) {
  const std::size_t at = file.empty() ? 0 : input.number(2) % file.size();
  switch (input.number(1) % 5) {
    case 0:  // overwrite
      if (!file.empty()) file[at] = static_cast<char>(file[at] ^ static_cast<char>(1 + input.number(1) % 255));
      return;
    case 1:
      file.resize(at);
      return;
    case 2:
      file.append(input.number(1), '\0');
      return;
    case 3:
      file.append(input.take(input.number(1)));
      return;
    case 4:
      file.insert(at, input.take(input.number(1)));
      return;
  }
}

void run(std::string_view bytes) {
  Input input(bytes);
  MemoryFileSystem fs;
  std::map<std::string, std::string> files = good_files();
  const bool raw = input.number(1) % 4 == 0;
  if (raw) {  // the whole log and its evidence from the input
    const std::size_t log_size = input.number(2);
    files["log.7"] = std::string(input.take(log_size));
    files["evidence.7"] = std::string(input.take(input.number(2)));
  }
  std::set<std::string> touched;
  while (!input.empty()) {
    auto file = files.begin();
    std::advance(file, input.number(1) % files.size());
    tamper(input, file->second);
    touched.insert(file->first);
  }
  for (const auto& [name, contents] : files) fs.put(join_path(kDirectory, name), contents);
  Machine machine(fs);
  if (!machine.boot()) {
    KASSERT(!machine.error.text.empty());
    return;
  }
  if (!raw && machine.state.last_zxid <= Zxid{kTxns}) {  // a raw log may hold txns of the fuzzer's own
    if (touched.size() <= 1) KASSERT(machine.state.last_zxid == Zxid{kTxns});
    KASSERT(machine.hash() == history_hash(machine.state.last_zxid));
  }
  const Zxid recovered = machine.state.last_zxid;
  // Once an empty newest log is gone, the log before it is read, and may be damaged, too.
  Machine again(fs);
  const bool up = again.boot();
  KASSERT(up || raw || touched.size() > 1);
  if (up) KASSERT(again.state.last_zxid == recovered);
}

}  // namespace
}  // namespace vivarium::testing

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vivarium::testing::run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
