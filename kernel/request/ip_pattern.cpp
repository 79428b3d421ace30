// Parses as Java's IPAuthenticationProvider (3.9.5) does, with one deviation: signs inside IPv6 groups are refused.
#include "kernel/request/ip_pattern.h"

#include <array>
#include <cstdint>
#include <optional>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"

namespace vivarium {
namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;  // 4 or 16
};

/// A decimal int with an optional sign; nullopt when it is none or does not fit 0..limit.
std::optional<int> parse_decimal(std::string_view text, int limit) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '+' || negative)) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
    if (value > INT32_MAX) return std::nullopt;
  }
  if (value > limit || (negative && value != 0)) return std::nullopt;
  return static_cast<int>(value);
}

std::optional<Address> parse_v4(std::string_view text) {
  Address address;
  address.size = 4;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return std::nullopt;
    const auto part = parse_decimal(slice(text, 0, dot), 255);
    if (!part) return std::nullopt;
    address.bytes[i] = static_cast<std::uint8_t>(*part);
    text.remove_prefix(i == 3 ? text.size() : dot + 1);
  }
  return address;
}

std::optional<std::uint16_t> parse_hex_group(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    value = value * 16 + digit;
  }
  return static_cast<std::uint16_t>(value);
}

/// Reads colon-separated groups into `groups`; the number of them, or nullopt.
std::optional<std::size_t> parse_groups(std::string_view text, std::array<std::uint16_t, 8>& groups) {
  if (text.empty()) return 0;
  std::size_t count = 0;
  while (true) {
    const std::size_t colon = text.find(':');
    const auto group = parse_hex_group(slice(text, 0, colon));
    if (!group || count == groups.size()) return std::nullopt;
    groups[count++] = *group;
    if (colon == std::string_view::npos) return count;
    text.remove_prefix(colon + 1);
  }
}

std::optional<Address> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  std::array<std::uint16_t, 8> head{};
  std::array<std::uint16_t, 8> tail{};
  const auto head_count = parse_groups(slice(text, 0, gap), head);
  std::optional<std::size_t> tail_count = 0;
  if (gap != std::string_view::npos) tail_count = parse_groups(slice(text, gap + 2), tail);
  if (!head_count || !tail_count) return std::nullopt;
  const std::size_t total = *head_count + *tail_count;
  if (gap == std::string_view::npos ? total != 8 : total >= 8) return std::nullopt;

  Address address;
  address.size = 16;
  auto put = [&address](std::size_t at, std::uint16_t group) {
    KASSERT(at < 8);
    address.bytes[at * 2] = static_cast<std::uint8_t>(group >> 8);
    address.bytes[at * 2 + 1] = static_cast<std::uint8_t>(group & 0xff);
  };
  for (std::size_t i = 0; i < *head_count; ++i) put(i, head[i]);
  for (std::size_t i = 0; i < *tail_count; ++i) put(8 - *tail_count + i, tail[i]);
  return address;
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_v6(text);
  return parse_v4(text);
}

struct Pattern {
  Address address;
  std::size_t bits = 0;
};

std::optional<Pattern> parse_pattern(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(slice(text, 0, slash));
  if (!address) return std::nullopt;
  Pattern pattern{*address, address->size * 8};
  if (slash != std::string_view::npos) {
    const auto bits = parse_decimal(slice(text, slash + 1), static_cast<int>(address->size * 8));
    if (!bits) return std::nullopt;
    pattern.bits = static_cast<std::size_t>(*bits);
  }
  KASSERT(pattern.bits <= pattern.address.size * 8);
  return pattern;
}

}  // namespace

bool is_valid_ip_pattern(std::string_view pattern) { return parse_pattern(pattern).has_value(); }

bool ip_matches(std::string_view address, std::string_view pattern) {
  const auto wanted = parse_pattern(pattern);
  const auto actual = parse_address(address);
  if (!wanted || !actual || wanted->address.size != actual->size) return false;
  std::size_t left = wanted->bits;
  for (std::size_t i = 0; left > 0; ++i) {
    KASSERT(i < actual->size);
    const std::size_t bits = left < 8 ? left : 8;
    const unsigned mask = 0xffu << (8 - bits) & 0xffu;
    if (((wanted->address.bytes[i] ^ actual->bytes[i]) & mask) != 0) return false;
    left -= bits;
  }
  return true;
}

}  // namespace vivarium
