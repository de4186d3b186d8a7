#include "scenario/scalars.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"

namespace windtunnel::scenario {
namespace {

std::string_view unsigned_part(std::string_view text) { return text.starts_with('+') ? text.substr(1) : text; }

// Plain text that YAML takes for a number, true, false or an odd number (.inf, .nan).
bool looks_typed(std::string_view text) {
  double number = 0;
  const std::string_view body = unsigned_part(text);
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), number);
  const bool letters = !body.empty() && body.find_first_of("0123456789") == std::string_view::npos;
  if (end == body.data() + body.size() && !body.empty() && !letters) return true;
  for (const std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE", ".inf", "-.inf", "+.inf", ".Inf",
                                      "-.Inf", ".INF", ".nan", ".NaN", ".NAN"}) {
    if (text == word) return true;
  }
  return false;
}

// A quoted number is text, and the schema says so too.
void require_plain(const Tree& scalar, std::string_view noun) {
  if (!scalar.quoted) return;
  throw InputError(fmt::format("\"{}\" in quotes is text; write {} without quotes", scalar.text, noun));
}

double finite(const Tree& scalar, std::string_view noun) {
  require_plain(scalar, noun);
  const std::string_view text = unsigned_part(scalar.text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole_text = end == text.data() + text.size() && !text.empty();
  if (whole_text && error == std::errc::result_out_of_range) {
    throw InputError(fmt::format("{} is too large or too small for a number", scalar.text));
  }
  const std::string_view word = scalar.text.starts_with('-') || scalar.text.starts_with('+')
                                    ? std::string_view(scalar.text).substr(1)
                                    : std::string_view(scalar.text);
  const bool special = word == ".inf" || word == ".Inf" || word == ".INF" || word == ".nan" || word == ".NaN" || word == ".NAN";
  if (special || (whole_text && error == std::errc() && !std::isfinite(value))) {
    throw InputError(fmt::format("{} is not finite; {} is needed", scalar.text, noun));
  }
  if (!whole_text || error != std::errc()) throw InputError(fmt::format("\"{}\" is not {}", scalar.text, noun));
  return value;
}

}  // namespace

template <>
bool read<bool>(const Tree& scalar) {
  require_plain(scalar, Scalar<bool>::noun);
  for (const std::string_view word : {"true", "True", "TRUE"}) {
    if (scalar.text == word) return true;
  }
  for (const std::string_view word : {"false", "False", "FALSE"}) {
    if (scalar.text == word) return false;
  }
  throw InputError(fmt::format("\"{}\" is not true or false", scalar.text));
}

template <>
std::int64_t read<std::int64_t>(const Tree& scalar) {
  require_plain(scalar, Scalar<std::int64_t>::noun);
  const std::string_view text = unsigned_part(scalar.text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end == text.data() + text.size() && error == std::errc()) return value;
  if (end == text.data() + text.size() && error == std::errc::result_out_of_range) {
    throw InputError(fmt::format("{} is too large: at most {}", scalar.text, std::numeric_limits<std::int64_t>::max()));
  }
  const double real = finite(scalar, Scalar<std::int64_t>::noun);  // 1e6 and 5.0 are whole, too
  if (real != std::floor(real) || std::abs(real) > 9007199254740992.0) {
    throw InputError(fmt::format("{} is not a whole number", scalar.text));
  }
  return static_cast<std::int64_t>(real);
}

template <>
double read<double>(const Tree& scalar) {
  return finite(scalar, Scalar<double>::noun);
}

template <>
std::string read<std::string>(const Tree& scalar) {
  if (!scalar.quoted && looks_typed(scalar.text)) {
    throw InputError(fmt::format("{0} is not text; write \"{0}\" in quotes", scalar.text));
  }
  return scalar.text;
}

std::string exact(std::int64_t value) { return std::to_string(value); }
std::string exact(double value) { return fmt::format("{}", value); }

}  // namespace windtunnel::scenario
