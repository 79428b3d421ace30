// The vocabulary of identities: strong integers that the compiler keeps apart.
//
// Must never: convert silently between kinds, or order what has no meaningful order on the wire.
// Names follow ZooKeeper's own terms (see docs/GLOSSARY.md).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vivarium {

/// An integer of type `Rep` that only mixes with its own kind. `Tag` is never defined.
template <class Tag, class Rep>
struct Strong {
  Rep value{};
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

/// Identity of a client session; a Java long on the wire. The top byte is the issuing server's id.
using SessionId = Strong<struct SessionIdTag, std::int64_t>;
/// `myid`: configured identity of a server, 0..255 in practice.
using ServerId = Strong<struct ServerIdTag, std::int64_t>;
/// Reign number of a leader: the high half of a zxid.
using Epoch = Strong<struct EpochTag, std::int64_t>;
/// Number that a client gives its request. Negative values are reserved (protocol.md 2.3).
using Xid = Strong<struct XidTag, std::int32_t>;
/// One life of a process between boots, or of a log between truncations; completions carry it.
using Incarnation = Strong<struct IncarnationTag, std::uint64_t>;

/// Position in history: (epoch << 32) | counter. Ordered as a signed 64-bit integer, as in Java.
struct Zxid {
  std::int64_t value = 0;

  constexpr Epoch epoch() const { return Epoch{value >> 32}; }
  constexpr std::uint32_t counter() const { return static_cast<std::uint32_t>(value); }
  constexpr Zxid next() const { return Zxid{value + 1}; }
  static constexpr Zxid make(Epoch epoch, std::uint32_t counter) {
    return Zxid{(epoch.value << 32) | static_cast<std::int64_t>(counter)};
  }
  friend constexpr auto operator<=>(const Zxid&, const Zxid&) = default;
};

/// A byte channel (client connection, election link, learner link). `slot` is small and reused, so that
/// tables may be arrays; `generation` tells two users of one slot apart. Slots are given by the adapter,
/// smallest free one first.
struct ChannelId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  friend constexpr auto operator<=>(const ChannelId&, const ChannelId&) = default;
};

/// Jute buffers and strings may be null, which is distinct from empty (protocol.md section 1).
using MaybeBytes = std::optional<std::string_view>;

/// `vector<ACL>` in jute encoding, element count included. ACL lists are compared, hashed and stored as
/// these bytes and only decoded when a permission is checked.
using AclBytes = std::string_view;

}  // namespace vivarium
