// Judges one log file: intact, torn at its end, or damaged. The rules are in docs/decisions/0003-persist-evidence.md.
//
// Must never: call damage a torn tail. When in doubt it is damage: an operator may cut a log, recovery may not.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/storage/evidence.h"
#include "adapters/storage/log_reader.h"

namespace vivarium {

/// Zxids that may follow each other in a log: consecutive, or the first of a later epoch.
bool zxid_follows(Zxid previous, Zxid next);

/// Watches that zxids have no gap above `base`. What the snapshot `base` contains may have gaps (a learner that was
/// sent a snapshot); without a base the first record may be any.
class ZxidChain {
 public:
  explicit ZxidChain(std::optional<Zxid> base) : base_(base) {}
  enum class Step { kFollows, kRepeats, kGap };
  Step look(Zxid zxid) const;
  void take(Zxid zxid) { previous_ = zxid; }
  /// Last zxid that is known: of a record, or the base.
  Zxid last() const;

 private:
  std::optional<Zxid> base_, previous_;
};

struct LogCheck {
  enum class Verdict {
    kIntact,
    kTorn,   // intact up to good_end; what follows was never synced (or, in a file of Apache's, Apache ignores it too)
    kEmpty,  // no record, and none is missing: the file may be removed
    kDamaged,  // something that had been durable cannot be read
  } verdict = Verdict::kIntact;
  std::uint64_t file_size = 0;
  std::uint64_t good_end = 0;
  std::uint64_t records = 0;
  bool has_evidence = false;
  std::uint64_t evidence_end = 0;          // offset up to which evidence agrees
  std::uint64_t evidence_next = 0;         // where the next evidence entry belongs
  std::vector<EvidenceEntry> unevidenced;  // of the good records behind the evidence
  // What is wrong: kTorn, kDamaged.
  std::string problem;
  std::uint64_t problem_offset = 0;
  std::optional<Zxid> problem_zxid;  // of the record concerned, when known
};

struct LogCheckRequest {
  std::string path;
  Zxid first;                          // from the file's name
  const Evidence* evidence = nullptr;  // null: there is none
  bool newest = false;
  std::size_t max_txn = 0;
};

/// Called for each good record, in order.
using RecordVisitor = std::function<void(const LogPlace&)>;

LogCheck check_log(FileSystem& fs, const LogCheckRequest& request, ZxidChain& chain, const RecordVisitor& visit);

}  // namespace vivarium
