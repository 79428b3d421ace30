// Compression of snapshot streams: none, gzip, or snappy as snappy-java frames it.
//
//   snappy-java = magic 0x82 "SNAPPY" 0, int version 1, int compatible version 1,
//                 then blocks: int size, raw snappy block (of at most 32 KiB, uncompressed)
//
// Must never: pass on bytes of a stream that ended early as if it were whole (finish() says so).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/storage/file_names.h"
#include "kernel/base/result.h"

namespace vivarium {

/// Turns file bytes into snapshot bytes. Both calls give false when the stream is broken.
class SnapshotDecoder {
 public:
  virtual ~SnapshotDecoder() = default;
  /// Appends what `bytes` decode to.
  virtual bool feed(std::string_view bytes, std::string& out) = 0;
  /// Whether the stream ended where it may.
  virtual bool finish() = 0;
};
std::unique_ptr<SnapshotDecoder> make_snapshot_decoder(Compression compression);

/// Turns snapshot bytes into file bytes.
class SnapshotEncoder {
 public:
  virtual ~SnapshotEncoder() = default;
  virtual void feed(std::string_view bytes, std::string& out) = 0;
  virtual void finish(std::string& out) = 0;
};
std::unique_ptr<SnapshotEncoder> make_snapshot_encoder(Compression compression);

}  // namespace vivarium
