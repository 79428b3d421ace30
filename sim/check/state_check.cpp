// Whole-state comparisons; see state_check.h.
#include "sim/check/state_check.h"

#include "kernel/wire/log_record.h"
#include "kernel/wire/txn.h"
#include "sim/check/laws.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

std::string stat_text(const Stat& s) {
  return text("czxid ", s.czxid.value, " mzxid ", s.mzxid.value, " pzxid ", s.pzxid.value, " ctime ", s.ctime.millis,
              " mtime ", s.mtime.millis, " version ", s.version, " cversion ", s.cversion, " aversion ", s.aversion,
              " owner ", hex(s.ephemeral_owner), " length ", s.data_length, " children ", s.num_children);
}

void compare_node(const DataTree& tree, const ModelTree& model, const std::string& path, std::string_view when) {
  const Znode* node = tree.find(path);
  if (node == nullptr) fail(laws::kStateEqual, text(when, ": ", quoted(path), " is missing"));
  const ModelNode& expected = *model.find(path);
  const Stat stat = tree.stat(*node), expected_stat = model.stat(path);
  if (!(stat == expected_stat)) {
    fail(laws::kStateEqual,
         text(when, ": ", quoted(path), " has ", stat_text(stat), ", the model's ", stat_text(expected_stat)));
  }
  const MaybeBytes data = tree.data(*node);
  const bool same_data = data.has_value() == expected.data.has_value() && (!data || *data == *expected.data);
  if (!same_data) {
    fail(laws::kStateEqual, text(when, ": ", quoted(path), " holds ", quoted(data.value_or("null")), ", the model's ",
                                 quoted(expected.data.value_or("null"))));
  }
  if (tree.acl(*node) != expected.acl)
    fail(laws::kStateEqual, text(when, ": ", quoted(path), " has another ACL than the model's"));
}

}  // namespace

void compare_state(const DataTree& tree, const SessionTable& sessions, const ModelServer& model,
                   std::string_view when) {
  for (const auto& [path, node] : model.tree().nodes()) compare_node(tree, model.tree(), path, when);
  if (tree.node_count() != model.tree().nodes().size()) {
    fail(laws::kStateEqual, text(when, ": ", tree.node_count(), " nodes, the model has ", model.tree().nodes().size()));
  }
  std::size_t ephemerals = 0;
  for (const auto& [id, session] : model.sessions()) {
    ephemerals += session.ephemerals.size();
    if (!sessions.contains(SessionId{id})) fail(laws::kStateEqual, text(when, ": session ", hex(id), " is missing"));
    if (sessions.timeout_ms(SessionId{id}) != session.timeout_ms) {
      fail(laws::kStateEqual, text(when, ": session ", hex(id), " has timeout ", sessions.timeout_ms(SessionId{id}),
                                   ", the model's ", session.timeout_ms));
    }
  }
  if (sessions.size() != model.sessions().size()) {
    fail(laws::kStateEqual, text(when, ": ", sessions.size(), " sessions, the model has ", model.sessions().size()));
  }
  if (tree.ephemerals().size() != ephemerals) {
    fail(laws::kStateEqual, text(when, ": ", tree.ephemerals().size(), " ephemerals, the model has ", ephemerals));
  }
  if (tree.options().digest && model.tree().keeps_digests() && tree.digest() != model.tree().digest()) {
    fail(laws::kDigest, text(when, ": digest ", hex(tree.digest()), ", the model's ", hex(model.tree().digest())));
  }
}

void compare_log_files(const SimDisk& disk, const std::string& directory, const TxnBook& book, Zxid last) {
  std::string bytes;
  for (const std::string& name : disk.names(directory)) {
    const bool is_log = name.starts_with("log.") && name.find_first_not_of("0123456789abcdef", 4) == std::string::npos;
    const SparseBytes* file = is_log ? disk.contents(directory + "/" + name) : nullptr;
    if (file == nullptr || file->stored.size() < kLogHeaderSize) continue;
    std::string_view rest = std::string_view(file->stored).substr(kLogHeaderSize);
    for (;;) {
      const LogRecord record = read_log_record(rest, 64u << 20);
      if (record.status != LogRecordStatus::kRecord) break;
      rest.remove_prefix(record.size);
      const auto txn = decode_txn(record.entry);
      if (!txn.ok()) fail(laws::kLogIdentity, text(name, " holds a record that is no txn"));
      const Zxid zxid = txn->header.zxid;
      const TxnIndex proposed = book.find(zxid);
      if (zxid > last || proposed == kNoTxn) {
        fail(laws::kLogIdentity,
             text(name, " still holds ", hex(zxid.value), " after recovery ended at ", hex(last.value)));
      }
      if (book.bytes(proposed) != record.entry)
        fail(laws::kLogIdentity, text(name, " holds another txn under ", hex(zxid.value)));
    }
  }
}

}  // namespace vivarium::sim
