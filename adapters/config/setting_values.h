// Readers of single values of zoo.cfg. A reader returns "" when it took the value, else what was expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vivarium {

/// A decimal integer as Java's parseInt takes it, within [min, max].
std::string read_integer(std::string_view value, std::int64_t min, std::int64_t max, std::int64_t& out);
/// A decimal fraction within [min, max] percent, rounded to whole percents: "0.33" is 33.
std::string read_percent(std::string_view value, std::int32_t min, std::int32_t max, std::int32_t& out);
/// A decimal fraction from 0 to 1, in billionths: "0.02" is 20000000.
std::string read_fraction(std::string_view value, std::int64_t& out);
/// true or false in any letter case.
std::string read_boolean(std::string_view value, bool& out);
/// yes or no in any letter case.
std::string read_yes_no(std::string_view value, bool& out);
/// Hours as a plain number, or a number with ms, s, m, h or d; the result is in milliseconds.
std::string read_interval(std::string_view value, std::int64_t& out_ms);
/// Removes blanks at both ends, as Apache does with every key and value.
std::string_view trimmed(std::string_view s);
/// Splits at commas and trims the parts; empty parts are dropped.
template <class Take>
void for_each_in_list(std::string_view list, Take&& take) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view part = trimmed(list.substr(0, comma));
    if (!part.empty()) take(part);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
}
std::string lower_case(std::string_view s);

}  // namespace vivarium
