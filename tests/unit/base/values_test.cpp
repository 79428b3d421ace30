// The small values: zxids, Result, keyed randomness.
#include <gtest/gtest.h>

#include "kernel/base/result.h"
#include "kernel/base/rng.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"

namespace vivarium {
namespace {

TEST(Zxid, is_an_epoch_and_a_counter) {
  const Zxid zxid = Zxid::make(Epoch{5}, 0xffffffffu);
  EXPECT_EQ(zxid.value, 0x5ffffffffLL);
  EXPECT_EQ(zxid.epoch(), Epoch{5});
  EXPECT_EQ(zxid.counter(), 0xffffffffu);
  EXPECT_LT(zxid, Zxid::make(Epoch{6}, 0));
}

TEST(Result, holds_a_value_or_an_error) {
  const Result<int, char> good(3);
  const Result<int, char> bad(Failure<char>{'x'});
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(*good, 3);
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.error(), 'x');
}

TEST(ResultDeathTest, panics_when_misused) {
  const Result<int, char> bad(Failure<char>{'x'});
  EXPECT_DEATH(static_cast<void>(bad.value()), "value != nullptr");
}

TEST(Draw, depends_on_each_key) {
  const std::uint64_t base = draw(Seed{1}, 2, 3);
  EXPECT_NE(base, draw(Seed{2}, 2, 3));
  EXPECT_NE(base, draw(Seed{1}, 3, 3));
  EXPECT_NE(base, draw(Seed{1}, 2, 4));
  EXPECT_EQ(base, draw(Seed{1}, 2, 3));
}

TEST(Draw, stays_below_its_bound) {
  for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_LT(draw_below(Seed{7}, 1, i, 3), 3u);
}

TEST(Duration, converts_without_floating_point) {
  EXPECT_EQ(Duration::seconds(2).to_millis(), 2000);
  EXPECT_EQ((Instant{} + Duration::millis(5)).to_millis(), 5);
  EXPECT_LT(Instant{5}, Instant::never());
}

}  // namespace
}  // namespace vivarium
