// The fast checksums against zlib, their naive twin here: any bytes, any split, any alignment.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

#include <string>

#include "kernel/base/hash.h"

namespace vivarium {
namespace {

/// Long strings too: the interesting sizes lie around the groups and runs of the fast loops.
rc::Gen<std::string> byte_strings() {
  return rc::gen::mapcat(
      rc::gen::element<std::size_t>(0, 7, 176, 177, 1000, 45056, 45064, 100000), [](std::size_t base) {
        return rc::gen::map(rc::gen::tuple(rc::gen::inRange<std::size_t>(0, 400), rc::gen::arbitrary<std::uint64_t>()),
                            [base](const std::tuple<std::size_t, std::uint64_t>& choice) {
                              std::uint64_t state = std::get<1>(choice);
                              std::string bytes(base + std::get<0>(choice), '\0');
                              for (char& c : bytes) {
                                state = state * 6364136223846793005ULL + 1442695040888963407ULL;
                                // A third of all strings is nothing but 0xff: the largest sums.
                                c = std::get<1>(choice) % 3 == 0 ? '\xff' : static_cast<char>(state >> 56);
                              }
                              return bytes;
                            });
      });
}

const Bytef* data_of(std::string_view bytes) { return reinterpret_cast<const Bytef*>(bytes.data()); }

RC_GTEST_PROP(Adler32, equals_zlib, ()) {
  const std::string bytes = *byte_strings();
  const auto offset = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
  const std::string_view tail = std::string_view(bytes).substr(offset);
  RC_ASSERT(adler32(tail) == ::adler32(1, data_of(tail), static_cast<uInt>(tail.size())));
}

RC_GTEST_PROP(Crc32, equals_zlib, ()) {
  const std::string bytes = *byte_strings();
  const auto offset = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
  const std::string_view tail = std::string_view(bytes).substr(offset);
  RC_ASSERT(crc32(tail) == ::crc32(0, data_of(tail), static_cast<uInt>(tail.size())));
}

RC_GTEST_PROP(Checksums, may_be_continued_at_any_byte, ()) {
  const std::string bytes = *byte_strings();
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
  const std::string_view front = std::string_view(bytes).substr(0, cut), back = std::string_view(bytes).substr(cut);
  RC_ASSERT(adler32(back, adler32(front)) == adler32(bytes));
  RC_ASSERT(crc32(back, crc32(front)) == crc32(bytes));
}

}  // namespace
}  // namespace vivarium
