#include "adapters/storage/snapshot_file.h"

#include "adapters/storage/whole_file.h"

namespace vivarium {
namespace {

constexpr std::uint64_t kSyncEvery = 8u << 20;
constexpr std::size_t kReadChunk = 1u << 20;

/// Accepts everything: the reader has checked form and seals.
class CheckingSink final : public SnapshotSink {
 public:
  void on_session(SessionId, std::int32_t) override {}
  void on_acl(std::int64_t, AclBytes) override {}
  bool on_node(std::string_view, MaybeBytes, std::int64_t, const StatPersisted&) override { return true; }
  void on_digest(Zxid, TxnDigest) override {}
  void on_last_processed(Zxid) override {}
};

Failure<std::string> broken_at(const SnapshotReader& reader, Compression compression, SnapshotError error) {
  return Failure{std::string(snapshot_error_name(error)) + " at offset " + std::to_string(reader.offset()) +
                 (compression == Compression::kNone ? "" : " of the decompressed snapshot")};
}

}  // namespace

Failure<std::string> SnapshotFile::fail(std::string what, IoError error) {
  what += " " + temporary_ + ": " + io_error_name(error);
  abandon();
  return Failure{std::move(what)};
}

void SnapshotFile::abandon() {
  if (!file_) return;
  file_.reset();
  encoder_.reset();
  // A leftover is removed at the next start.
  static_cast<void>(remove_if_present(fs_, temporary_).ok());
}

Result<Done, std::string> SnapshotFile::begin(Zxid zxid) {
  abandon();
  zxid_ = zxid;
  const std::string name = snapshot_name(zxid, compression_);
  final_ = join_path(directory_, name);
  temporary_ = join_path(directory_, temporary_name(name));
  position_ = synced_ = 0;
  if (const auto removed = remove_if_present(fs_, temporary_); !removed) return fail("cannot remove", removed.error());
  auto file = fs_.open(temporary_, OpenMode::kCreateNew);
  if (!file) return fail("cannot create snapshot", file.error());
  file_ = std::move(*file);
  encoder_ = make_snapshot_encoder(compression_);
  return Done{};
}

Result<Done, std::string> SnapshotFile::write(const std::string& bytes) {
  if (const auto written = file_->write_at(position_, bytes); !written) {
    return fail("cannot write snapshot", written.error());
  }
  position_ += bytes.size();
  if (!force_sync_ || position_ - synced_ < kSyncEvery) return Done{};
  if (const auto synced = file_->sync(); !synced) return fail("cannot sync snapshot", synced.error());
  synced_ = position_;
  return Done{};
}

Result<Done, std::string> SnapshotFile::chunk(std::string_view bytes) {
  KASSERT(writing());
  std::string encoded;
  encoder_->feed(bytes, encoded);
  return write(encoded);
}

Result<Done, std::string> SnapshotFile::end() {
  KASSERT(writing());
  std::string encoded;
  encoder_->finish(encoded);
  if (auto written = write(encoded); !written) return written;
  // Synced even with forceSync=no: the logs below it are purged on its strength.
  if (const auto synced = file_->sync(); !synced) return fail("cannot sync snapshot", synced.error());
  if (const auto renamed = fs_.rename(temporary_, final_); !renamed) {
    return fail("cannot rename snapshot", renamed.error());
  }
  file_.reset();
  encoder_.reset();
  if (const auto synced = fs_.sync_directory(directory_); !synced) {
    return Failure{"cannot sync directory " + directory_ + ": " + io_error_name(synced.error())};
  }
  return Done{};
}

Result<Done, std::string> read_snapshot(FileSystem& fs, const NamedSnapshot& snapshot, SnapshotSink& sink) {
  auto file = fs.open(snapshot.path, OpenMode::kRead);
  if (!file) return Failure{std::string(io_error_name(file.error()))};
  const auto decoder = make_snapshot_decoder(snapshot.compression);
  SnapshotReader reader;
  std::string raw, decoded;
  for (std::uint64_t offset = 0;; offset += raw.size()) {
    if (const auto read = (*file)->read_at(offset, kReadChunk, raw); !read) {
      return Failure{std::string(io_error_name(read.error()))};
    }
    if (raw.empty()) break;
    std::string_view bytes = raw;
    if (snapshot.compression != Compression::kNone) {
      decoded.clear();
      if (!decoder->feed(raw, decoded)) return Failure{std::string("the compressed stream is broken")};
      bytes = decoded;
    }
    if (const auto fed = reader.feed(bytes, sink); !fed) return broken_at(reader, snapshot.compression, fed.error());
  }
  if (!decoder->finish()) return Failure{std::string("the compressed stream ends too early")};
  if (const auto finished = reader.finish(); !finished) {
    return broken_at(reader, snapshot.compression, finished.error());
  }
  return Done{};
}

Result<Done, std::string> verify_snapshot(FileSystem& fs, const NamedSnapshot& snapshot) {
  CheckingSink sink;
  return read_snapshot(fs, snapshot, sink);
}

}  // namespace vivarium
