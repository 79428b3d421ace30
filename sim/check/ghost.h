// The ghost: what an all-seeing observer of an ensemble knows and no server does, and the laws of Zab that it judges
// with it (correctness.md 1.0, 1.1).
//
// The world reports what members put on their disks, what became durable, and each member after every step. From that
// the ghost keeps every txn with its history (TxnBook), per member what recovery would return if it crashed now, every
// leader of every epoch, and the one committed order. A step costs a few comparisons; walks are over what is new. Must
// never: ask a server for what it can derive itself, or forgive.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config.h"
#include "kernel/inspect.h"
#include "kernel/recovered_state.h"
#include "sim/check/quorum_rule.h"
#include "sim/check/txn_book.h"

namespace vivarium {
class Replica;
}

namespace vivarium::sim {

/// A member's place in the ensemble's list of members; 0 for a standalone server.
using Member = std::uint32_t;

class Ghost {
 public:
  /// `ensemble` empty: one standalone server.
  explicit Ghost(const EnsembleConfig& ensemble);

  // ---- the log lane: in the order in which the kernel emits the effects --------------------------------------------
  /// AppendLog. `wall_ms`: the wall clock that the member was told last.
  void on_append(Member member, Zxid zxid, std::string_view bytes, std::int64_t wall_ms);
  /// TruncateLog: everything behind `zxid` goes.
  void on_truncate(Member member, Zxid zxid);
  /// ResetLog: the durable snapshot at `zxid` replaces the log.
  void on_reset(Member member, Zxid zxid);

  // ---- what the disk has done, by the store's own word (before anybody bends the completions) ---------------------
  /// LogDurable.
  void on_durable(Member member, Zxid zxid);
  /// LogTruncated, after on_truncate or on_reset.
  void on_cut_durable(Member member);
  /// A cut or reset that did not succeed: the disk may give back what it was to replace.
  void on_cut_failed(Member member);
  /// SnapshotDurable.
  void on_snapshot_durable(Member member, Zxid zxid);
  /// EpochDurable.
  void on_epochs_durable(Member member, Epoch accepted, Epoch current);
  /// The world damaged this member's disk (bits flipped, an epoch file lost): recovery may say so, but must not hide
  /// it.
  void on_damaged(Member member);
  /// The disk was replaced by an empty one.
  void on_wiped(Member member);

  // ---- lives --------------------------------------------------------------------------------------------------------
  /// Recovery at boot succeeded (with any verdict), and the kernel has not seen it yet.
  void on_recovered(Member member, const RecoveredState& recovered);
  /// Reloaded: recovery while the process is up. What was appended behind the Reload is not in it.
  void on_reloaded(Member member, const RecoveredState& recovered);
  /// After every step, once its effects were handed to the lanes (on_append and the like were called).
  void on_stepped(Member member, const MemberView& view, std::uint64_t tree_digest, bool has_digest);
  /// The process is gone.
  void on_down(Member member);

  // ---- what it knows ------------------------------------------------------------------------------------------------
  const TxnBook& book() const { return book_; }
  /// The last committed zxid.
  Zxid committed() const { return book_[book_.last_committed()].zxid; }
  static constexpr Member kNobody = UINT32_MAX;
  struct Reign {
    Member leader = kNobody;
    Epoch epoch;
  };
  /// The highest epoch in which a leader was ever established; who leads it now, if anybody does.
  Reign reign() const;
  /// How many leaders were ever crowned.
  std::size_t reigns() const { return crowns_.size(); }
  /// How new the answer to a sync that is sent now must be. ZooKeeper's own sync asks whoever takes itself for the
  /// leader: as new as the oldest of those is now. Confirmed by a quorum: as new as anything that is committed now.
  Zxid sync_promise(bool quorum_confirms) const;
  bool damaged(Member member) const { return members_[member].damaged; }
  bool standalone() const { return rule_.standalone(); }
  std::string name(Member member) const;

 private:
  /// A leader that a quorum promised to follow.
  struct Crown {
    Member leader = 0;
    TxnIndex initial = kRoot;  // its history when it was crowned
    bool established = false;  // a quorum acknowledged NEWLEADER
    bool over = false;         // it has ceased to lead
  };
  /// A log as recovery would return it: a snapshot, and records behind it.
  struct DurableLog {
    TxnIndex base = kRoot;
    std::vector<TxnIndex> records;  // appended, in order
    std::size_t durable = 0;        // how many of them survive power loss for certain
    TxnIndex last() const { return records.empty() ? base : records.back(); }
    TxnIndex last_durable() const { return durable == 0 ? base : records[durable - 1]; }
  };
  /// A truncation or reset that is not durable yet: a crash may bring the old log back.
  struct PendingCut {
    DurableLog before;
    std::size_t kept = 0;  // records that the cut leaves, durable with it
  };
  struct MemberState {
    DurableLog log;
    std::vector<PendingCut> cuts;
    TxnIndex snapshot = kRoot;       // the newest durable one
    Epoch accepted, current;         // durable
    Epoch promised, joined;          // the same, highest ever: a wiped disk does not take back what was said
    std::uint32_t commit_point = 0;  // highest place that it ever knew to be committed, on this disk
    bool damaged = false;
    bool knows_nothing = false;      // recovery found damage, and nothing has repaired it yet
    bool amnesiac = false;           // recovery found no epochs, and none were written since
    bool unproven = true;            // its disk was empty, wiped or damaged, and it has not served since
    std::vector<DurableLog> hidden;  // what the disk may still give back, when only reading had failed
    bool up = false;
    std::vector<TxnIndex> forgotten;  // ends of what it held before its disk was wiped, found damaged, or replaced in a
                                      // repair that is not complete: what it acknowledged while it held it counts
    Epoch led;                        // the last epoch that it led or prepared to lead
    Epoch commits_in;                 // the epoch of the leader by whose word it commits
    TxnIndex new_proposal = kNoTxn;   // the first txn that it proposed in the step under way
    bool new_expiry = false;          // ... and one of them was a closeSession of the server's own making
    MemberView view;                  // after its last step
    Zxid judged_applied{-1};
  };

  // ghost_log.cpp: disks
  Zxid zxid(TxnIndex txn) const { return book_[txn].zxid; }
  void add_holders(Member member, std::size_t from, std::size_t to);
  void drop_holders(Member member, std::size_t from);
  void judge_cut(Member member, const std::vector<TxnIndex>& dropped, std::string_view how);
  void judge_recovered_end(Member member, TxnIndex last, const DurableLog& log) const;
  void judge_recovered_epochs(Member member, const RecoveredState& recovered);
  void find_damage(Member member, std::string_view how);
  static void hide_cut(MemberState& m, const PendingCut& cut);
  static bool is_hidden(const MemberState& m, const DurableLog* log);
  const DurableLog* log_ending_in(const MemberState& m, TxnIndex last) const;
  void adopt(Member member, DurableLog log, TxnIndex last);
  void forget_everything(Member member);
  static void forget_as_guest(MemberState& m);
  static void forget(MemberState& m);
  void take_epochs(Member member, Epoch accepted, Epoch current);
  bool holds(Member member, TxnIndex txn) const;
  bool held_by_quorum(TxnIndex txn) const;
  bool was_held_by_quorum(TxnIndex txn) const;
  std::string holders_text(TxnIndex txn) const;

  // ghost_roles.cpp: leaders, votes, commits
  void judge_disk_agreement(Member member, const MemberView& view) const;
  void judge_vote(Member member, const MemberView& before, const MemberView& view) const;
  void judge_leader(Member member, const MemberView& before, const MemberView& view);
  void crown(Member member, Epoch epoch);
  void establish(Crown& crown, Epoch epoch) const;
  void judge_joined(Member member, Epoch epoch) const;
  void judge_new_proposals(Member member);
  void judge_commits(Member member, const MemberView& view);
  void commit_through(Member member, TxnIndex last);
  void commit_one(Member member, TxnIndex txn);
  void judge_digest(Member member, Zxid applied, std::uint64_t digest);

  QuorumRule rule_;
  TxnBook book_;
  std::vector<MemberState> members_;
  std::map<std::int64_t, Crown> crowns_;  // by epoch
};

}  // namespace vivarium::sim
