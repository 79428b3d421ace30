// Results in JUnit's XML, as continuous integration reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vivarium::sim {

struct JunitCase {
  std::string name;
  std::string law;  // empty: it passed
  std::string detail;
};
/// `tests` includes those that are not listed because they passed. False: the file cannot be written.
bool write_junit(const std::string& path, const std::string& suite, std::uint64_t tests,
                 const std::vector<JunitCase>& cases);
/// With everything that XML forbids replaced.
std::string xml_text(const std::string& plain);

}  // namespace vivarium::sim
