// JUnit's XML; see junit.h.
#include "sim/report/junit.h"

#include <algorithm>
#include <fstream>

namespace vivarium::sim {

std::string xml_text(const std::string& plain) {
  std::string out;
  for (const char c : plain) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' ? c : '?';
    }
  }
  return out;
}

bool write_junit(const std::string& path, const std::string& suite, std::uint64_t tests,
                 const std::vector<JunitCase>& cases) {
  std::ofstream file(path);
  const auto failures =
      std::count_if(cases.begin(), cases.end(), [](const JunitCase& one) { return !one.law.empty(); });
  file << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" << xml_text(suite) << "\" tests=\"" << tests
       << "\" failures=\"" << failures << "\">\n";
  for (const JunitCase& one : cases) {
    file << "  <testcase classname=\"" << xml_text(suite) << "\" name=\"" << xml_text(one.name) << "\"";
    if (one.law.empty()) {
      file << "/>\n";
    } else {
      file << "><failure message=\"" << xml_text(one.law) << "\">" << xml_text(one.detail) << "</failure></testcase>\n";
    }
  }
  file << "</testsuite>\n";
  file.close();
  return !file.fail();
}

}  // namespace vivarium::sim
