// The histogram against a sorted list of all values.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "kernel/base/histogram.h"

namespace vivarium {
namespace {

std::int64_t any_value() {
  const auto bits = *rc::gen::inRange(0, 64);
  return static_cast<std::int64_t>(*rc::gen::arbitrary<std::uint64_t>() >> bits);
}

std::int64_t naive_percentile(std::vector<std::int64_t> values, std::uint32_t permille) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  std::size_t rank = 1;
  while (rank * 1000 < values.size() * permille) ++rank;
  return values[rank - 1];
}

RC_GTEST_PROP(Histogram, a_percentile_is_that_of_the_sorted_values_rounded_to_its_bucket, ()) {
  Histogram histogram;
  std::vector<std::int64_t> values;
  const auto count = *rc::gen::inRange(0, 300);
  for (int i = 0; i < count; ++i) {
    const std::int64_t value = any_value();
    histogram.add(value);
    values.push_back(std::clamp(value, std::int64_t{0}, Histogram::kMaxValue));
  }
  const auto permille = *rc::gen::element(1u, 500u, 950u, 990u, 999u, 1000u, *rc::gen::inRange(1u, 1001u));
  const std::int64_t exact = naive_percentile(values, permille);
  const std::int64_t answer = histogram.percentile(permille);
  RC_ASSERT(histogram.count() == values.size());
  RC_ASSERT(answer == (values.empty() ? 0 : Histogram::rounded(exact)));
  RC_ASSERT(answer >= exact);
  RC_ASSERT(answer - exact <= exact / 32);
}

RC_GTEST_PROP(Histogram, buckets_follow_each_other_without_a_gap, ()) {
  const auto value = *rc::gen::inRange<std::int64_t>(0, Histogram::kMaxValue);
  const std::int64_t last = Histogram::rounded(value);
  RC_ASSERT(Histogram::rounded(last) == last);
  RC_ASSERT(last == Histogram::kMaxValue || Histogram::rounded(last + 1) > last);
}

}  // namespace
}  // namespace vivarium
