#include "adapters/storage/snapshot_stream.h"

#include <snappy.h>
#include <zlib.h>

#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/base/bytes.h"

namespace vivarium {
namespace {

// ---- none ----------------------------------------------------------------------------------------------------------

class PlainDecoder final : public SnapshotDecoder {
 public:
  bool feed(std::string_view bytes, std::string& out) override {
    out.append(bytes);
    return true;
  }
  bool finish() override { return true; }
};

class PlainEncoder final : public SnapshotEncoder {
 public:
  void feed(std::string_view bytes, std::string& out) override { out.append(bytes); }
  void finish(std::string&) override {}
};

// ---- gzip ----------------------------------------------------------------------------------------------------------

constexpr int kGzipWindow = 15 + 16;  // largest window, gzip wrapping
constexpr std::size_t kPiece = 64 * 1024;

Bytef* zlib_bytes(std::string_view bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

class GzipDecoder final : public SnapshotDecoder {
 public:
  GzipDecoder() { KASSERT(inflateInit2(&stream_, kGzipWindow) == Z_OK); }
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  bool feed(std::string_view bytes, std::string& out) override {
    stream_.next_in = zlib_bytes(bytes);
    stream_.avail_in = static_cast<uInt>(bytes.size());
    while (stream_.avail_in > 0) {
      if (ended_) return false;
      if (!inflate_piece(out)) return false;
    }
    return true;
  }
  bool finish() override { return ended_; }

 private:
  bool inflate_piece(std::string& out) {
    const std::size_t before = out.size();
    out.resize(before + kPiece);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = kPiece;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    out.resize(before + kPiece - stream_.avail_out);
    ended_ = result == Z_STREAM_END;
    return result == Z_OK || result == Z_STREAM_END;
  }

  z_stream stream_{};
  bool ended_ = false;
};

class GzipEncoder final : public SnapshotEncoder {
 public:
  GzipEncoder() {
    KASSERT(deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  }
  ~GzipEncoder() override { deflateEnd(&stream_); }
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;

  void feed(std::string_view bytes, std::string& out) override {
    stream_.next_in = zlib_bytes(bytes);
    stream_.avail_in = static_cast<uInt>(bytes.size());
    while (stream_.avail_in > 0) deflate_piece(Z_NO_FLUSH, out);
  }
  void finish(std::string& out) override {
    while (deflate_piece(Z_FINISH, out) != Z_STREAM_END) {
    }
  }

 private:
  int deflate_piece(int flush, std::string& out) {
    const std::size_t before = out.size();
    out.resize(before + kPiece);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = kPiece;
    const int result = deflate(&stream_, flush);
    KASSERT(result != Z_STREAM_ERROR);
    out.resize(before + kPiece - stream_.avail_out);
    return result;
  }

  z_stream stream_{};
};

// ---- snappy --------------------------------------------------------------------------------------------------------

constexpr std::string_view kSnappyMagic("\x82SNAPPY\0", 8);
constexpr std::size_t kSnappyHeader = 16;
constexpr std::size_t kSnappyBlock = 32 * 1024;
constexpr std::size_t kMaxSnappyBlock = 64u << 20;  // far above what snappy-java writes

class SnappyDecoder final : public SnapshotDecoder {
 public:
  bool feed(std::string_view bytes, std::string& out) override {
    pending_.append(bytes);
    std::string_view rest = pending_;
    if (!header_seen_) {
      if (rest.size() < kSnappyHeader) return true;
      if (rest.substr(0, kSnappyMagic.size()) != kSnappyMagic) return false;
      rest.remove_prefix(kSnappyHeader);
      header_seen_ = true;
    }
    while (rest.size() >= 4) {
      const std::size_t size = load_big_endian<std::uint32_t>(rest.data());
      if (size > kMaxSnappyBlock) return false;
      if (rest.size() < 4 + size) break;
      if (!append_block(rest.substr(4, size), out)) return false;
      rest.remove_prefix(4 + size);
    }
    pending_.erase(0, pending_.size() - rest.size());
    return true;
  }
  bool finish() override { return header_seen_ && pending_.empty(); }

 private:
  static bool append_block(std::string_view block, std::string& out) {
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(block.data(), block.size(), &size) || size > kMaxSnappyBlock) return false;
    const std::size_t before = out.size();
    out.resize(before + size);
    return snappy::RawUncompress(block.data(), block.size(), out.data() + before);
  }

  std::string pending_;
  bool header_seen_ = false;
};

class SnappyEncoder final : public SnapshotEncoder {
 public:
  void feed(std::string_view bytes, std::string& out) override {
    start(out);
    pending_.append(bytes);
    std::string_view rest = pending_;
    while (rest.size() >= kSnappyBlock) {
      append_block(rest.substr(0, kSnappyBlock), out);
      rest.remove_prefix(kSnappyBlock);
    }
    pending_.erase(0, pending_.size() - rest.size());
  }
  void finish(std::string& out) override {
    start(out);
    if (!pending_.empty()) append_block(pending_, out);
    pending_.clear();
  }

 private:
  static void append_int(std::uint32_t value, std::string& out) {
    char bytes[4];
    store_big_endian(bytes, value);
    out.append(bytes, sizeof bytes);
  }
  void start(std::string& out) {
    if (started_) return;
    started_ = true;
    out.append(kSnappyMagic);
    append_int(1, out);
    append_int(1, out);
  }
  static void append_block(std::string_view bytes, std::string& out) {
    std::string compressed;
    snappy::Compress(bytes.data(), bytes.size(), &compressed);
    append_int(static_cast<std::uint32_t>(compressed.size()), out);
    out.append(compressed);
  }

  std::string pending_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<SnapshotDecoder> make_snapshot_decoder(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return std::make_unique<PlainDecoder>();
    case Compression::kGzip:
      return std::make_unique<GzipDecoder>();
    case Compression::kSnappy:
      return std::make_unique<SnappyDecoder>();
  }
  KUNREACHABLE();
}

std::unique_ptr<SnapshotEncoder> make_snapshot_encoder(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return std::make_unique<PlainEncoder>();
    case Compression::kGzip:
      return std::make_unique<GzipEncoder>();
    case Compression::kSnappy:
      return std::make_unique<SnappyEncoder>();
  }
  KUNREACHABLE();
}

}  // namespace vivarium
