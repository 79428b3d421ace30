// vivarium-server [zoo.cfg] | port dataDir [tickTime [maxClientCnxns]]
#include <CLI/CLI.hpp>

#include "adapters/admin/version.h"
#include "adapters/config/zoo_cfg.h"
#include "adapters/driver/exit_code.h"
#include "adapters/driver/server.h"
#include "adapters/logging/log.h"

namespace {

constexpr const char* kUsage =
    "A ZooKeeper-compatible server: standalone, or a member of an ensemble.\n"
    "  vivarium-server                                          embedded defaults: 127.0.0.1:2181, data in ./data\n"
    "  vivarium-server zoo.cfg                                  Apache's configuration file\n"
    "  vivarium-server port dataDir [tickTime [maxClientCnxns]] Apache's other form";

vivarium::ConfigReport configure(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return vivarium::embedded_config();
  if (arguments.size() == 1) return vivarium::load_zoo_cfg(arguments[0]);
  return vivarium::config_from_arguments(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  const int invalid = static_cast<int>(vivarium::ExitCode::kInvalidInvocation);
  CLI::App app{kUsage};
  app.set_version_flag("--version", std::string("vivarium-server ") + vivarium::kVivariumVersion + " (ZooKeeper " +
                                        vivarium::kServerVersion + ")");
  std::vector<std::string> arguments;
  app.add_option("arguments", arguments, "zoo.cfg, or port dataDir [tickTime [maxClientCnxns]]")->expected(0, 4);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : invalid;
  }
  vivarium::start_log(vivarium::log_target_from_environment());
  const vivarium::ConfigReport report = configure(arguments);
  for (const std::string& warning : report.warnings) vivarium::log_warning(warning);
  for (const std::string& error : report.errors) vivarium::log_error(error);
  if (!report.ok()) {
    vivarium::log_error("invalid configuration, exiting");
    return report.exit_code;
  }
  return vivarium::run_server(report.config);
}
