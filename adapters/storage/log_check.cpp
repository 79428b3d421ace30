#include "adapters/storage/log_check.h"

#include <algorithm>

#include "adapters/storage/file_names.h"
#include "adapters/storage/log_file.h"

namespace vivarium {

bool zxid_follows(Zxid previous, Zxid next) {
  if (next.epoch() == previous.epoch()) return next == previous.next();
  return next > previous && next.counter() == 1;
}

Zxid ZxidChain::last() const { return std::max(base_.value_or(Zxid{0}), previous_.value_or(Zxid{0})); }

ZxidChain::Step ZxidChain::look(Zxid zxid) const {
  if (previous_ && zxid <= *previous_) return Step::kRepeats;
  if (!previous_ && !base_) return Step::kFollows;
  if (base_ && zxid <= *base_) return Step::kFollows;
  return zxid_follows(last(), zxid) ? Step::kFollows : Step::kGap;
}

namespace {

/// One run of check_log.
class Checker {
 public:
  Checker(FileSystem& fs, const LogCheckRequest& request, ZxidChain& chain, const RecordVisitor& visit)
      : fs_(fs), request_(request), chain_(chain), visit_(visit) {}

  LogCheck run() {
    check_.has_evidence = request_.evidence != nullptr;
    check_.evidence_next = check_.has_evidence ? request_.evidence->next_offset : 0;
    auto reader = LogReader::open(fs_, request_.path, request_.max_txn);
    if (!reader) {
      damaged(0, std::nullopt, std::string("the file cannot be read: ") + io_error_name(reader.error()));
      return std::move(check_);
    }
    reader_ = std::move(*reader);
    check_.file_size = reader_->file_size();
    if (reader_->header() == LogHeader::kGood) {
      check_.good_end = kLogHeaderSize;
      read_records();
    } else {
      judge_header();
    }
    return std::move(check_);
  }

 private:
  bool has_more_evidence() const { return request_.evidence && next_evidence_ < request_.evidence->entries.size(); }
  const EvidenceEntry& next_evidence() const { return request_.evidence->entries[next_evidence_]; }
  /// Bytes that one batch can leave unsynced.
  std::uint64_t unsynced_window() const { return kMaxUnsyncedBytes + kLogRecordOverhead + request_.max_txn; }

  void damaged(std::uint64_t offset, std::optional<Zxid> zxid, std::string problem) {
    check_.verdict = LogCheck::Verdict::kDamaged;
    check_.problem = std::move(problem);
    check_.problem_offset = offset;
    check_.problem_zxid = zxid;
  }
  void torn(std::uint64_t offset, std::string problem) {
    check_.verdict = LogCheck::Verdict::kTorn;
    check_.problem = std::move(problem);
    check_.problem_offset = offset;
  }

  void judge_header() {
    if (has_more_evidence()) {
      return damaged(0, next_evidence().zxid, "the file's header is damaged, above records that had been durable");
    }
    if (reader_->header() == LogHeader::kBad) return damaged(0, std::nullopt, "the file's header is damaged");
    if (!request_.newest) return damaged(0, std::nullopt, "the file has no header, but a newer log exists");
    const auto record = reader_->find_record(0, Zxid{-1});
    if (!record) return damaged(0, std::nullopt, "the file cannot be read");
    if (*record) return damaged(0, (*record)->zxid, "the file's header is missing, above intact records");
    check_.verdict = LogCheck::Verdict::kEmpty;
  }

  void read_records() {
    while (true) {
      const LogPlace place = reader_->next();
      if (place.kind == LogPlace::Kind::kUnreadable) {
        return damaged(place.offset, std::nullopt, "the device reports an error");
      }
      if (place.kind == LogPlace::Kind::kBad) return judge_bad(place.offset, log_record_problem(place.status), &place);
      if (place.kind == LogPlace::Kind::kEnd) return judge_end(place.offset);
      if (!take_record(place)) return;
    }
  }

  /// False: stop; the verdict is in check_.
  bool take_record(const LogPlace& place) {
    if (check_.records == 0 && place.zxid != request_.first) {
      damaged(place.offset, place.zxid, "the first record does not have the zxid of the file's name");
      return false;
    }
    const ZxidChain::Step step = chain_.look(place.zxid);
    if (step == ZxidChain::Step::kRepeats) {
      judge_bad(place.offset, "an older record stands where a new one belongs", nullptr);
      return false;
    }
    if (!agrees_with_evidence(place)) return false;
    if (step == ZxidChain::Step::kGap) {
      damaged(place.offset, place.zxid,
              "records are missing: after zxid 0x" + hex(chain_.last()) + " comes 0x" + hex(place.zxid));
      return false;
    }
    chain_.take(place.zxid);
    check_.good_end = place.end;
    ++check_.records;
    visit_(place);
    return true;
  }

  bool agrees_with_evidence(const LogPlace& place) {
    const EvidenceEntry seen{place.zxid, place.end, static_cast<std::uint32_t>(place.entry.size()), place.checksum};
    if (!has_more_evidence()) {
      if (request_.newest && request_.evidence) check_.unevidenced.push_back(seen);
      return true;
    }
    const EvidenceEntry expected = next_evidence();
    // A slot of the evidence itself may be unreadable; the later ones still count.
    if (place.zxid < expected.zxid) return true;
    if (!(seen == expected)) {
      damaged(place.offset, expected.zxid, "the record differs from the one that had been durable");
      return false;
    }
    ++next_evidence_;
    check_.evidence_end = place.end;
    return true;
  }

  void judge_end(std::uint64_t offset) {
    const auto more = reader_->find_bytes(offset);
    if (!more) return damaged(offset, std::nullopt, "the device reports an error");
    if (*more) return judge_bad(offset, log_record_problem(LogRecordStatus::kPadding), nullptr);
    if (has_more_evidence()) return lost_evidenced();
    if (check_.records == 0 && request_.newest) check_.verdict = LogCheck::Verdict::kEmpty;
  }

  void lost_evidenced() {
    const EvidenceEntry entry = next_evidence();
    damaged(std::min(entry.start(), check_.good_end), entry.zxid, "a record that had been durable is missing");
  }

  void judge_bad(std::uint64_t offset, const std::string& problem, const LogPlace* bad) {
    if (has_more_evidence()) return damaged(offset, next_evidence().zxid, problem + "; it had been durable");
    if (check_.has_evidence && !request_.newest) {
      return damaged(offset, std::nullopt, problem + ", and a newer log exists");
    }
    // Apache's reader stops with an error at these two, and takes the others as the end of the file.
    const bool apache_refuses =
        bad != nullptr && (bad->status == LogRecordStatus::kBadChecksum || bad->status == LogRecordStatus::kBadLength);
    if (!check_.has_evidence && apache_refuses) return damaged(offset, std::nullopt, problem);
    const auto later = reader_->find_record(offset + unsynced_window(), chain_.last());
    if (!later) return damaged(offset, std::nullopt, "the device reports an error");
    if (*later) {
      return damaged(offset, std::nullopt,
                     problem + "; zxid 0x" + hex((*later)->zxid) + " stands intact far behind it");
    }
    torn(offset, problem);
    if (check_.records == 0 && request_.newest) check_.verdict = LogCheck::Verdict::kEmpty;
  }

  FileSystem& fs_;
  const LogCheckRequest& request_;
  ZxidChain& chain_;
  const RecordVisitor& visit_;
  std::unique_ptr<LogReader> reader_;
  std::size_t next_evidence_ = 0;
  LogCheck check_;
};

}  // namespace

LogCheck check_log(FileSystem& fs, const LogCheckRequest& request, ZxidChain& chain, const RecordVisitor& visit) {
  return Checker(fs, request, chain, visit).run();
}

}  // namespace vivarium
