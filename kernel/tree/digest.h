// The tree digest of ZooKeeper 3.6 and later (DigestCalculator version 2; protocol.md 3.2).
//
// The tree's digest is the sum, modulo 2^64, of the digests of the nodes that count.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/types.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {

/// CRC-32 over path, data and stat in DigestCalculator's order. `path` is "" for the root ("/" is taken as "").
std::uint32_t node_digest(std::string_view path, MaybeBytes data, const StatPersisted& stat);
/// Whether a node counts in the tree digest: its path does not begin with "/zookeeper/".
bool counts_in_digest(std::string_view path);

}  // namespace vivarium
