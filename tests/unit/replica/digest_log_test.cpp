#include "kernel/replica/digest_log.h"

#include <gtest/gtest.h>

#include <vector>

namespace vivarium {
namespace {

std::vector<std::pair<std::int64_t, std::uint64_t>> entries(const DigestLog& log) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> all;
  log.for_each([&all](Zxid zxid, std::uint64_t digest) { all.emplace_back(zxid.value, digest); });
  return all;
}

TEST(DigestLog, keeps_one_digest_per_128_txns) {
  DigestLog log;
  for (std::int64_t zxid = 1; zxid <= 300; ++zxid) log.applied(Zxid{zxid}, static_cast<std::uint64_t>(zxid) * 10);
  EXPECT_EQ(entries(log), (std::vector<std::pair<std::int64_t, std::uint64_t>>{{128, 1280}, {256, 2560}}));
}

TEST(DigestLog, forgets_the_oldest_beyond_1024) {
  DigestLog log;
  for (std::int64_t i = 1; i <= 1030; ++i) log.applied(Zxid{i * 128}, static_cast<std::uint64_t>(i));
  const auto all = entries(log);
  ASSERT_EQ(all.size(), 1024u);
  EXPECT_EQ(all.front().second, 7u);
  EXPECT_EQ(all.back().second, 1030u);
}

TEST(DigestLog, keeps_none_of_a_tree_that_was_loaded_while_it_changed) {
  DigestLog log;
  log.exact_from(Zxid{256});
  EXPECT_FALSE(log.is_exact(Zxid{255}));
  EXPECT_TRUE(log.is_exact(Zxid{256}));
  for (std::int64_t i = 1; i <= 384; ++i) log.applied(Zxid{i}, static_cast<std::uint64_t>(i));
  EXPECT_EQ(entries(log), (std::vector<std::pair<std::int64_t, std::uint64_t>>{{256, 256}, {384, 384}}));
}

}  // namespace
}  // namespace vivarium
