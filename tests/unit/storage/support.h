// What the storage tests share: small txn entries and log files.
#pragma once

#include <string>
#include <vector>

#include "adapters/storage/file_names.h"
#include "adapters/storage/log_check.h"
#include "adapters/storage/log_file.h"
#include "adapters/storage/whole_file.h"
#include "kernel/base/hash.h"
#include "kernel/wire/txn.h"
#include "tests/support/memory_file_system.h"

namespace vivarium::testing {

/// A createSession txn: the smallest real entry (36 bytes).
inline std::string session_entry(Zxid zxid, std::int32_t timeout_ms = 30000) {
  Txn txn;
  txn.header.client_id = SessionId{0x100000000000000 + zxid.value};
  txn.header.zxid = zxid;
  txn.header.time = WallTime{1000 + zxid.value};
  txn.header.type = OpCode::kCreateSession;
  txn.body = CreateSessionTxn{timeout_ms};
  Vector<char> bytes;
  ByteWriter writer(bytes);
  encode_txn(writer, txn);
  return std::string(bytes.data(), bytes.size());
}

/// A create of "/n<zxid>" with `size` bytes of data.
inline std::string create_entry(Zxid zxid, std::size_t size) {
  const std::string path = "/n" + std::to_string(zxid.value);
  const std::string data(size, static_cast<char>('a' + zxid.value % 26));
  const char open_acl[] = {0,   0,   0,   1, 0, 0, 0, 31,  0,   0,   0,   5,   'w', 'o',
                           'r', 'l', 'd', 0, 0, 0, 6, 'a', 'n', 'y', 'o', 'n', 'e'};
  Txn txn;
  txn.header.client_id = SessionId{0x100000000000001};
  txn.header.zxid = zxid;
  txn.header.time = WallTime{1000 + zxid.value};
  txn.header.type = OpCode::kCreate;
  CreateTxn create;
  create.path = path;
  create.data = data;
  create.acl = AclBytes(open_acl, sizeof open_acl);
  create.parent_cversion = static_cast<std::int32_t>(zxid.counter());
  txn.body = create;
  Vector<char> bytes;
  ByteWriter writer(bytes);
  encode_txn(writer, txn);
  return std::string(bytes.data(), bytes.size());
}

inline const char* const kDirectory = "data/version-2";
inline constexpr std::size_t kMaxTxn = 1u << 20;

inline LogFileOptions small_logs() {
  LogFileOptions options;
  options.directory = kDirectory;
  options.preallocate_bytes = 8192;
  return options;
}

/// Bytes of a log file with one session record per zxid, without padding.
inline std::string log_bytes(std::int64_t first, std::int64_t last) {
  Vector<char> bytes;
  ByteWriter writer(bytes);
  encode_log_header(writer);
  for (std::int64_t zxid = first; zxid <= last; ++zxid) encode_log_record(writer, session_entry(Zxid{zxid}));
  return std::string(bytes.data(), bytes.size());
}
inline constexpr std::size_t kSessionRecord = 36 + kLogRecordOverhead;

/// Checks `log.<first>` with the evidence beside it, when there is any.
inline LogCheck check(FileSystem& fs, Zxid first, bool newest = true, std::optional<Zxid> base = Zxid{0}) {
  const auto evidence = read_evidence(fs, join_path(kDirectory, evidence_name(first)), first);
  LogCheckRequest request;
  request.path = join_path(kDirectory, log_name(first));
  request.first = first;
  if (evidence && *evidence) request.evidence = &**evidence;
  request.newest = newest;
  request.max_txn = kMaxTxn;
  ZxidChain chain(base);
  return check_log(fs, request, chain, [](const LogPlace&) {});
}

}  // namespace vivarium::testing
