#include "adapters/config/zoo_cfg.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "adapters/config/properties.h"
#include "adapters/config/setting_table.h"
#include "adapters/config/setting_values.h"
#include "adapters/config/suggest.h"

namespace vivarium {
namespace {

/// Apache numbers the sessions of a lone server as server 1, whatever myid says.
constexpr ServerId kStandaloneServerId{1};
constexpr std::int64_t kMaxServerIdWithTtl = 254, kMaxServerIdWith353 = 127;
constexpr int kMinSnapRetainCount = 3;
/// Apache finds this out after it has read the configuration.
constexpr int kExitNotInServerList = 1;

class Reader {
 public:
  Reader(const std::string& file_name, const ReadFile& read_file) : file_(file_name), read_file_(read_file) {}

  ConfigReport read(std::string_view text) {
    draft_.config.source = file_;
    const auto parsed = parse_properties(text);
    if (!parsed.ok()) {
      error(parsed.error().line, parsed.error().text);
      return std::move(report_);
    }
    for (const Property& property : parsed.value()) take(property);
    if (report_.ok()) read_dynamic_file();
    if (report_.ok()) check_participants();
    if (report_.ok()) check_directories();
    if (report_.ok()) check_membership();
    if (report_.ok()) check_listener();
    if (report_.ok()) check_limits();
    report_.config = std::move(draft_.config);
    return std::move(report_);
  }

 private:
  std::string at(int line) const { return line == 0 ? file_ : file_ + ":" + std::to_string(line); }
  void error(int line, const std::string& text) { report_.errors.push_back(at(line) + ": " + text); }
  void warn(int line, const std::string& text) { report_.warnings.push_back(at(line) + ": " + text); }
  void expected(const Property& p, const std::string& what) {
    error(p.line, std::string(trimmed(p.key)) + ": expected " + what + ", got '" + std::string(trimmed(p.value)) + "'");
  }
  int line_of(std::string_view key) const {
    const auto found = lines_.find(key);
    return found == lines_.end() ? 0 : found->second;
  }

  void take(const Property& property) {
    const std::string key(trimmed(property.key));
    const std::string_view value = trimmed(property.value);
    const auto [seen, first] = lines_.emplace(key, property.line);
    if (!first) {
      warn(property.line, key + ": set before on line " + std::to_string(seen->second) + "; this one counts");
      seen->second = property.line;
    }
    if (is_membership_key(key)) return take_membership(property, key, value);
    if (key.starts_with("authProvider.")) return take_provider(property, key, value);
    if (const Setting* setting = find_setting(key)) return take_known(property, *setting, value);
    if (const auto remark = known_prefix(key)) {
      if (!remark->empty()) warn(property.line, key + ": " + std::string(*remark));
      return;
    }
    const std::string near = suggest(key, setting_names());
    warn(property.line,
         "unknown key '" + key + "'" + (near.empty() ? "" : " (did you mean '" + near + "'?)") + "; ignored");
  }

  void take_known(const Property& property, const Setting& setting, std::string_view value) {
    const std::string answer = setting.apply(value, draft_);
    if (answer.empty()) return;
    if (setting.kind == SettingKind::kUnsupported) {
      warn(property.line, std::string(setting.key) + ": " + answer);
    } else {
      expected(property, answer);
    }
  }

  /// A class name of Java: the built-in ones are known, others cannot be loaded here.
  void take_provider(const Property& property, const std::string& key, std::string_view value) {
    if (value.ends_with(".EnsembleAuthenticationProvider")) {
      draft_.config.auth.ensemble_provider = true;
    } else if (!value.ends_with(".DigestAuthenticationProvider") && !value.ends_with(".IPAuthenticationProvider")) {
      warn(property.line, key + ": '" + std::string(value) + "' is not available in this build; ignored");
    }
  }

  void take_membership(const Property& property, const std::string& key, std::string_view value) {
    const std::string wanted = take_membership_line(key, value, at(property.line), draft_.membership);
    if (!wanted.empty()) return expected(property, wanted);
    if (membership_line_ == 0) membership_line_ = property.line;
  }

  void read_dynamic_file() {
    if (draft_.dynamic_file.empty()) return;
    const int line = line_of("dynamicConfigFile");
    if (membership_line_ != 0) {
      return error(membership_line_, "server lines must be in the file that dynamicConfigFile names, not here");
    }
    const auto text = read_file_(draft_.dynamic_file);
    if (!text) return error(line, "dynamicConfigFile: cannot read '" + draft_.dynamic_file + "'");
    const auto parsed = parse_properties(*text);
    if (!parsed.ok()) return error(line, draft_.dynamic_file + ": " + parsed.error().text);
    for (const Property& property : parsed.value()) {
      const std::string key(trimmed(property.key));
      const std::string where = draft_.dynamic_file + ":" + std::to_string(property.line);
      if (!is_membership_key(key)) {
        report_.errors.push_back(where + ": only server, group and weight lines belong here, got '" + key + "'");
        return;
      }
      const std::string wanted = take_membership_line(key, trimmed(property.value), where, draft_.membership);
      if (!wanted.empty()) {
        report_.errors.push_back(where + ": " + key + ": expected " + wanted + ", got '" + property.value + "'");
        return;
      }
    }
    membership_line_ = line;
  }

  void check_participants() {
    const std::size_t participants = draft_.membership.participants();
    const std::size_t observers = draft_.membership.servers.size() - participants;
    if (participants == 0 && observers > 0) return error(membership_line_, "observers without participants");
    if (participants == 0 && !draft_.standalone_enabled) {
      return error(line_of("standaloneEnabled"), "standaloneEnabled=false needs at least one participant");
    }
    if (participants == 1 && observers > 0 && draft_.standalone_enabled) {
      return error(membership_line_, "observers need a quorum of more than one participant");
    }
    if (participants == 1 && draft_.standalone_enabled) {
      warn(membership_line_, "only one server: running standalone");
    }
  }

  void check_membership() {
    ServerConfig& config = draft_.config;
    config.kernel.my_id = config.store.my_id = kStandaloneServerId;
    if (!is_ensemble(draft_.membership, draft_.standalone_enabled)) return;
    const std::string id_file = config.store.data_dir + "/myid";
    if (!config.myid) {
      report_.errors.push_back(id_file + ": missing; expected a file with the id of this server, " + known_ids());
      return;
    }
    const ServerLine* me = draft_.membership.find(*config.myid);
    if (me == nullptr) {
      report_.errors.push_back(id_file + ":1: " + std::to_string(*config.myid) +
                               " is not in the server list; expected " + known_ids());
      report_.exit_code = kExitNotInServerList;
      return;
    }
    check_peer_type(*me);
    MembershipProblems problems;
    build_ensemble(draft_.membership, *config.myid, config, problems);
    for (std::string& warning : problems.warnings) report_.warnings.push_back(std::move(warning));
    for (std::string& text : problems.errors) report_.errors.push_back(std::move(text));
    config.kernel.my_id = config.store.my_id = ServerId{*config.myid};
    config.store.member = true;
    check_limits_of_ensemble();
  }

  std::string known_ids() const {
    std::string ids;
    for (const auto& server : draft_.membership.servers) {
      ids += (ids.empty() ? "one of " : ", ") + std::to_string(server.line.id);
    }
    return ids;
  }

  void check_peer_type(const ServerLine& me) {
    if (me.observer == draft_.observer) return;
    const char* role = me.observer ? "observer" : "participant";
    // An observer is often marked in its server line alone; the other way round somebody is mistaken.
    const int line = line_of("peerType");
    if (line != 0) warn(line, std::string("peerType contradicts the server list; running as ") + role);
  }

  void check_limits_of_ensemble() {
    ServerConfig& config = draft_.config;
    if (!draft_.init_limit) return error(0, "initLimit is not set; an ensemble needs it");
    if (!draft_.sync_limit) return error(0, "syncLimit is not set; an ensemble needs it");
    config.kernel.ensemble.init_limit = *draft_.init_limit;
    config.kernel.ensemble.sync_limit = *draft_.sync_limit;
    config.store.recent_txns = static_cast<std::size_t>(std::max(config.kernel.commit_log_count, 1));
    // One attempt; the kernel tries again until initLimit has passed.
    const Duration limit = config.kernel.tick * draft_.learner_connect_limit.value_or(*draft_.init_limit);
    config.peers.leader_timeout = std::min(config.peers.election_timeout, limit);
  }

  void check_directories() {
    StoreOptions& store = draft_.config.store;
    if (store.data_dir.empty()) return error(0, "dataDir is not set");
    if (store.log_dir.empty()) store.log_dir = store.data_dir;
    if (const auto text = read_file_(store.data_dir + "/myid")) {
      const std::string first_line(trimmed(std::string_view(*text).substr(0, text->find('\n'))));
      std::int64_t id = 0;
      if (!read_integer(first_line, 0, INT64_MAX, id).empty()) {
        report_.errors.push_back(store.data_dir + "/myid:1: expected a server id, got '" + first_line + "'");
        return;
      }
      draft_.config.myid = id;
    }
  }

  /// The client part of this server's own line counts, and must agree with clientPort.
  void adopt_server_line() {
    if (!draft_.config.myid) return;
    const ServerLine* me = draft_.membership.find(*draft_.config.myid);
    if (me == nullptr || !me->client) return;
    if (draft_.client_port && *draft_.client_port != me->client->port) {
      return error(line_of("clientPort"), "clientPort: " + std::to_string(*draft_.client_port) + " contradicts port " +
                                              std::to_string(me->client->port) + " of server." +
                                              std::to_string(me->id));
    }
    draft_.client_port = me->client->port;
    if (!me->client->host.empty()) draft_.client_address = me->client->host;
  }

  void check_listener() {
    adopt_server_line();
    if (draft_.client_address && !draft_.client_port) {
      return error(line_of("clientPortAddress"), "clientPortAddress is set but clientPort is not set");
    }
    if (draft_.secure_client_address && !draft_.secure_client_port) {
      return error(line_of("secureClientPortAddress"),
                   "secureClientPortAddress is set but secureClientPort is not set");
    }
    if (draft_.secure_client_port && draft_.client_port) {
      warn(line_of("secureClientPort"),
           "secureClientPort: TLS is not supported by this build yet; the port stays closed");
    }
    if (!draft_.client_port) {
      return error(line_of("secureClientPort"),
                   draft_.secure_client_port
                       ? "secureClientPort: TLS is not supported by this build yet, and clientPort is not set"
                       : "clientPort is not set, so no client could connect");
    }
    draft_.config.listener.port = static_cast<std::uint16_t>(*draft_.client_port);
    draft_.config.listener.address = draft_.client_address.value_or("");
  }

  void check_limits() {
    Config& kernel = draft_.config.kernel;
    if (kernel.snap_retain_count < kMinSnapRetainCount) {
      warn(line_of("autopurge.snapRetainCount"),
           "autopurge.snapRetainCount: " + std::to_string(kernel.snap_retain_count) + " is too few; using " +
               std::to_string(kMinSnapRetainCount));
      kernel.snap_retain_count = kMinSnapRetainCount;
    }
    const std::int32_t low = effective_min_session_timeout(kernel), high = effective_max_session_timeout(kernel);
    if (low > high) {
      const int line = std::max(line_of("minSessionTimeout"), line_of("maxSessionTimeout"));
      return error(line, "minSessionTimeout (" + std::to_string(low) +
                             " ms) must not be larger than maxSessionTimeout (" + std::to_string(high) + " ms)");
    }
    if (kernel.enforce_auth_enabled && kernel.enforce_auth_schemes.empty()) {
      return error(line_of("enforce.auth.enabled"),
                   "enforce.auth.enabled is true, so enforce.auth.schemes must be set");
    }
    if (draft_.require_sasl) {
      return error(
          line_of("sessionRequireClientSASLAuth"),
          "sessionRequireClientSASLAuth: SASL is not supported by this build yet, so no client could be served");
    }
    for (const String& scheme : kernel.enforce_auth_schemes) {
      if (kernel.enforce_auth_enabled && !has_scheme(view(scheme))) {
        error(line_of("enforce.auth.schemes"),
              "enforce.auth.schemes: scheme '" + std::string(view(scheme)) + "' is not available in this build");
      }
    }
    kernel.max_txn = std::int64_t{kernel.max_frame} + draft_.max_frame_extra.value_or(kernel.max_frame);
    StoreOptions& store = draft_.config.store;
    store.max_txn = static_cast<std::size_t>(kernel.max_txn);
    store.tree = {kernel.extended_types_enabled, kernel.digest_enabled, kernel.emulate_353_ttl_nodes};
    kernel.ensemble.auto_create_db = store.auto_create_db;
    check_ids_of_owners(kernel);
  }

  /// A session's id begins with its server's, and is the owner of its ephemerals: it must not look like a TTL.
  void check_ids_of_owners(const Config& kernel) {
    if (!kernel.extended_types_enabled) return;
    const char* key = kernel.emulate_353_ttl_nodes ? "emulate353TTLNodes" : "extendedTypesEnabled";
    const std::int64_t most = kernel.emulate_353_ttl_nodes ? kMaxServerIdWith353 : kMaxServerIdWithTtl;
    for (const MemberConfig& member : kernel.ensemble.members) {
      if (member.id.value <= most) continue;
      error(line_of(key), std::string(key) + ": server ids must not be above " + std::to_string(most) +
                              ", and there is " + std::to_string(member.id.value));
    }
  }

  bool has_scheme(std::string_view scheme) const {
    return scheme == "ip" || (scheme == "digest" && draft_.config.auth.digest_enabled) ||
           (scheme == "ensemble" && draft_.config.auth.ensemble_provider);
  }

  const std::string& file_;
  const ReadFile& read_file_;
  SettingDraft draft_;
  ConfigReport report_;
  std::map<std::string, int, std::less<>> lines_;
  int membership_line_ = 0;
};

std::optional<std::string> read_whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return std::nullopt;
  return std::move(text).str();
}

constexpr std::string_view kEmbedded =
    "tickTime=2000\n"
    "dataDir=./data\n"
    "clientPort=2181\n"
    "clientPortAddress=127.0.0.1\n"
    "4lw.commands.whitelist=*\n";

}  // namespace

ConfigReport parse_zoo_cfg(std::string_view text, const std::string& file_name, const ReadFile& read_file) {
  return Reader(file_name, read_file).read(text);
}

ConfigReport load_zoo_cfg(const std::string& path) {
  const auto text = read_whole_file(path);
  if (!text) {
    ConfigReport report;
    report.errors.push_back(path + ": cannot read the configuration file");
    return report;
  }
  return parse_zoo_cfg(*text, path, read_whole_file);
}

ConfigReport embedded_config() { return parse_zoo_cfg(kEmbedded, "(embedded defaults)", read_whole_file); }

ConfigReport config_from_arguments(const std::vector<std::string>& arguments) {
  // Apache does not limit connections per address in this form unless told to.
  std::string text = "maxClientCnxns=" + (arguments.size() > 3 ? arguments[3] : "0") + "\n";
  text += "clientPort=" + arguments.at(0) + "\n";
  std::string directory;
  for (char c : arguments.at(1)) directory += c == '\\' ? std::string("\\\\") : std::string(1, c);
  text += "dataDir=" + directory + "\n";
  if (arguments.size() > 2) text += "tickTime=" + arguments[2] + "\n";
  return parse_zoo_cfg(text, "(command line)", read_whole_file);
}

}  // namespace vivarium
