// Generated images: each class has a smooth pattern of its own, and an image is its class's pattern plus noise. With
// `separation: nonlinear` the pattern comes with a random sign, so that the classes have equal means and no linear
// classifier can tell them apart, while a network with one hidden layer can.
// Promise: the data depend on the settings only.
#pragma once

#include <array>
#include <string_view>

#include "learning/datasets.h"

namespace windtunnel::learning {

enum class Separation : int { linear, nonlinear };
inline constexpr std::array<std::string_view, 2> separation_words{"linear", "nonlinear"};

class Synthetic final : public Dataset {
 public:
  void describe(Fields& f) override;
  Facts facts() const override;
  Data load() const override;

  std::int64_t classes = 10;
  std::int64_t train = 2000;
  std::int64_t test = 500;
  std::int64_t channels = 1;
  std::int64_t size = 28;  ///< height and width
  double noise = 0.5;      ///< standard deviation, where the patterns' is 1
  Separation separation = Separation::nonlinear;
};

}  // namespace windtunnel::learning
