#include "scenario/quantity_pattern.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <vector>

namespace windtunnel::scenario {
namespace {

constexpr std::string_view number = "([0-9]+\\.?[0-9]*|\\.[0-9]+)";
constexpr double finest = 1e6;  // bounds are told to a millionth

struct Decimal {
  std::string whole, part;  // without leading and trailing zeros
};

// Of a bound, rounded outwards; none when the rounded one bounds nothing that can be written.
std::optional<Decimal> decimal(double bound, bool upwards) {
  const double scaled = bound * finest, nearest = std::round(scaled);
  const bool exact = std::abs(scaled - nearest) <= 1e-9 * scaled;
  const double outwards = exact ? nearest : upwards ? std::ceil(scaled) : std::floor(scaled);
  if (!(outwards < 1e15)) return std::nullopt;
  const auto millionths = static_cast<std::int64_t>(outwards);
  Decimal d{std::to_string(millionths / 1'000'000), fmt::format("{:06}", millionths % 1'000'000)};
  if (d.whole == "0") d.whole.clear();
  d.part.erase(d.part.find_last_not_of('0') + 1);
  return d;
}

std::string digits(int low, int high) { return low == high ? std::to_string(low) : fmt::format("[{}-{}]", low, high); }

std::string either(const std::vector<std::string>& ways) { return fmt::format("(?:{})", fmt::join(ways, "|")); }

// Digits that come after (or before) `text` in the order of texts, up to the place where they differ; then `rest(places left)`.
template <class Rest>
void differing(std::string_view text, bool greater, Rest rest, std::vector<std::string>& ways) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int digit = text[i] - '0';
    if (greater ? digit == 9 : digit == 0) continue;
    ways.push_back(fmt::format("{}{}{}", text.substr(0, i), greater ? digits(digit + 1, 9) : digits(0, digit - 1),
                               rest(text.size() - i - 1)));
  }
}

std::string exactly(std::size_t places) { return places == 0 ? "" : fmt::format("[0-9]{{{}}}", places); }
std::string any(std::size_t) { return "[0-9]*"; }

std::string at_most(const Decimal& bound) {
  std::vector<std::string> smaller, parts;
  if (!bound.whole.empty()) {
    smaller.push_back(fmt::format("[0-9]{{0,{}}}", bound.whole.size() - 1));
    differing(bound.whole, false, exactly, smaller);
  }
  for (std::size_t i = 1; i < bound.part.size(); ++i) parts.push_back(bound.part.substr(0, i));
  differing(bound.part, false, any, parts);
  parts.push_back(bound.part + "0*");
  std::vector<std::string> ways;
  if (!smaller.empty()) ways.push_back(either(smaller) + "(?:\\.[0-9]*)?");
  ways.push_back(fmt::format("{}(?:\\.{}?)?", bound.whole, either(parts)));
  return "0*" + either(ways);
}

std::string at_least(const Decimal& bound) {
  std::vector<std::string> greater{fmt::format("[1-9][0-9]{{{},}}", bound.whole.size())};
  differing(bound.whole, true, exactly, greater);
  std::vector<std::string> parts;
  differing(bound.part, true, any, parts);
  parts.push_back(bound.part + "[0-9]*");
  return fmt::format("0*(?:{}(?:\\.[0-9]*)?|{}{})", either(greater), bound.whole,
                     bound.part.empty() ? "(?:\\.[0-9]*)?" : "\\." + either(parts));
}

// What has to follow for the number before this unit to be within its bounds.
std::string ahead(const UnitBounds& bounds) {
  std::string text = fmt::format("(?=[0-9.]* *{} *$)", bounds.unit);
  const std::optional<Decimal> min = bounds.min > 0 ? decimal(bounds.min, false) : std::nullopt;
  const std::optional<Decimal> max = std::isfinite(bounds.max) ? decimal(bounds.max, true) : std::nullopt;
  if (min && !(min->whole.empty() && min->part.empty())) text += fmt::format("(?={} *{})", at_least(*min), bounds.unit);
  if (max) text += fmt::format("(?={} *{})", at_most(*max), bounds.unit);
  return text;
}

}  // namespace

std::string quantity_pattern(std::span<const UnitBounds> units, bool negative, bool positive) {
  std::vector<std::string> names, within;
  bool bounded = false;
  for (const UnitBounds& unit : units) {
    names.emplace_back(unit.unit);
    within.push_back(ahead(unit));
    bounded = bounded || unit.min > 0 || std::isfinite(unit.max);
  }
  const std::string sign = negative ? "-?" : "", above = positive ? "(?=[0-9.]*[1-9])" : "";
  const std::string exponent = "[eE][+-]?[0-9]+", unit = fmt::format("({})", fmt::join(names, "|"));
  if (!bounded || negative) return fmt::format("^ *{}{}{}({})? *{} *$", sign, above, number, exponent, unit);
  return fmt::format("^ *{}(?:{}|(?={}{}[^0-9])){}({})? *{} *$", above, fmt::join(within, "|"), number, exponent, number, exponent, unit);
}

}  // namespace windtunnel::scenario
