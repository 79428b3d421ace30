// "Did you mean": the known word nearest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vivarium {

/// The nearest of `known` by edits (insert, remove, replace, swap neighbours; letter case is free), or "" when none is
/// near enough to be a plausible slip.
std::string suggest(std::string_view word, std::span<const std::string_view> known);

}  // namespace vivarium
