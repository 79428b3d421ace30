// Everything that a server is started with, parsed and validated: the kernel's part, the store's part, and the
// adapters'.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/config/server_lines.h"
#include "adapters/storage/store.h"
#include "kernel/config.h"

namespace vivarium {

/// Where others connect.
struct ListenerConfig {
  std::string purpose = "clients";            // for messages
  std::string setting = "clientPortAddress";  // where the address was set, for messages
  std::string address;                        // host name or address; "" is any, IPv6 and IPv4
  std::uint16_t port = 0;
  int backlog = -1;         // clientPortListenBacklog; -1: the default of this system
  bool keep_alive = false;  // clientTcpKeepAlive
};

/// Limits on connections, checked at accept; 0 switches one off.
struct ConnectionLimits {
  int per_address = 60;  // maxClientCnxns
  int total = 0;         // maxCnxns
};

/// The links between the members of an ensemble: what only sockets need to know.
struct PeerOptions {
  struct Member {
    ServerId id;
    std::vector<ServerLine::Address> addresses;  // used in turn
  };
  std::vector<Member> members;                       // in id order, this server among them; empty: standalone
  bool listen_on_all = false;                        // quorumListenOnAllIPs
  std::int32_t bind_retries = 3;                     // electionPortBindRetry; 0: for ever
  Duration election_timeout = Duration::seconds(5);  // cnxTimeout: to connect to an election port
  Duration leader_timeout = Duration::seconds(5);    // to connect to the leader once; the kernel tries again

  const Member* find(ServerId id) const {
    for (const Member& member : members) {
      if (member.id == id) return &member;
    }
    return nullptr;
  }
};

struct AuthOptions {
  bool digest_enabled = true;                           // DigestAuthenticationProvider.enabled
  std::string digest_algorithm = "SHA1";                // DigestAuthenticationProvider.digestAlg
  std::string super_digest;                             // DigestAuthenticationProvider.superDigest
  bool ensemble_provider = false;                       // an authProvider.* names EnsembleAuthenticationProvider
  std::optional<std::set<std::string>> ensemble_names;  // ensembleAuthName
};

/// Which four-letter words are answered.
struct WhitelistConfig {
  bool all = false;
  std::set<std::string> words;
  bool allows(const std::string& word) const { return all || word == "srvr" || words.count(word) != 0; }
};

struct ServerConfig {
  std::string source;  // the file it came from, for the log
  Config kernel;
  StoreOptions store;
  ListenerConfig listener;
  PeerOptions peers;
  ConnectionLimits limits;
  AuthOptions auth;
  WhitelistConfig four_letter_words;
  std::int64_t fsync_warning_ms = 1000;  // fsync.warningthresholdms
  std::optional<std::int64_t> myid;      // the myid file, when there is one
};

}  // namespace vivarium
