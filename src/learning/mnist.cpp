#include "learning/mnist.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "learning/idx.h"
#include "learning/pixels.h"

namespace windtunnel::learning {
namespace {

namespace fs = std::filesystem;

constexpr ImageShape shape{1, 28, 28};
constexpr std::int64_t classes = 10;

fs::path find(const fs::path& folder, const std::string& name, const std::string& hint) {
  for (const std::string& candidate : {name, name + ".gz"}) {
    std::error_code ignored;
    if (fs::exists(folder / candidate, ignored)) return folder / candidate;
  }
  throw MissingError(fmt::format("{}: no such file, nor with .gz; {}", (folder / name).string(), hint));
}

struct Files {
  fs::path images, labels;
};
Files files_of(const fs::path& folder, const std::string& part, const std::string& hint) {
  return {find(folder, part + "-images-idx3-ubyte", hint), find(folder, part + "-labels-idx1-ubyte", hint)};
}

Images read(const fs::path& folder, const std::string& part, const std::string& hint) {
  const auto [image_file, label_file] = files_of(folder, part, hint);
  Idx images = read_idx(image_file, 3);
  const Idx labels = read_idx(label_file, 1);
  if (images.dimensions[1] != shape.height || images.dimensions[2] != shape.width) {
    throw InputError(fmt::format("{}: its images are {}×{}, not {}×{}", image_file.string(), images.dimensions[1],
                                 images.dimensions[2], shape.height, shape.width));
  }
  if (images.dimensions[0] != labels.dimensions[0]) {
    throw InputError(fmt::format("{}: has {} labels, but {} has {} images", label_file.string(), labels.dimensions[0],
                                 image_file.string(), images.dimensions[0]));
  }
  for (std::size_t i = 0; i < labels.values.size(); ++i) {
    if (labels.values[i] >= classes) {
      throw InputError(
          fmt::format("{}: label {} is {}; labels are 0 to {}", label_file.string(), i, labels.values[i], classes - 1));
    }
  }
  return {std::move(images.values), {labels.values.begin(), labels.values.end()}};
}

}  // namespace

Facts MnistFormat::facts() const { return {.shape = shape, .classes = classes, .train = 60'000, .test = 10'000}; }

Data MnistFormat::load() const {
  if (path.empty()) throw InputError("dataset: path is empty; " + hint_);
  Data data{.shape = shape,
            .classes = classes,
            .train = read(path, "train", hint_),
            .test = read(path, "t10k", hint_),
            .normalisation = {}};
  data.normalisation = normalisation_of(data.train, shape);
  return data;
}

std::vector<fs::path> MnistFormat::files() const {
  const Files train = files_of(path, "train", hint_), test = files_of(path, "t10k", hint_);
  return {train.images, train.labels, test.images, test.labels};
}

FashionMnist::FashionMnist()
    : MnistFormat("/usr/share/datasets/fashion-mnist",
                  "Debian's package dataset-fashion-mnist installs them in /usr/share/datasets/fashion-mnist") {}

void FashionMnist::describe(Fields& f) {
  f("path", path, "folder of the four IDX files, plain or gzip", {.source = "Debian dataset-fashion-mnist"});
}

Mnist::Mnist() : MnistFormat("", "set `path` to the folder of MNIST's four IDX files") {}

void Mnist::describe(Fields& f) { f("path", path, "folder of the four IDX files, plain or gzip; required"); }

}  // namespace windtunnel::learning
