// CRC-32 over path, data and 60 bytes of stat; pzxid comes third, unlike in a snapshot.
#include "kernel/tree/digest.h"

#include "kernel/base/assert.h"
#include "kernel/base/bytes.h"
#include "kernel/base/hash.h"

namespace vivarium {

std::uint32_t node_digest(std::string_view path, MaybeBytes data, const StatPersisted& stat) {
  constexpr std::size_t kStatSize = 60;
  char bytes[kStatSize];
  char* to = bytes;
  auto put_long = [&](std::int64_t v) {
    store_big_endian(to, static_cast<std::uint64_t>(v));
    to += 8;
  };
  auto put_int = [&](std::int32_t v) {
    store_big_endian(to, static_cast<std::uint32_t>(v));
    to += 4;
  };
  put_long(stat.czxid.value);
  put_long(stat.mzxid.value);
  put_long(stat.pzxid.value);
  put_long(stat.ctime.millis);
  put_long(stat.mtime.millis);
  put_int(stat.version);
  put_int(stat.cversion);
  put_int(stat.aversion);
  put_long(stat.ephemeral_owner);
  KASSERT(to == bytes + kStatSize);
  std::uint32_t crc = path == "/" ? 0 : crc32(path);
  if (data) crc = crc32(*data, crc);
  return crc32({bytes, kStatSize}, crc);
}

bool counts_in_digest(std::string_view path) { return !path.starts_with("/zookeeper/"); }

}  // namespace vivarium
