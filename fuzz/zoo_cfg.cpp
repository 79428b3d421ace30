// Any bytes as a zoo.cfg: the parser answers with a configuration or with errors, and never crashes.
#include "adapters/config/zoo_cfg.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // The same bytes serve as the files that zoo.cfg names.
  const auto report = vivarium::parse_zoo_cfg(text, "zoo.cfg", [text](const std::string& path) {
    return path.empty() ? std::nullopt : std::optional<std::string>(text);
  });
  if (report.ok() && report.config.store.data_dir.empty()) __builtin_trap();
  return 0;
}
