// How often lines of one kind may be noted: a stranger who comes a thousand times a second must not fill the log.
#pragma once

#include <cstdint>

#include "kernel/base/hash.h"
#include "kernel/base/limits.h"
#include "kernel/base/time.h"
#include "kernel/effect.h"
#include "kernel/replica/note_text.h"

namespace vivarium {

class NoteLimit {
 public:
  /// Notes the line, or counts it as left out; the next one that is noted says how many were.
  void note(Instant now, NoteLevel level, NoteText& line, Effects& out) {
    if (now >= window_end_) {
      window_end_ = now + Duration::seconds(1);
      noted_ = 0;
    }
    if (noted_ >= limits::kMaxNotesPerSecond) {
      ++left_out_;
      return;
    }
    ++noted_;
    if (left_out_ > 0) {
      line.text(" (").number(static_cast<std::int64_t>(left_out_)).text(" more lines like this were left out)");
    }
    left_out_ = 0;
    out.note(level, line.line());
  }
  void hash_into(StateHash& hash) const {
    hash.add(static_cast<std::uint64_t>(window_end_.nanos));
    hash.add(noted_);
    hash.add(left_out_);
  }

 private:
  Instant window_end_;
  std::uint64_t noted_ = 0, left_out_ = 0;
};

}  // namespace vivarium
