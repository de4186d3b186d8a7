// Checks: each distribution's sample mean against its formula and a few quantiles, that no draw is negative, that
// settings which do not fit together are refused. Does not test goodness of fit beyond that: the generators are
// Boost.Random's.
#include "models/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "models/preset.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int draws = 100'000;

std::vector<double> sample(const Choice<Distribution>& distribution) {
  sim::RandomStream stream(7, "test", 0);
  std::vector<double> values;
  for (int i = 0; i < draws; ++i) values.push_back(to_seconds(distribution->sample(stream)));
  std::sort(values.begin(), values.end());
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Choice<Distribution> with(std::string_view name, std::initializer_list<Setting<Duration>> settings) {
  return preset<Distribution, Duration>(distributions(), name, settings);
}

TEST(Distribution, MeansAgreeWithTheirFormulas) {
  const std::vector<std::pair<Choice<Distribution>, double>> cases{
      {constant(milliseconds(250)), 0.25},
      {with("uniform", {{"low", seconds(1)}, {"high", seconds(3)}}), 2},
      {with("exponential", {{"mean", milliseconds(400)}}), 0.4},
      {normal({.mean = seconds(132), .sd = seconds(6)}), 132},
      // Truncated at its middle: the mean is sd × √(2/π).
      {normal({.mean = seconds(0), .sd = seconds(1)}), 0.7978845608},
      // sigma = ln(4) / 2.326348 = 0.595910, mean = 2 × exp(sigma² / 2) = 2.388586.
      {lognormal({.median = seconds(2), .p99 = seconds(8)}), 2.388586},
  };
  for (const auto& [distribution, expected] : cases) {
    EXPECT_NEAR(to_seconds(distribution->mean()), expected, 1e-6 * expected) << distribution.selected();
    const std::vector<double> values = sample(distribution);
    EXPECT_NEAR(mean(values), expected, 0.01 * expected) << distribution.selected();
    EXPECT_GE(values.front(), 0);
  }
}

TEST(Distribution, QuantilesAreWhatTheirSettingsSay) {
  const std::vector<double> values = sample(lognormal({.median = milliseconds(360), .p99 = milliseconds(570)}));
  EXPECT_NEAR(values[draws / 2], 0.360, 0.002);
  EXPECT_NEAR(values[draws * 99 / 100], 0.570, 0.008);
  // An unset p99 keeps the ratio of 570 / 360.
  const std::vector<double> scaled = sample(with("lognormal", {{"median", milliseconds(720)}}));
  EXPECT_NEAR(scaled[draws * 99 / 100], 1.140, 0.016);
  const std::vector<double> exponential = sample(with("exponential", {{"mean", seconds(1)}}));
  EXPECT_NEAR(exponential[draws / 2], 0.6931, 0.01);
  const std::vector<double> uniform = sample(with("uniform", {{"low", seconds(1)}, {"high", seconds(3)}}));
  EXPECT_NEAR(uniform[draws / 4], 1.5, 0.01);
  EXPECT_GE(uniform.front(), 1);
  EXPECT_LE(uniform.back(), 3);
}

TEST(Distribution, SettingsThatDoNotFitAreRefused) {
  EXPECT_THROW(require_sane(lognormal({.median = seconds(2), .p99 = seconds(1)}), "boot"), InputError);
  EXPECT_THROW(require_sane(with("uniform", {{"low", seconds(2)}, {"high", seconds(1)}}), "boot"), InputError);
  EXPECT_NO_THROW(require_sane(lognormal({.median = seconds(1), .p99 = seconds(1)}), "boot"));
  for (const Option<Distribution>& option : distributions()) {
    EXPECT_NO_THROW(require_sane(Choice<Distribution>(distributions(), option.name), "defaults"));
  }
}

TEST(Distribution, PresetsNameSettingsThatExist) {
  EXPECT_THROW(with("constant", {{"median", seconds(1)}}), BrokenInvariant);
  EXPECT_THROW(with("gauss", {}), InputError);
}

}  // namespace
}  // namespace windtunnel::models
