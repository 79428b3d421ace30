// The bytes captured from Apache ZooKeeper 3.8.0 by capture.py, for tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace vivarium::golden {

inline std::string read_file(const std::string& name) {
  std::ifstream in(std::string(VIVARIUM_SOURCE_DIR) + "/tests/golden/apache_3_8_0/" + name, std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

inline std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

/// One frame without its length. `kind` is connect_request, connect_response, request, event or reply:<op>.
struct Frame {
  std::string label, kind, bytes;
};

inline std::vector<Frame> frames() {
  std::istringstream lines(read_file("frames.txt"));
  std::vector<Frame> frames;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    Frame frame;
    std::string hex;
    words >> frame.label >> frame.kind >> hex;
    frame.bytes = from_hex(hex);
    frames.push_back(frame);
  }
  return frames;
}

/// All frames of one exchange, in order.
inline std::vector<Frame> exchange(const std::string& label) {
  std::vector<Frame> found;
  for (const Frame& frame : frames()) {
    if (frame.label == label) found.push_back(frame);
  }
  EXPECT_FALSE(found.empty()) << label;
  return found;
}

}  // namespace vivarium::golden
