// Laws of the whole Replica under random client programs: how inputs are batched does not matter, a copy goes on like
// the original, the log alone gives the same tree back, and the invariants hold after every step.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "kernel/invariants.h"
#include "tests/support/replica_harness.h"
#include "tests/support/replica_recovery.h"

namespace vivarium::testing {
namespace {

constexpr std::uint32_t kSlots = 4;

/// One random word decides one action.
struct Word {
  std::uint32_t bits;
  std::uint32_t take(std::uint32_t n) {
    const std::uint32_t v = bits % n;
    bits /= n;
    return v;
  }
};

std::string path_of(Word& word) {
  static constexpr const char* kPaths[] = {"/", "/a", "/a/b", "/a/b/c", "/d", "/d/e", "/a/s-", "/nope/x"};
  return kPaths[word.take(8)];
}

std::string multi_of(int xid, Word& word) {
  return request(xid, OpCode::kMulti, [&](ByteWriter& out) {
    for (std::uint32_t i = word.take(4); i > 0; --i) {
      const std::string path = path_of(word);
      if (word.take(2) == 0) {
        encode(out, MultiHeader{1, false, ErrorCode{-1}});
        encode(out, CreateRequest{path, "m", open_acl(), 0, 0}, OpCode::kCreate);
      } else {
        encode(out, MultiHeader{5, false, ErrorCode{-1}});
        encode(out, SetDataRequest{path, "multi", -1});
      }
    }
    encode(out, MultiHeader{-1, true, ErrorCode{-1}});
  });
}

std::string request_of(int xid, Word& word) {
  const std::uint32_t kind = word.take(16);
  const std::string path = path_of(word);
  switch (kind) {
    case 0:
    case 1:
    case 2:
      return create(xid, path, "data", static_cast<int>(word.take(4)));
    case 3:
    case 4:
      return set_data(xid, path, std::string(word.take(50), 'y'), static_cast<int>(word.take(3)) - 1);
    case 5:
      return remove(xid, path);
    case 6:
    case 7:
      return get_data(xid, path, word.take(2) == 0);
    case 8:
      return exists(xid, path, word.take(2) == 0);
    case 9:
      return request(xid, OpCode::kGetChildren2, [&](ByteWriter& out) {
        encode(out, PathWatchRequest{path, word.take(2) == 0});
      });
    case 10:
      return request(xid, OpCode::kSync, [&](ByteWriter& out) { encode(out, PathRequest{path}); });
    case 11:
      return multi_of(xid, word);
    case 12:
      return request(xid, OpCode::kAddWatch, [&](ByteWriter& out) {
        encode(out, PathIntRequest{path, static_cast<int>(word.take(2))});
      });
    case 13:
      return auth("digest", "user:pw");
    case 14:
      return word.take(8) == 0 ? close_session(xid) : ping();
    default:
      return word.take(16) == 0 ? bare_request(xid, static_cast<OpCode>(static_cast<int>(word.take(200))))
                                : set_acl(xid, path, read_only_acl());
  }
}

/// An input that owns its bytes, so that a sequence can be played again.
struct Recorded {
  enum class Kind { kOpen, kBytes, kClosed, kDurable, kAuth, kTick } kind;
  ChannelId channel;
  std::string bytes;
  std::int64_t zxid = 0;
  bool ok = false;
};

struct Outcome {
  std::map<std::uint64_t, std::string> sent;  // by channel: bytes and "closed"
  std::vector<LogEntry> log;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Config small_config() {
  Config config;
  config.tick = Duration::seconds(1);
  config.global_outstanding_limit = 6;
  config.container_check_interval = Duration::seconds(5);
  config.connection_throttle.tokens = 6;
  config.connection_throttle.fill_time_ms = 100;
  config.connection_throttle.freeze_time_ms = 200;
  config.throttle.max_requests = 5;
  config.throttle.max_wait = Duration::millis(500);
  config.throttle.stale_latency_check = true;
  config.throttle.large_threshold = 40;
  config.throttle.large_max_bytes = 400;
  return config;
}

/// Plays recorded inputs against one replica and keeps what can be compared.
class Player {
 public:
  Player() : replica_(small_config(), Server::empty_directory(), Seed{7}, Instant{}, Server::kBoot) {}
  explicit Player(const Replica& replica, Instant now) : replica_(replica), now_(now) {}

  void play(std::span<const Recorded> batch) {
    std::vector<Input> inputs;
    for (const Recorded& r : batch) {
      if (r.kind == Recorded::Kind::kTick) {
        now_ = now_ + Duration::millis(r.zxid);
      } else {
        inputs.push_back(to_input(r));
      }
    }
    effects.clear();
    replica_.step(now_, inputs, effects);
    keep();
  }
  const Replica& replica() const { return replica_; }
  Instant now() const { return now_; }
  Outcome outcome;
  Effects effects;

 private:
  Input to_input(const Recorded& r) const {
    static constexpr AuthResult::Id kId{"digest", "user:hash"};
    switch (r.kind) {
      case Recorded::Kind::kOpen:
        return ChannelOpened{r.channel, ChannelKind::kClient, "10.0.0.1", {}};
      case Recorded::Kind::kBytes:
        return ChannelBytes{r.channel, r.bytes};
      case Recorded::Kind::kClosed:
        return ChannelClosed{r.channel};
      case Recorded::Kind::kAuth:
        return AuthResult{r.channel, r.ok, std::span(&kId, 1)};
      default:
        return LogDurable{replica_.state().progress.incarnation(), Zxid{r.zxid}};
    }
  }
  void keep() {
    for (const Effect& effect : effects.list()) {
      const std::string payload = to_std(effects.payload(effect));
      const std::uint64_t channel = (std::uint64_t{effect.channel.slot} << 32) | effect.channel.generation;
      if (effect.kind == EffectKind::kSend) outcome.sent[channel] += payload;
      if (effect.kind == EffectKind::kAuthenticate) outcome.sent[channel] += "<auth>";
      if (effect.kind == EffectKind::kClose) outcome.sent[channel] += "<closed>";
      if (effect.kind == EffectKind::kAppendLog) outcome.log.push_back(LogEntry{effect.zxid.value, payload});
    }
  }

  Replica replica_;
  Instant now_;
};

/// Turns random words into concrete inputs, playing them one by one to know what is legal next.
class Writer {
 public:
  explicit Writer(const std::vector<std::uint32_t>& words) {
    for (std::uint32_t slot = 0; slot < kSlots; ++slot) reopen(slot);
    for (const std::uint32_t bits : words) act(Word{bits});
    add_durable(player.replica().last_proposed().value);
    add_durable(player.replica().last_proposed().value);
  }

  Player player;
  std::vector<Recorded> inputs;
  std::string broken;

 private:
  struct Client {
    ChannelId id;
    bool open = false;
    int xid = 0;
    std::string unsent;
  };

  void add(Recorded input) {
    player.play(std::span(&input, 1));
    inputs.push_back(std::move(input));
    if (const char* what = check_state_fully(player.replica()); what != nullptr && broken.empty()) broken = what;
    for (const Effect& effect : player.effects.list()) {
      if (effect.kind == EffectKind::kClose) clients_[effect.channel.slot].open = false;
      if (effect.kind == EffectKind::kAuthenticate) asked_.push_back(effect.channel);
    }
  }
  void add_durable(std::int64_t zxid) {
    if (zxid <= player.replica().last_durable().value) return;
    add(Recorded{Recorded::Kind::kDurable, {}, {}, zxid, false});
  }
  void reopen(std::uint32_t slot) {
    Client& client = clients_[slot];
    client = Client{ChannelId{slot, client.id.generation + 1}, true, 0, new_session(4000)};
    add(Recorded{Recorded::Kind::kOpen, client.id, {}, 0, false});
  }
  void act(Word word) {
    const std::uint32_t kind = word.take(12);
    const std::uint32_t slot = word.take(kSlots);
    Client& client = clients_[slot];
    if (kind < 6) {
      if (!client.open) return reopen(slot);
      client.unsent += request_of(++client.xid, word);
      send_some(client, word);
    } else if (kind < 9) {
      const std::int64_t from = player.replica().last_durable().value;
      const std::int64_t span = player.replica().last_proposed().value - from;
      if (span > 0) add_durable(from + 1 + word.take(static_cast<std::uint32_t>(span)));
    } else if (kind == 9) {
      if (asked_.empty()) return;
      const ChannelId channel = asked_.front();
      asked_.erase(asked_.begin());
      add(Recorded{Recorded::Kind::kAuth, channel, {}, 0, word.take(8) != 0});
    } else if (kind == 10) {
      add(Recorded{Recorded::Kind::kTick, {}, {}, word.take(2500), false});
    } else if (word.take(6) == 0 && client.open) {
      add(Recorded{Recorded::Kind::kClosed, client.id, {}, 0, false});
      client.open = false;
    } else if (client.open) {
      send_some(client, word);
    }
  }
  void send_some(Client& client, Word& word) {
    if (client.unsent.empty()) return;
    const std::uint32_t most = static_cast<std::uint32_t>(client.unsent.size());
    const std::size_t size = word.take(3) == 0 ? 1 + word.take(most) : most;
    const std::string bytes = client.unsent.substr(0, size);
    client.unsent.erase(0, size);
    add(Recorded{Recorded::Kind::kBytes, client.id, bytes, 0, false});
  }

  std::map<std::uint32_t, Client> clients_;
  std::vector<ChannelId> asked_;
};

std::vector<std::uint32_t> some_words() {
  return *rc::gen::resize(300, rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>()))
              .as("words");
}
/// rc::gen::arbitrary favours small numbers; a mix spreads them.
std::vector<std::uint32_t> spread(std::vector<std::uint32_t> words) {
  std::uint64_t index = 0;
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(draw(Seed{word}, 1, ++index));
  return words;
}

RC_GTEST_PROP(ReplicaLaws, any_split_into_batches_gives_the_same_replies_and_the_same_log, ()) {
  const Writer written(spread(some_words()));
  const auto cuts = *rc::gen::arbitrary<std::vector<bool>>();
  Player other;
  std::vector<Recorded> batch;
  std::size_t cut = 0;
  for (const Recorded& input : written.inputs) {
    const bool tick = input.kind == Recorded::Kind::kTick;
    const bool ends = !cuts.empty() && cuts[cut++ % cuts.size()];
    if (tick || ends) {
      if (!batch.empty()) other.play(batch);
      batch.clear();
    }
    batch.push_back(input);
    if (tick) {
      other.play(batch);
      batch.clear();
    }
  }
  if (!batch.empty()) other.play(batch);
  RC_ASSERT(other.outcome == written.player.outcome);
  RC_ASSERT(other.replica().digest() == written.player.replica().digest());
}

RC_GTEST_PROP(ReplicaLaws, the_invariants_hold_after_every_step, ()) {
  const Writer written(spread(some_words()));
  RC_ASSERT(written.broken == "");
}

RC_GTEST_PROP(ReplicaLaws, a_copy_goes_on_exactly_like_the_original, ()) {
  const Writer written(spread(some_words()));
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, written.inputs.size());
  Player original;
  for (std::size_t i = 0; i < at; ++i) original.play(std::span(&written.inputs[i], 1));
  Player copy(original.replica(), original.now());
  for (std::size_t i = at; i < written.inputs.size(); ++i) {
    original.play(std::span(&written.inputs[i], 1));
    copy.play(std::span(&written.inputs[i], 1));
    RC_ASSERT(original.effects.list().size() == copy.effects.list().size());
    for (std::size_t e = 0; e < copy.effects.list().size(); ++e) {
      const Effect& a = original.effects.list()[e];
      const Effect& b = copy.effects.list()[e];
      RC_ASSERT(a.kind == b.kind);
      RC_ASSERT(a.channel == b.channel);
      RC_ASSERT(a.zxid == b.zxid);
      RC_ASSERT(a.argument == b.argument);
      RC_ASSERT(original.effects.payload(a) == copy.effects.payload(b));
    }
    RC_ASSERT(original.replica().digest() == copy.replica().digest());
    RC_ASSERT(original.replica().next_deadline() == copy.replica().next_deadline());
  }
}

RC_GTEST_PROP(ReplicaLaws, the_log_alone_gives_the_same_tree_and_sessions_back, ()) {
  const Writer written(spread(some_words()));
  std::vector<LogEntry> durable;
  const std::int64_t applied = written.player.replica().tree().last_processed_zxid().value;
  for (const LogEntry& entry : written.player.outcome.log) {
    if (entry.zxid <= applied) durable.push_back(entry);
  }
  const RecoveredState recovered = recovered_from(durable);
  RC_ASSERT(hash_of(recovered.tree) == hash_of(written.player.replica().tree()));
  std::vector<std::int64_t> before, after;
  written.player.replica().sessions().for_each([&](SessionId id, std::int32_t) { before.push_back(id.value); });
  recovered.sessions.for_each([&](SessionId id, std::int32_t) { after.push_back(id.value); });
  RC_ASSERT(before == after);
}

RC_GTEST_PROP(ReplicaLaws, another_history_has_another_digest, ()) {
  const Writer written(spread(some_words()));
  Player other;
  for (const Recorded& input : written.inputs) other.play(std::span(&input, 1));
  RC_ASSERT(other.replica().digest() == written.player.replica().digest());
  const Recorded open{Recorded::Kind::kOpen, ChannelId{kSlots, 1}, {}, 0, false};
  other.play(std::span(&open, 1));
  RC_ASSERT(!(other.replica().digest() == written.player.replica().digest()));
}

}  // namespace
}  // namespace vivarium::testing
