// What recipes promise; see recipe_laws.h.
#include "sim/check/recipe_laws.h"

#include <algorithm>
#include <map>
#include <set>

#include "kernel/wire/txn.h"
#include "sim/check/laws.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

constexpr Zxid kNever{INT64_MAX};

std::string describe(const LockGrant& grant) {
  return text("c", grant.client + 1, " (session ", hex(grant.session.value), ", ", quoted(grant.path),
              ", first in line at zxid ", hex(grant.zxid.value), ", ", time_text(grant.at), ")");
}

/// A client's deletion of its own node, or the end of a session.
struct Ending {
  SessionId session;
  std::string path;  // empty: the session's end
};

std::optional<Ending> ending(std::string_view bytes) {
  constexpr std::size_t kTypeAt = 28;
  const auto type = static_cast<OpCode>(load_big_endian<std::uint32_t>(bytes.data() + kTypeAt));
  if (type != OpCode::kDelete && type != OpCode::kCloseSession) return std::nullopt;
  const auto txn = decode_txn(bytes);
  if (!txn.ok()) return std::nullopt;  // the oracle will say so
  const auto* removal = std::get_if<DeleteTxn>(&txn->body);
  return Ending{txn->header.client_id, removal == nullptr ? std::string() : std::string(removal->path)};
}

/// For each grant, the zxid from which on its client does not hold the lock any more.
std::vector<Zxid> ends_of(const std::vector<LockGrant>& grants, const TxnBook& book) {
  std::map<std::int64_t, std::vector<std::size_t>> of_session;
  for (std::size_t i = 0; i < grants.size(); ++i) of_session[grants[i].session.value].push_back(i);
  std::vector<Zxid> ends(grants.size(), kNever);
  for (std::uint32_t place = 1; place <= book.committed_count(); ++place) {
    const TxnIndex txn = book.committed(place);
    const auto end = ending(book.bytes(txn));
    const auto found = end ? of_session.find(end->session.value) : of_session.end();
    if (found == of_session.end()) continue;
    for (const std::size_t i : found->second) {
      const bool over = end->path.empty() || (grants[i].given_back && end->path == grants[i].path);
      if (over && ends[i] == kNever) ends[i] = book[txn].zxid;
    }
  }
  return ends;
}

}  // namespace

void judge_locks(const RecipeLedger& ledger, const TxnBook& book) {
  const std::vector<LockGrant>& grants = ledger.grants;
  const std::vector<Zxid> ends = ends_of(grants, book);
  std::vector<std::size_t> order(grants.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return grants[a].zxid < grants[b].zxid; });
  std::optional<std::size_t> holder;  // of those so far, the one that holds it longest
  for (const std::size_t i : order) {
    if (holder && ends[*holder] > grants[i].zxid && ends[i] > grants[i].zxid) {
      fail(laws::kLock, text("two hold the lock: ", describe(grants[*holder]), " and ", describe(grants[i])));
    }
    if (!holder || ends[i] > ends[*holder]) holder = i;
  }
}

void judge_queue(const RecipeLedger& ledger, const std::vector<std::string>& items) {
  struct Fate {
    const QueuePut* put = nullptr;
    std::uint32_t taken = 0, perhaps = 0;
    bool there = false;
  };
  std::map<std::string, Fate> fates;
  for (const QueuePut& put : ledger.puts) {
    Fate& fate = fates[put.path];
    if (fate.put != nullptr) fail(laws::kQueue, text(quoted(put.path), " was given to two producers"));
    fate.put = &put;
  }
  for (const QueueTake& take : ledger.takes) ++(take.certain ? fates[take.path].taken : fates[take.path].perhaps);
  for (const std::string& path : items) fates[path].there = true;
  std::uint64_t unasked = 0;
  for (const auto& [path, fate] : fates) {
    if (fate.taken > 1) fail(laws::kQueue, text(quoted(path), " was taken ", fate.taken, " times"));
    if (fate.taken == 1 && fate.there) fail(laws::kQueue, text(quoted(path), " was taken, and is still there"));
    const bool gone = fate.taken == 0 && fate.perhaps == 0 && !fate.there;
    if (fate.put != nullptr && gone) {
      fail(laws::kQueue, text(quoted(path), " of c", fate.put->client + 1, " is gone, and nobody took it"));
    }
    if (fate.put == nullptr && (fate.there || fate.taken > 0)) ++unasked;
  }
  if (unasked > ledger.doubtful_puts) {
    fail(laws::kQueue,
         text(unasked, " items are there or were taken, though at most ", ledger.doubtful_puts, " of them were put"));
  }
}

void judge_counter(const RecipeLedger& ledger, std::optional<std::int64_t> value) {
  std::set<std::int64_t> written;
  for (const Increment& increment : ledger.increments) {
    if (written.insert(increment.value).second) continue;
    fail(laws::kCounter, text("two clients were told that they had made it ", increment.value));
  }
  const auto certain = static_cast<std::int64_t>(ledger.increments.size());
  const auto doubtful = static_cast<std::int64_t>(ledger.doubtful_increments);
  const std::int64_t shown = value.value_or(0);
  if (shown >= certain && shown <= certain + doubtful) return;
  fail(laws::kCounter,
       text("it shows ", shown, " after ", certain, " acknowledged increments and ", doubtful, " doubtful ones"));
}

void judge_recipes(const RecipeLedger& ledger, const TxnBook& book, const DataTree& tree) {
  judge_locks(ledger, book);
  std::vector<std::string> items;
  if (const Znode* queue = tree.find("/queue")) {
    tree.for_each_child(*queue, [&items](std::string_view name) { items.push_back(text("/queue/", name)); });
  }
  judge_queue(ledger, items);
  const Znode* counter = tree.find("/counter");
  const MaybeBytes data = counter == nullptr ? std::nullopt : tree.data(*counter);
  judge_counter(ledger, data ? counter_value(*data) : std::nullopt);
}

}  // namespace vivarium::sim
