// Mutants of what the server says and of the clocks it sees: slips in replies, events, sessions and time.
#include "sim/zoo/service_mutants.h"

#include <algorithm>
#include <string>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium::sim {
namespace {

/// Sees every frame that the server sends; the handshake's reply does not look like an event or a reply to it.
class BentReplies : public Mutation {
 public:
  std::string_view send(std::string_view bytes, std::string& scratch) override {
    scratch.clear();
    std::string_view rest = bytes;
    while (rest.size() >= 4) {
      const auto size = static_cast<std::size_t>(load_big_endian<std::uint32_t>(rest.data())) + 4;
      if (size > rest.size()) break;
      frame(rest.substr(0, size), scratch);
      rest.remove_prefix(size);
    }
    scratch.append(rest);
    flush(scratch);
    return scratch;
  }

 protected:
  static bool is_event(std::string_view frame) {
    return frame.size() >= 20 && load_big_endian<std::uint32_t>(frame.data() + 4) == UINT32_MAX;
  }
  static std::int64_t zxid_of(std::string_view frame) {
    return static_cast<std::int64_t>(load_big_endian<std::uint64_t>(frame.data() + 8));
  }
  virtual void frame(std::string_view frame, std::string& out) { out.append(frame); }
  virtual void flush(std::string&) {}
};

class NullReplies final : public BentReplies {};

class CatchUpEventsLost final : public BentReplies {
  void frame(std::string_view frame, std::string& out) override {
    if (!is_event(frame) || zxid_of(frame) > 0) out.append(frame);
  }
};

class EventLost final : public BentReplies {
  void frame(std::string_view frame, std::string& out) override {
    if (!is_event(frame) || ++count_ % 20 != 0) out.append(frame);
  }
  int count_ = 0;
};

class EventTwice final : public BentReplies {
  void frame(std::string_view frame, std::string& out) override {
    out.append(frame);
    if (is_event(frame) && ++count_ % 20 == 0) out.append(frame);
  }
  int count_ = 0;
};

class EventAfterData final : public BentReplies {
  void frame(std::string_view frame, std::string& out) override { (is_event(frame) ? late_ : out).append(frame); }
  void flush(std::string& out) override {
    out.append(late_);
    late_.clear();
  }
  std::string late_;
};

/// An event ends with a byte that belongs to nothing.
class EventTooLong final : public BentReplies {
  void frame(std::string_view frame, std::string& out) override {
    const std::size_t at = out.size();
    out.append(frame);
    if (!is_event(frame) || ++count_ % 20 != 0) return;
    out.push_back('\0');
    store_big_endian(out.data() + at, static_cast<std::uint32_t>(frame.size() - 3));
  }
  int count_ = 0;
};

/// A node's deletion is told as a change of its data.
class WrongEventKind final : public BentReplies {
  void frame(std::string_view frame, std::string& out) override {
    const std::size_t at = out.size();
    out.append(frame);
    if (is_event(frame) && frame[23] == 2) out[at + 23] = 3;
  }
};

/// One ordinary reply in fifty claims the zxid before its own.
class ZxidTooOld final : public BentReplies {
  void frame(std::string_view frame, std::string& out) override {
    const std::size_t at = out.size();
    out.append(frame);
    const bool ordinary =
        frame.size() >= 20 && static_cast<std::int32_t>(load_big_endian<std::uint32_t>(frame.data() + 4)) > 0;
    if (ordinary && zxid_of(frame) > 1 && ++count_ % 50 == 0) {
      store_big_endian(out.data() + at + 8, static_cast<std::uint64_t>(zxid_of(frame) - 1));
    }
  }
  int count_ = 0;
};

/// An error of a write is told as success.
class ErrorSwallowed final : public BentReplies {
  void frame(std::string_view frame, std::string& out) override {
    const std::size_t at = out.size();
    out.append(frame);
    const bool error = frame.size() == 20 && load_big_endian<std::uint32_t>(frame.data() + 16) != 0;
    if (error && ++count_ % 10 == 0) store_big_endian(out.data() + at + 16, std::uint32_t{0});
  }
  int count_ = 0;
};

/// A request is executed twice, as after a retry that should not have been.
class RequestTwice final : public Mutation {
 public:
  std::string_view receive(std::string_view bytes, std::string& scratch) override {
    const bool whole = bytes.size() > 12 && load_big_endian<std::uint32_t>(bytes.data()) + 4 == bytes.size();
    const std::uint32_t type = whole ? load_big_endian<std::uint32_t>(bytes.data() + 8) : 0;
    if (!whole || (type != 1 && type != 5) || ++count_ % 20 != 0) return bytes;
    scratch.assign(bytes);
    scratch.append(bytes);
    return scratch;
  }

 private:
  int count_ = 0;
};

/// An exists is taken for a delete of any version, as if the type had been read from somewhere else.
class ReadTakenForWrite final : public Mutation {
 public:
  std::string_view receive(std::string_view bytes, std::string& scratch) override {
    const bool whole = bytes.size() > 12 && load_big_endian<std::uint32_t>(bytes.data()) + 4 == bytes.size();
    if (!whole || load_big_endian<std::uint32_t>(bytes.data() + 8) != 3 || ++count_ % 20 != 0) return bytes;
    scratch.assign(bytes);
    scratch.pop_back();  // the watch flag
    scratch.append(4, '\xff');
    store_big_endian(scratch.data(), static_cast<std::uint32_t>(scratch.size() - 4));
    store_big_endian(scratch.data() + 8, std::uint32_t{2});
    return scratch;
  }

 private:
  int count_ = 0;
};

/// The clock that decides expiry runs half as fast again.
class ClockTooFast final : public Mutation {
 public:
  Instant clock(Instant now) override { return {now.nanos + now.nanos / 2}; }
};

/// Expiry follows the wall clock: a leap forward of the wall is a leap of the deadlines.
class ExpiryByWallClock final : public Mutation {
 public:
  WallTime wall(WallTime now) override {
    if (last_.millis != 0 && now.millis - last_.millis > 60'000) leapt_ += now.millis - last_.millis;
    last_ = now;
    return now;
  }
  Instant clock(Instant now) override { return {now.nanos + leapt_ * 1'000'000}; }

 private:
  WallTime last_;
  std::int64_t leapt_ = 0;
};

class NullClock final : public Mutation {
 public:
  Instant clock(Instant now) override { return {now.nanos}; }
  WallTime wall(WallTime now) override { return now; }
};

template <class M>
std::unique_ptr<Mutation> make() {
  return std::make_unique<M>();
}
constexpr auto bit(Family family) { return static_cast<std::uint32_t>(family); }

constexpr Mutant kServiceMutants[] = {
    {"watch-lost-on-reconnect", "events that setWatches owes are not sent", make<CatchUpEventsLost>, bit(Family::kCuts),
     false},
    {"event-lost", "one event in twenty is not sent", make<EventLost>, 0, false},
    {"event-twice", "one event in twenty is sent twice", make<EventTwice>, 0, false},
    {"event-too-long", "one event in twenty has a byte too many", make<EventTooLong>, 0, false},
    {"event-after-data", "events are sent after the replies of the same turn", make<EventAfterData>, 0, false},
    {"event-of-wrong-kind", "a deletion is told as a change", make<WrongEventKind>, 0, false},
    {"zxid-too-old", "one reply in fifty carries the zxid before its own", make<ZxidTooOld>, 0, false},
    {"error-swallowed", "one failure in ten is told as success", make<ErrorSwallowed>, 0, false},
    {"request-twice", "one create or setData in twenty is executed twice", make<RequestTwice>, 0, false},
    {"read-taken-for-write", "one exists in twenty is taken for a delete", make<ReadTakenForWrite>, 0, false},
    {"expiry-too-early", "the clock that decides expiry is too fast", make<ClockTooFast>, bit(Family::kLeaves), false},
    {"expiry-by-wall-clock", "a leap of the wall clock expires sessions", make<ExpiryByWallClock>, bit(Family::kLeaps),
     false},
    {"null-replies", "takes replies apart and puts them together again", make<NullReplies>, kAllFamilies, true},
    {"null-clock", "passes the clocks on", make<NullClock>, kAllFamilies, true},
};

}  // namespace

std::span<const Mutant> service_mutants() { return kServiceMutants; }

}  // namespace vivarium::sim
