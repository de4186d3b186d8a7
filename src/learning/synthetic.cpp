#include "learning/synthetic.h"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/interruption.h"
#include "learning/pixels.h"
#include "learning/random.h"

namespace windtunnel::learning {
namespace {

constexpr std::uint64_t seed = 0;      // the data are part of the settings, not of the run's randomness
constexpr double grey = 127.5;         // 8-bit value of 0
constexpr double contrast = 40.0;      // 8-bit steps of one standard deviation of a pattern
constexpr int waves = 4;               // per pattern and channel
constexpr double longest_waves = 3.0;  // most periods across the image

// A sum of plane waves, scaled to mean 0 and standard deviation 1 over the image.
std::vector<double> pattern(const ImageShape& shape, std::int64_t label) {
  Random random(seed, "synthetic pattern", {static_cast<std::uint64_t>(label)});
  boost::random::uniform_01<double> uniform;
  std::vector<double> values(static_cast<std::size_t>(shape.pixels()), 0.0);
  auto value = values.begin();
  for (std::int64_t channel = 0; channel < shape.channels; ++channel) {
    struct Wave {
      double across, down, phase;
    };
    std::vector<Wave> sum(waves);
    for (Wave& wave : sum) {
      wave.across = (2 * uniform(random) - 1) * longest_waves / static_cast<double>(shape.width);
      wave.down = (2 * uniform(random) - 1) * longest_waves / static_cast<double>(shape.height);
      wave.phase = uniform(random);
    }
    for (std::int64_t y = 0; y < shape.height; ++y) {
      for (std::int64_t x = 0; x < shape.width; ++x, ++value) {
        for (const Wave& wave : sum) {
          const double turns = wave.across * static_cast<double>(x) + wave.down * static_cast<double>(y) + wave.phase;
          *value += std::cos(2 * std::numbers::pi * turns);
        }
      }
    }
  }
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  double squares = 0;
  for (double v : values) mean += v / n;
  for (double v : values) squares += (v - mean) * (v - mean) / n;
  for (double& v : values) v = (v - mean) / std::sqrt(squares);
  return values;
}

}  // namespace

void Synthetic::describe(Fields& f) {
  f("classes", classes, "number of classes", {.min = 2, .max = 256});
  f("train", train, "training images", {.min = 1, .max = 10'000'000});
  f("test", test, "test images", {.min = 1, .max = 10'000'000});
  f("channels", channels, "channels of an image", {.min = 1, .max = 3});
  f("size", size, "height and width of an image, pixels", {.min = 4, .max = 256});
  f("noise", noise, "standard deviation of the noise; that of the patterns is 1", {.min = 0, .max = 10});
  f("separation", separation, separation_words, "nonlinear: classes that no linear classifier can tell apart");
}

Facts Synthetic::facts() const {
  return {.shape = {channels, size, size}, .classes = classes, .train = train, .test = test};
}

Data Synthetic::load() const {
  const Facts known = facts();
  std::vector<std::vector<double>> patterns;
  for (std::int64_t label = 0; label < classes; ++label) patterns.push_back(pattern(known.shape, label));

  const auto generate = [&](std::int64_t count, std::uint64_t part) {
    Images images;
    for (std::int64_t i = 0; i < count; ++i) {
      interruption_point();
      Random random(seed, "synthetic image", {part, static_cast<std::uint64_t>(i)});
      boost::random::normal_distribution<double> spread(0, noise);
      const std::int64_t label = i % classes;  // balanced; the partition and the minibatches shuffle
      const double sign = separation == Separation::nonlinear && random() % 2 == 0 ? -1 : 1;
      for (double v : patterns[static_cast<std::size_t>(label)]) {
        const double level = grey + contrast * (sign * v + (noise > 0 ? spread(random) : 0.0));
        images.pixels.push_back(static_cast<std::uint8_t>(std::clamp(std::lround(level), 0L, 255L)));
      }
      images.labels.push_back(label);
    }
    return images;
  };

  Data data{.shape = known.shape,
            .classes = classes,
            .train = generate(train, 0),
            .test = generate(test, 1),
            .normalisation = {}};
  data.normalisation = normalisation_of(data.train, data.shape);
  return data;
}

}  // namespace windtunnel::learning
