// The store of a member against a naive model, over the simulator's disk: random work, cuts, resets, epochs, snapshots
// and reloads, with power lost inside any of them. What is found afterwards is what the model allows, and nothing else.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "sim/disk/sim_disk.h"
#include "tests/unit/storage/machine.h"

namespace vivarium::testing {
namespace {

using sim::SimDisk;

StoreOptions disk_options() {
  StoreOptions options = test_options();
  options.data_dir = "/data";
  options.log_dir = "/log";
  options.member = true;
  options.recent_txns = 7;
  return options;
}

/// Every record that there ever was, by zxid; a zxid is never given to two.
using History = std::map<Zxid, std::string>;

StateHash hash_at(const History& history, Zxid zxid) {
  DataTree tree;
  SessionTable sessions;
  for (const auto& [at, entry] : history) {
    if (at <= zxid) apply_entry(tree, sessions, entry);
  }
  StateHash hash;
  tree.hash_into(hash);
  sessions.hash_into(hash);
  return hash;
}

/// What may be on disk. A cut or a reset that was not answered leaves two possible pasts.
struct Past {
  History history;
  Zxid least;  // acknowledged, or all that a cut may leave
  Zxid most;
};

struct Word {
  std::uint32_t bits;
  std::uint32_t take(std::uint32_t n) {
    const std::uint32_t value = bits % n;
    bits /= n;
    return value;
  }
};

class Member {
 public:
  explicit Member(std::uint64_t seed) : disk_(Seed{seed}), machine_(disk_, disk_options()) {
    RC_ASSERT(disk_.create_directories("/data").ok());
    RC_ASSERT(disk_.create_directories("/log").ok());
    boot();
    machine_.snapshot();
    write_epochs(1, 1);
  }

  void step(Word word) {
    const std::uint32_t action = word.take(16);
    if (word.take(4) == 0) disk_.arm_power_loss(1 + word.take(40));
    if (action < 7) {
      append(1 + word.take(4), action < 5);
    } else if (action == 7) {
      machine_.roll();
    } else if (action == 8) {
      append(1, true);
      if (alive()) machine_.snapshot();
      if (alive() && word.take(2) == 0) machine_.purge();
    } else if (action == 9) {
      machine_.store->idle();
    } else if (action == 10) {
      new_epoch();
    } else if (action == 11) {
      truncate(word);
    } else if (action == 12) {
      reset(word);
    } else if (action == 13) {
      read_back(word);
    } else if (action == 14) {
      reload();
    }
    if (action == 15 && alive()) disk_.lose_power();  // at rest
    if (!alive()) crash();
  }

 private:
  bool alive() const { return !disk_.power_lost(); }
  Zxid appended() const { return history_.empty() ? Zxid{0} : history_.rbegin()->first; }

  void boot() {
    RC_ASSERT(machine_.boot());
    expect_state(machine_.state);
  }

  /// After a power loss, or a kill when the machine is merely started again.
  void crash() {
    disk_.disarm();
    if (!alive()) disk_.lose_power();
    machine_.store.reset();
    disk_.power_on();
    machine_.durable = Zxid{0};
    RC_ASSERT(machine_.boot());
    const RecoveredState& found = machine_.state;
    if (found.verdict == RecoveryVerdict::kFresh) {
      RC_ASSERT(found.last_zxid == Zxid{0});
    }
    RC_ASSERT(found.accepted_epoch.value_or(Epoch{0}).value >= accepted_);
    RC_ASSERT(found.current_epoch.value_or(Epoch{0}).value >= current_);
    accepted_ = std::max(accepted_, found.accepted_epoch.value_or(Epoch{0}).value);
    current_ = std::max(current_, found.current_epoch.value_or(Epoch{0}).value);
    RC_ASSERT(current_ <= accepted_);
    const bool ahead = found.last_zxid.epoch().value > accepted_;
    const bool amnesia = found.verdict == RecoveryVerdict::kAmnesia;
    RC_ASSERT(amnesia || !ahead);
    if (amnesia && !ahead && !repairing_) RC_FAIL("amnesia without a cause: " + machine_.notes.back());
    if (found.verdict == RecoveryVerdict::kFaulty || (amnesia && other_)) return repair();
    settle(found);
    if (found.verdict == RecoveryVerdict::kFresh) {
      machine_.snapshot();
      write_epochs(std::max<std::int64_t>(1, accepted_), 1);
    }
    if (amnesia) write_epochs(accepted_, accepted_);  // a leader has synced it
    repairing_ = false;
    expect_state(found);
  }

  /// The power failed inside a cut that loses its base, or inside a reset to an older snapshot: neither what was nor
  /// what was to be can be told from what is left, the member knows it, and a leader sends everything.
  void repair() {
    if (!other_) RC_FAIL("damage without a cause: " + machine_.notes.front());
    History leaders = other_->history;
    const Zxid target = other_->least;
    leaders.erase(leaders.upper_bound(target), leaders.end());
    receive(leaders, target);
    write_epochs(accepted_, accepted_);
    repairing_ = false;
  }

  /// Which of the possible pasts came true.
  void settle(const RecoveredState& found) {
    std::vector<Past> pasts;
    pasts.push_back({history_, least_, appended()});
    if (other_) pasts.push_back(*other_);
    other_.reset();
    for (const Past& past : pasts) {
      if (found.last_zxid < past.least || found.last_zxid > past.most) continue;
      if (!(machine_.hash() == hash_at(past.history, found.last_zxid))) continue;
      history_ = past.history;
      history_.erase(history_.upper_bound(found.last_zxid), history_.end());
      least_ = found.last_zxid;
      return;
    }
    std::string what = "recovered what the model does not know: zxid 0x" + hex(found.last_zxid) + ", of";
    for (const Past& past : pasts) what += " 0x" + hex(past.least) + "..0x" + hex(past.most);
    for (const std::string& note : machine_.notes) what += "\n" + note;
    RC_FAIL(what);
  }

  void expect_state(const RecoveredState& found) {
    RC_ASSERT(found.last_zxid == appended());
    RC_ASSERT(machine_.hash() == hash_at(history_, appended()));
    // The last records, none left out.
    const CommittedLog& recent = found.recent;
    RC_ASSERT(recent.size() <= 7u);
    auto at = history_.rbegin();
    for (std::size_t i = recent.size(); i-- > 0; ++at) {
      RC_ASSERT(recent[i].zxid == at->first);
      RC_ASSERT(recent.txn(recent[i]) == at->second);
    }
  }

  void write_epochs(std::int64_t accepted, std::int64_t current) {
    if (machine_.epochs(accepted, current) == nullptr) return;
    accepted_ = accepted;
    current_ = current;
  }

  void append(std::uint32_t count, bool sync) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const Zxid zxid = appended().epoch().value < current_ ? Zxid::make(Epoch{current_}, 1) : appended().next();
      const std::string entry = history_entry(zxid);
      history_[zxid] = entry;
      apply_entry(machine_.state.tree, machine_.state.sessions, entry);
      machine_.appended = zxid;
      machine_.log({{EffectKind::kAppendLog, zxid, 1, entry}});
      if (!alive()) return;
    }
    if (!sync) return;
    machine_.sync();
    if (alive()) RC_ASSERT(machine_.durable == appended());
    if (machine_.durable == appended()) least_ = appended();
  }

  void new_epoch() {
    write_epochs(accepted_ + 1, current_);
    if (alive()) write_epochs(accepted_, accepted_);
  }

  Zxid pick(Word& word) const {
    if (history_.empty()) return Zxid{0};
    auto at = history_.begin();
    std::advance(at, word.take(static_cast<std::uint32_t>(history_.size())));
    return at->first;
  }

  /// A cut is followed by a later epoch: a zxid is never given out twice.
  void truncate(Word& word) {
    append(1, true);
    if (!alive()) return;
    new_epoch();
    if (!alive()) return;
    const Zxid target = word.take(2) == 0 ? appended() : pick(word);
    Past cut{history_, target, appended()};
    other_ = cut;
    repairing_ = true;
    const StorageCompletion* done = machine_.truncate(target);
    if (done == nullptr) return;
    if (done->whole) {
      repairing_ = false;
      const auto names = disk_.names("/data/version-2");
      if (std::find(names.begin(), names.end(), "vivarium.repairing") != names.end()) RC_FAIL("whole but marked");
    }
    other_.reset();
    history_.erase(history_.upper_bound(target), history_.end());
    least_ = target;
    if (done->whole) return reload();
    // The base is lost: only a leader's snapshot helps.
    receive(history_, target);
    if (alive()) write_epochs(accepted_, accepted_);
    if (alive()) repairing_ = false;
  }

  /// A leader's snapshot: of our own past, or of a future that we have not seen.
  void reset(Word& word) {
    append(1, true);
    if (!alive()) return;
    History leaders = history_;
    if (word.take(2) == 0) {
      const Zxid snapshot = pick(word);
      leaders.erase(leaders.upper_bound(snapshot), leaders.end());
      new_epoch();
      if (!alive()) return;
      return receive(leaders, snapshot);
    }
    write_epochs(accepted_ + 1, current_);
    if (!alive()) return;
    Zxid zxid = Zxid::make(Epoch{accepted_}, 1);
    for (std::uint32_t i = word.take(4) + 1; i > 0; --i, zxid = zxid.next()) leaders[zxid] = history_entry(zxid);
    receive(leaders, leaders.rbegin()->first);
    if (alive()) write_epochs(accepted_, accepted_);
  }

  void receive(const History& leaders, Zxid snapshot) {
    other_ = Past{leaders, snapshot, snapshot};
    DataTree tree;
    SessionTable sessions;
    for (const auto& [at, entry] : leaders) apply_entry(tree, sessions, entry);
    const std::string bytes = snapshot_bytes(tree, sessions);
    machine_.snap({EffectKind::kBeginSnapshot, snapshot, 0, {}});
    machine_.snap({EffectKind::kSnapshotChunk, snapshot, 0, bytes});
    machine_.snap({EffectKind::kEndSnapshot, snapshot, 0, {}});
    if (!alive()) return;
    // Own records behind a snapshot of our own past may still be replayed over it.
    if (snapshot < appended()) least_ = std::min(least_, snapshot);
    const bool was_repairing = repairing_;
    repairing_ = true;
    const StorageCompletion* done = machine_.reset(snapshot);
    if (done == nullptr) return;
    repairing_ = was_repairing;
    RC_ASSERT(done->whole);
    for (const std::string& name : disk_.names("/log/version-2")) {
      if (name.rfind("log.", 0) == 0 && name.find(kDamagedSuffix) != std::string::npos) RC_FAIL(done->text);
    }
    other_.reset();
    history_ = leaders;
    least_ = snapshot;
    reload();
  }

  void reload() {
    if (!machine_.reload()) return;
    least_ = appended();
    expect_state(machine_.state);
  }

  void read_back(Word& word) {
    const Zxid after = word.take(4) == 0 ? Zxid{0} : pick(word);
    const auto records = machine_.read_log(after, 1 + word.take(3000));
    auto at = history_.upper_bound(after);
    for (const std::string& record : records) {
      RC_ASSERT(at != history_.end());
      RC_ASSERT(at->first <= least_);
      RC_ASSERT(record == at->second);
      ++at;
    }
  }

  SimDisk disk_;
  Machine machine_;
  History history_;
  Zxid least_;
  std::optional<Past> other_;
  std::int64_t accepted_ = 0, current_ = 0;
  bool repairing_ = false;  // a cut that may have lost its base, and no leader has made good for it
};

RC_GTEST_PROP(MemberStore, finds_what_a_naive_model_allows, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto words = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>());
  Member member(seed);
  for (const std::uint32_t bits : words) member.step({bits});
}

}  // namespace
}  // namespace vivarium::testing
