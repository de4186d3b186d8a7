#include "learning/pixels.h"

#include <cmath>

#include "base/error.h"
#include "base/vector_clones.h"

namespace windtunnel::learning {
namespace {

struct Line {
  float scale, shift;
};

WINDTUNNEL_VECTOR_CLONES void convert(std::size_t n, const std::uint8_t* __restrict from, float* __restrict to,
                                      const Line& line) {
  for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<float>(from[i]) * line.scale + line.shift;
}

}  // namespace

Normalisation normalisation_of(const Images& images, const ImageShape& shape) {
  Normalisation figures;
  const auto plane = static_cast<std::size_t>(shape.height * shape.width);
  const auto image = static_cast<std::size_t>(shape.pixels());
  check(images.pixels.size() == image * images.labels.size() && images.count() > 0, "normalisation_of: whole images");
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(shape.channels); ++channel) {
    std::uint64_t sum = 0;
    std::uint64_t squares = 0;
    for (std::size_t first = channel * plane; first < images.pixels.size(); first += image) {
      for (std::size_t i = first; i < first + plane; ++i) {
        const std::uint64_t value = images.pixels[i];
        sum += value;
        squares += value * value;
      }
    }
    const double n = static_cast<double>(plane) * static_cast<double>(images.count());
    const double mean = static_cast<double>(sum) / n;
    const double variance = static_cast<double>(squares) / n - mean * mean;
    figures.mean.push_back(static_cast<float>(mean / 255));
    figures.deviation.push_back(variance > 1e-9 ? static_cast<float>(std::sqrt(variance) / 255) : 1.0F);
  }
  return figures;
}

void normalise(std::span<const std::uint8_t> image, const ImageShape& shape, const Normalisation& figures, float* out) {
  const auto plane = static_cast<std::size_t>(shape.height * shape.width);
  for (std::size_t channel = 0; channel < figures.mean.size(); ++channel) {
    convert(plane, image.data() + channel * plane, out + channel * plane,
            {.scale = 1.0F / (255.0F * figures.deviation[channel]),
             .shift = -figures.mean[channel] / figures.deviation[channel]});
  }
}

}  // namespace windtunnel::learning
