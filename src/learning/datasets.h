// Labelled images, from the published files or generated.
// Promise: `facts` opens no file; `load` returns data that agree with `facts`' shape and classes, or throws InputError
// (wrong content: which file, what, what is allowed) or MissingError (absent file: which Debian package holds it).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/fields.h"
#include "base/units.h"

namespace windtunnel::learning {

/// Shape of one image, [channels, height, width].
struct ImageShape {
  std::int64_t channels = 0, height = 0, width = 0;
  bool operator==(const ImageShape&) const = default;
  std::int64_t pixels() const { return channels * height * width; }
};

/// What a network has to fit.
struct Facts {
  ImageShape shape;
  std::int64_t classes = 0;
  std::int64_t train = 0, test = 0;                            ///< numbers of images; for `mnist`, the published ones
  Bytes sample_bytes() const { return {shape.pixels() + 1}; }  ///< an image and its label, one byte a value
};

/// Images as published: 8 bits a value, [n, channels, height, width], and one label in [0, classes) each.
struct Images {
  std::vector<std::uint8_t> pixels;
  std::vector<std::int64_t> labels;
  std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

/// How 8-bit values become float32: (value / 255 − mean) / deviation, with the training set's figures per channel.
struct Normalisation {
  std::vector<float> mean, deviation;
};

struct Data {
  ImageShape shape;
  std::int64_t classes = 0;
  Images train, test;
  Normalisation normalisation;
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual void describe(Fields& f) = 0;
  virtual Facts facts() const = 0;
  virtual Data load() const = 0;
  /// The files that `load` reads; none when the data are made. MissingError as of `load`.
  virtual std::vector<std::filesystem::path> files() const { return {}; }
};

/// fashion_mnist, mnist, synthetic.
Family<Dataset> datasets();

}  // namespace windtunnel::learning
