// One node of the tree, in 96 bytes: the stat, and where its name, data, parent, children and ACL are.
//
// Names and data share one heap block (NodeSlab owns it): name bytes, then data bytes. Names of 255 bytes and more
// are preceded by their length, so that the usual name costs no length field.
// Must never: be copied by itself (NodeSlab copies the heap block with it).
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "kernel/base/assert.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"

namespace vivarium {

/// Place of a node in its tree's NodeSlab. Reused after a delete; equal histories give equal ids.
using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xffffffffu;
/// Place of a directory in ChildLists; 0 is "no children".
using ListId = std::uint32_t;
inline constexpr ListId kNoList = 0;
/// Place of an ACL in AclTable; 0 is the open ACL.
using AclSlot = std::uint32_t;
inline constexpr AclSlot kOpenAclSlot = 0;

struct alignas(32) Znode {
  // What a look-up touches comes first: one cache line.
  char* block = nullptr;        // [u32 length if long name] name, data; nullptr when all are empty
  std::uint32_t hash : 24 = 0;  // of the whole path; decides the bucket in PathIndex
  std::uint32_t short_name_length : 8 = 0;
  NodeId next = kNoNode;  // chain of the bucket, or free list
  NodeId parent = kNoNode;
  std::int32_t data_length = -1;  // -1: null data
  ListId children = kNoList;
  AclSlot acl = kOpenAclSlot;

  Zxid czxid, mzxid, pzxid;
  WallTime ctime, mtime;
  std::int64_t ephemeral_owner = 0;  // as stored; owner_kind() says what it means
  std::int32_t version = 0, cversion = 0, aversion = 0;
  std::uint32_t digest = 0;  // CRC-32 as it counts in the tree digest; 0 when it does not count

  static constexpr std::uint32_t kLongName = 255;
  static constexpr std::uint32_t kHashMask = 0xffffffu;

  bool has_long_name() const { return short_name_length == kLongName; }
  std::string_view name() const {
    if (!has_long_name()) return {block, short_name_length};
    std::uint32_t length;
    std::memcpy(&length, block, sizeof length);
    return {block + sizeof length, length};
  }
  std::string_view data_or_empty() const {
    if (data_length <= 0) return {};
    const std::string_view before = name();
    return {before.data() + before.size(), static_cast<std::size_t>(data_length)};
  }
  MaybeBytes data() const {
    if (data_length < 0) return std::nullopt;
    return data_or_empty();
  }
};
static_assert(sizeof(Znode) == 96, "the memory target counts on it");

}  // namespace vivarium
