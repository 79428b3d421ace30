// Bounds-checked big-endian reading and writing over byte ranges: the one place where the kernel touches
// raw bytes of the outside.
//
// ByteReader: failure is sticky; after the first short or negative read every result is zero or empty and
// `ok()` stays false, so a decoder reads all its fields and checks once. It never reads past its view.
// ByteWriter: appends to a Vector<char> that the caller owns. A record of fixed size takes its room once with
// `extend` and stores its fields there.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "kernel/base/assert.h"
#include "kernel/base/containers.h"
#include "kernel/base/types.h"

namespace vivarium {

template <class U>
constexpr U byteswap_if_little(U v) {
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof(U) == 8) return __builtin_bswap64(v);
    if constexpr (sizeof(U) == 4) return __builtin_bswap32(v);
    if constexpr (sizeof(U) == 2) return __builtin_bswap16(v);
  }
  return v;
}

template <class U>
U load_big_endian(const char* from) {
  U v;
  std::memcpy(&v, from, sizeof v);
  return byteswap_if_little(v);
}

template <class U>
void store_big_endian(char* to, U v) {
  v = byteswap_if_little(v);
  std::memcpy(to, &v, sizeof v);
}

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : cursor_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  /// The first failure was that the bytes ended: with more of them the same reads might succeed.
  bool overrun() const { return overrun_; }
  /// Everything was read and nothing failed.
  bool finished() const { return ok_ && cursor_ == end_; }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - cursor_); }
  std::string_view rest() const { return {cursor_, remaining()}; }
  void fail() {
    ok_ = false;
    cursor_ = end_;
  }

  std::uint8_t u8() { return integer<std::uint8_t>(); }
  bool boolean() { return u8() != 0; }
  std::int32_t i32() { return static_cast<std::int32_t>(integer<std::uint32_t>()); }
  std::int64_t i64() { return static_cast<std::int64_t>(integer<std::uint64_t>()); }

  /// Exactly `size` bytes, or failure.
  std::string_view bytes(std::size_t size) {
    if (size > remaining()) {
      fail_short();
      return {};
    }
    std::string_view taken(cursor_, size);
    cursor_ += size;
    return taken;
  }

  /// A jute buffer or ustring: int length (-1 = null), bytes.
  MaybeBytes buffer() {
    const std::int32_t size = i32();
    if (size == -1) return std::nullopt;
    if (size < 0) fail();
    if (!ok_) return std::nullopt;
    return bytes(static_cast<std::size_t>(size));
  }
  /// A jute ustring where null means empty.
  std::string_view ustring() { return buffer().value_or(std::string_view{}); }

 private:
  void fail_short() {
    overrun_ = overrun_ || ok_;
    fail();
  }

  template <class U>
  U integer() {
    if (remaining() < sizeof(U)) {
      fail_short();
      return 0;
    }
    const U v = load_big_endian<U>(cursor_);
    cursor_ += sizeof(U);
    return v;
  }

  const char* cursor_;
  const char* end_;
  bool ok_ = true;
  bool overrun_ = false;
};

class ByteWriter {
 public:
  explicit ByteWriter(Vector<char>& out) : out_(out) {}

  std::size_t size() const { return out_.size(); }
  void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
  void boolean(bool v) { u8(v ? 1 : 0); }
  void i32(std::int32_t v) { integer(static_cast<std::uint32_t>(v)); }
  void i64(std::int64_t v) { integer(static_cast<std::uint64_t>(v)); }
  void bytes(std::string_view v) {
    char* to = extend(v.size());
    if (!v.empty()) std::memcpy(to, v.data(), v.size());
  }
  void buffer(MaybeBytes v) {
    if (!v) return i32(-1);
    ustring(*v);
  }
  void ustring(std::string_view v) {
    KASSERT(v.size() <= INT32_MAX);
    char* to = extend(sizeof(std::int32_t) + v.size());
    store_big_endian(to, static_cast<std::uint32_t>(v.size()));
    if (!v.empty()) std::memcpy(to + sizeof(std::int32_t), v.data(), v.size());
  }

  /// Makes room for `size` bytes and returns their place; the caller writes every one of them before it
  /// appends anything else.
  char* extend(std::size_t size) {
    const std::size_t at = out_.size();
    out_.resize(at + size, boost::container::default_init);
    return out_.data() + at;
  }
  /// What was appended since `size()` was `from`. Valid until the next append.
  std::string_view written_since(std::size_t from) const {
    KASSERT(from <= out_.size());
    return {out_.data() + from, out_.size() - from};
  }

  /// Leaves room for an int that is known later, and returns its place for `patch_i32`.
  std::size_t reserve_i32() {
    const std::size_t at = out_.size();
    i32(0);
    return at;
  }
  void patch_i32(std::size_t at, std::int32_t v) {
    KASSERT(at + 4 <= out_.size());
    store_big_endian(out_.data() + at, static_cast<std::uint32_t>(v));
  }

 private:
  template <class U>
  void integer(U v) {
    store_big_endian(extend(sizeof(U)), v);
  }

  Vector<char>& out_;
};

inline std::string_view view(const Vector<char>& v) { return {v.data(), v.size()}; }

}  // namespace vivarium
