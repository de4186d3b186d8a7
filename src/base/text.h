// Small helpers for messages.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace windtunnel {

/// "a, b, c".
std::string join(std::span<const std::string_view> words, std::string_view separator = ", ");

/// The word of `known` nearest to `word` in edit distance (adjacent swaps count one), or empty when none is near enough
/// to be a likely slip (more than a third of the letters differ).
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// `unknown <what> "<word>"; did you mean "<near>"? known: a, b, c` (the question only when there is a near word).
std::string unknown_word(std::string_view what, std::string_view word, std::span<const std::string_view> known);

}  // namespace windtunnel
