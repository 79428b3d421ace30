// What the tests of vivarium-inspect share: a command whose output is kept, and a data directory that a server wrote.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <sstream>
#include <string>
#include <vector>

#include "cmd/inspect/command.h"
#include "tests/unit/storage/machine.h"

namespace vivarium::inspect {

using ::testing::HasSubstr;
using ::testing::Not;
using vivarium::testing::kDirectory;

/// Dates are local; the captured ones are in UTC.
inline void use_utc() {
  setenv("TZ", "UTC", 1);
  tzset();
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline std::string at(const std::string& name) { return join_path(kDirectory, name); }

class Inspected : public ::testing::Test {
 protected:
  void SetUp() override { use_utc(); }

  /// data/version-2 after 20 txns: log.1 (1..10), log.b (11..20), with evidence; snapshots 0, 5, 10 and 15.
  void run_server() {
    vivarium::testing::Machine machine(fs);
    ASSERT_TRUE(machine.boot());
    machine.snapshot();
    for (int i = 1; i <= 20; ++i) {
      machine.append();
      machine.sync();
      if (i % 5 == 0 && i < 20) machine.snapshot();
      if (i == 10) machine.roll();
    }
    machine.store->idle();
    machine.roll();
  }
  void flip(const std::string& name, std::size_t offset) {
    std::string bytes = fs.contents(at(name));
    bytes[offset] = static_cast<char>(bytes[offset] ^ 1);
    fs.put(at(name), bytes);
  }
  void cut(const std::string& name, std::size_t size) { fs.put(at(name), fs.contents(at(name)).substr(0, size)); }

  vivarium::testing::MemoryFileSystem fs;
  std::ostringstream out, err;
  Command command{fs, out, err, vivarium::testing::kMaxTxn};
};

}  // namespace vivarium::inspect
