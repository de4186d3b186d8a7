// Checks the datasets: MNIST-format folders (complete, incomplete, contradictory), the normalisation against
// hand-worked figures, the synthetic set's promises, and, where Debian's package is installed, Fashion-MNIST against
// its published figures. Does not check that a network can learn them: see training_test.cpp.
#include "learning/datasets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "idx_files.h"
#include "learning/mnist.h"
#include "learning/pixels.h"
#include "learning/synthetic.h"
#include "temp_folder.h"

namespace windtunnel::learning {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string images(std::uint32_t count, std::uint32_t side = 28) {
  return idx_header(0x08, {count, side, side}) + std::string(std::size_t{count} * side * side, '\x33');
}

std::string labels(const std::string& values) {
  return idx_header(0x08, {static_cast<std::uint32_t>(values.size())}) + values;
}

// Three training images, two test images.
void write_good(const TempFolder& folder) {
  folder.write("train-images-idx3-ubyte", images(3));
  folder.write("train-labels-idx1-ubyte", labels({'\0', '\x09', '\x05'}));
  write_gzip(folder.path() / "t10k-images-idx3-ubyte.gz", images(2));
  folder.write("t10k-labels-idx1-ubyte", labels({'\x01', '\x02'}));
}

Mnist in(const TempFolder& folder) {
  Mnist mnist;
  mnist.path = folder.path().string();
  return mnist;
}

TEST(MnistFormat, LoadsPlainAndCompressedFiles) {
  const TempFolder folder;
  write_good(folder);
  const Data data = in(folder).load();
  EXPECT_EQ(data.shape, (ImageShape{1, 28, 28}));
  EXPECT_THAT(data.train.labels, ElementsAre(0, 9, 5));
  EXPECT_THAT(data.test.labels, ElementsAre(1, 2));
  EXPECT_EQ(data.test.pixels.size(), 2U * 784);
}

TEST(MnistFormat, NamesWhatContradicts) {
  const TempFolder folder;
  const auto said = [&] { return message_of<InputError>([&] { in(folder).load(); }); };
  write_good(folder);
  folder.write("train-labels-idx1-ubyte", labels({'\1', '\2'}));
  EXPECT_THAT(said(), AllOf(HasSubstr("train-labels-idx1-ubyte: has 2 labels"), HasSubstr("has 3 images")));
  folder.write("train-labels-idx1-ubyte", labels({'\1', '\x0a', '\2'}));
  EXPECT_THAT(said(), HasSubstr("label 1 is 10; labels are 0 to 9"));
  folder.write("train-images-idx3-ubyte", images(3, 27));
  EXPECT_THAT(said(), HasSubstr("are 27×27, not 28×28"));
}

TEST(MnistFormat, SaysWhereAbsentFilesComeFrom) {
  const TempFolder folder;
  FashionMnist fashion;
  fashion.path = folder.path().string();
  EXPECT_THAT(message_of<MissingError>([&] { fashion.load(); }),
              AllOf(HasSubstr("train-images-idx3-ubyte"), HasSubstr("dataset-fashion-mnist")));
  EXPECT_THAT(message_of<InputError>([] { Mnist().load(); }), HasSubstr("path is empty"));
}

TEST(Normalisation, AgreesWithHandWorkedFigures) {
  // Channel 0 holds 0, 255, 0, 255: mean 1/2, deviation 1/2. Channel 1 is constant.
  const Images two{{0, 255, 51, 51, 0, 255, 51, 51}, {0, 1}};
  const ImageShape shape{2, 1, 2};
  const Normalisation figures = normalisation_of(two, shape);
  EXPECT_THAT(figures.mean, ElementsAre(0.5F, 0.2F));
  EXPECT_THAT(figures.deviation, ElementsAre(0.5F, 1.0F));
  std::vector<float> out(4);
  normalise(std::span(two.pixels).first(4), shape, figures, out.data());
  EXPECT_NEAR(out[0], -1, 1e-6);
  EXPECT_NEAR(out[1], 1, 1e-6);
  EXPECT_NEAR(out[2], 0, 1e-6);
}

TEST(Synthetic, IsBalancedAndTheSameEachTime) {
  Synthetic set;
  set.train = 60;
  set.test = 20;
  set.size = 12;
  const Data first = set.load();
  const Data second = set.load();
  EXPECT_EQ(first.train.pixels, second.train.pixels);
  EXPECT_EQ(first.test.pixels, second.test.pixels);
  EXPECT_NE(std::vector(first.train.pixels.begin(), first.train.pixels.begin() + 144),
            std::vector(first.test.pixels.begin(), first.test.pixels.begin() + 144));
  std::map<std::int64_t, int> count;
  for (std::int64_t label : first.train.labels) ++count[label];
  EXPECT_EQ(count.size(), 10U);
  for (const auto& [label, n] : count) EXPECT_EQ(n, 6) << label;
  EXPECT_EQ(set.facts().sample_bytes().count, 145);
}

// Largest distance, over the classes, of the mean image from grey, in 8-bit steps.
double farthest_mean(Separation separation) {
  Synthetic set;
  set.train = 4000;
  set.size = 8;
  set.separation = separation;
  const Data data = set.load();
  std::vector<double> sum(10 * 64);
  for (std::size_t i = 0; i < data.train.pixels.size(); ++i) {
    sum[static_cast<std::size_t>(data.train.labels[i / 64]) * 64 + i % 64] += data.train.pixels[i] / 400.0;
  }
  double farthest = 0;
  for (double mean : sum) farthest = std::max(farthest, std::abs(mean - 127.5));
  return farthest;
}

TEST(Synthetic, ClassesHaveEqualMeansOnlyWhenNonlinear) {
  EXPECT_LT(farthest_mean(Separation::nonlinear), 20);  // 400 images of deviation 45: some 8 steps of chance
  EXPECT_GT(farthest_mean(Separation::linear), 40);
}

TEST(FashionMnist, AgreesWithItsPublishedFigures) {
  if (!std::filesystem::exists(FashionMnist().path)) GTEST_SKIP() << "Debian's dataset-fashion-mnist is not installed";
  const Data data = FashionMnist().load();
  EXPECT_EQ(data.train.count(), 60'000);
  EXPECT_EQ(data.test.count(), 10'000);
  EXPECT_NEAR(data.normalisation.mean[0], 0.2860, 1e-4);  // as computed everywhere for this set
  EXPECT_NEAR(data.normalisation.deviation[0], 0.3530, 1e-4);
  std::map<std::int64_t, int> count;
  for (std::int64_t label : data.train.labels) ++count[label];
  for (std::int64_t label = 0; label < 10; ++label) EXPECT_EQ(count[label], 6000) << label;
  EXPECT_EQ(data.train.labels[0], 9);  // the first picture is an ankle boot
}

}  // namespace
}  // namespace windtunnel::learning
