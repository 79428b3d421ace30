// The constants of a snapshot, shared by its writer and its reader only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vivarium::snapshot_layout {

inline constexpr std::int32_t kMagic = 0x5A4B534E;  // "ZKSN"
inline constexpr std::int32_t kVersion = 2;
inline constexpr std::int64_t kDbId = -1;
/// Stands where the next node's path would.
inline constexpr std::string_view kEndOfNodes = "/";
/// Ends a stream, as an ustring (LearnerHandler).
inline constexpr std::string_view kSignature = "BenWasHere";
/// Follows the checksum in every seal.
inline constexpr std::string_view kSealMark = "/";
inline constexpr std::size_t kStatPersistedSize = 60;
/// Digests of older versions are hex strings.
inline constexpr std::int32_t kFirstBinaryDigest = 2;

}  // namespace vivarium::snapshot_layout
