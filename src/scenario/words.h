// What to say about a word that nobody knows.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace windtunnel::scenario {

struct Unknown {
  std::string message;  ///< `unknown rule "trimed_mean"`
  std::string hint;     ///< `did you mean "trimmed_mean"?   known: mean, median, …`
};

Unknown unknown_word(std::string_view what, std::string_view word, std::span<const std::string_view> known);

}  // namespace windtunnel::scenario
