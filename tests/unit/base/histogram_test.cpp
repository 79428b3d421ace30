#include "kernel/base/histogram.h"

#include <gtest/gtest.h>

namespace vivarium {
namespace {

TEST(Histogram, without_values_every_percentile_is_zero) { EXPECT_EQ(Histogram().percentile(999), 0); }

TEST(Histogram, small_values_are_exact) {
  Histogram histogram;
  for (int value = 1; value <= 60; ++value) histogram.add(value);
  EXPECT_EQ(histogram.percentile(500), 30);
  EXPECT_EQ(histogram.percentile(950), 57);
  EXPECT_EQ(histogram.percentile(999), 60);
}

TEST(Histogram, one_slow_request_in_a_thousand_shows_only_in_the_highest_percentile) {
  Histogram histogram;
  for (int i = 0; i < 998; ++i) histogram.add(1);
  histogram.add(5000);
  histogram.add(5000);
  EXPECT_EQ(histogram.percentile(990), 1);
  EXPECT_EQ(histogram.percentile(999), Histogram::rounded(5000));
  EXPECT_LE(Histogram::rounded(5000), 5000 + 5000 / 32);
}

TEST(Histogram, what_is_out_of_range_counts_as_its_nearest_bound) {
  Histogram histogram;
  histogram.add(-5);
  EXPECT_EQ(histogram.percentile(1000), 0);
  histogram.add(INT64_MAX);
  EXPECT_EQ(histogram.percentile(1000), Histogram::kMaxValue);
}

}  // namespace
}  // namespace vivarium
