// Checks every network's gradient against PyTorch's and torchvision's own Python modules with the same weights, samples
// and dropout mask (relative error below 1e-4), and a small one against finite differences of its loss. Does not check
// other batch sizes than those used, nor speed. Without Debian's python3-torch and python3-torchvision the first check
// is skipped.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "aggregation/label_flip.h"
#include "learning/pixels.h"
#include "learning/random.h"
#include "learning/sampler.h"
#include "settings.h"
#include "temp_folder.h"

namespace windtunnel::learning {
namespace {

constexpr std::string_view python = "/usr/bin/python3";

// ‖a − b‖ / ‖b‖; infinite when the lengths differ.
double relative_error(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  double difference = 0;
  double length = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    length += double{b[i]} * b[i];
  }
  return std::sqrt(difference / length);
}

template <class T>
void write(const std::filesystem::path& file, const std::vector<T>& values) {
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
}

std::vector<float> read_floats(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string output;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
  return pclose(pipe) == 0 ? output : "";
}

struct Case {
  std::string name, network;
  std::int64_t channels, size, batch;
  bool flip = false;
};

const Plan plan_of(const Case& c) { return {.workers = 2, .minibatches = 2, .batch = c.batch, .seed = 11}; }
const aggregation::LabelFlip label_flip;
const Sample sample_of(const Case& c) {
  return {.worker = 1, .round = 2, .minibatch = 1, .poison = c.flip ? &label_flip : nullptr};
}

TorchLearning learning_of(const Case& c) {
  return on_synthetic(c.network, {{"train", 120},
                                  {"test", 1},
                                  {"channels", static_cast<double>(c.channels)},
                                  {"size", static_cast<double>(c.size)}});
}

// Weights of which none is zero or one, so that an exchanged or forgotten parameter shows.
std::vector<float> perturbed(const Problem& problem) {
  std::vector<float> weights = *problem.initial();
  Random random(3, "perturbation");
  for (float& w : weights) w += 0.02F * (static_cast<float>(random() % 2001) / 1000 - 1);
  return weights;
}

// Writes what Python needs, from the promises of Sampler and pixels.h rather than from the problem itself.
std::string export_case(const Case& c, const std::vector<float>& weights, const std::filesystem::path& folder) {
  const TorchLearning learning = learning_of(c);
  const Data data = learning.dataset->load();
  const Plan plan = plan_of(c);
  const Sample sample = sample_of(c);
  const Sampler sampler(
      learning.partition->split(
          {.labels = data.train.labels, .classes = data.classes, .workers = plan.workers, .seed = plan.seed}),
      plan);
  const auto pixels = static_cast<std::size_t>(data.shape.pixels());
  std::vector<float> images;
  std::vector<std::int64_t> labels;
  for (std::int64_t index : sampler.indices(sample)) {
    const auto i = static_cast<std::size_t>(index);
    images.resize(images.size() + pixels);
    normalise(std::span(data.train.pixels).subspan(i * pixels, pixels), data.shape, data.normalisation,
              images.data() + images.size() - pixels);
    const std::int64_t label = data.train.labels[i];
    labels.push_back(c.flip ? data.classes - 1 - label : label);
  }
  write(folder / (c.name + ".weights"), weights);
  write(folder / (c.name + ".images"), images);
  write(folder / (c.name + ".labels"), labels);
  const std::uint64_t dropout = Random(plan.seed, "dropout", {1, 2, 1}).key();
  std::ostringstream json;
  json << R"({"name": ")" << c.name << R"(", "network": ")" << c.network << R"(", "images": [)" << c.batch << ", "
       << c.channels << ", " << c.size << ", " << c.size << R"(], "classes": 10, "dropout_seed": )"
       << static_cast<std::int64_t>(dropout) << "}";
  return json.str();
}

TEST(Gradients, RelativeErrorCanFail) {
  EXPECT_EQ(relative_error({1, 2}, {1, 2}), 0);
  EXPECT_NEAR(relative_error({1.001F, 0}, {1, 0}), 1e-3, 1e-5);
  EXPECT_GT(relative_error({2, 1}, {1, 2}), 0.1) << "an exchange shows";
  EXPECT_TRUE(std::isinf(relative_error({1}, {1, 2})));
}

TEST(Gradients, AgreeWithPyTorchAndTorchvision) {
  if (output_of(std::string(python) + " -c 'import torch, torchvision; print(1)' 2>/dev/null") != "1\n") {
    GTEST_SKIP() << "Debian's python3-torch and python3-torchvision are not installed";
  }
  const std::vector<Case> cases{{"mlp", "mlp", 1, 28, 16},
                                {"mlp_flipped", "mlp", 3, 8, 16, true},
                                {"lenet5", "lenet5", 1, 28, 16},
                                {"lenet5_colour", "lenet5", 3, 32, 16},
                                {"small_cnn", "small_cnn", 1, 28, 16},
                                {"small_cnn_odd", "small_cnn", 3, 13, 16},
                                {"mobilenet", "mobilenet_v3_small", 3, 32, 16},
                                {"mobilenet_grey", "mobilenet_v3_small", 1, 28, 16},
                                {"resnet", "resnet18", 3, 32, 8},
                                {"resnet_grey", "resnet18", 1, 28, 8}};
  const TempFolder folder;
  std::vector<Gradient> ours;
  std::string list;
  for (const Case& c : cases) {
    const auto problem = learning_of(c).problem(plan_of(c));
    const std::vector<float> weights = perturbed(*problem);
    list += (list.empty() ? "[" : ",\n") + export_case(c, weights, folder.path());
    ours.push_back(problem->gradient(weights, sample_of(c)));
  }
  folder.write("cases.json", list + "]");
  std::istringstream losses(
      output_of(std::string(python) + " " + LEARNING_TESTS_FOLDER "/reference_gradients.py " + folder.path().string()));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    std::string name;
    double loss = 0;
    ASSERT_TRUE(losses >> name >> loss) << "the Python side failed; its messages are above";
    ASSERT_EQ(name, cases[i].name);
    EXPECT_NEAR(ours[i].loss, loss, 1e-5 * loss) << name;
    const double error = relative_error(ours[i].values, read_floats(folder.path() / (name + ".gradient")));
    EXPECT_LT(error, 1e-4) << name;
    RecordProperty(name, std::to_string(error));
  }
}

TEST(Gradients, AgreeWithFiniteDifferences) {
  const auto problem = on_synthetic("mlp", {{"train", 64}, {"test", 1}, {"size", 6}}).problem({.batch = 32, .seed = 2});
  const std::vector<float> weights = *problem->initial();
  const Gradient gradient = problem->gradient(weights, {});
  // Along the gradient itself and along some random directions.
  for (std::uint64_t k = 0; k < 6; ++k) {
    Random random(1, "direction", {k});
    std::vector<double> direction;
    for (float g : gradient.values) direction.push_back(k == 0 ? g : random() / 4294967296.0 - 0.5);
    double length = 0;
    for (double d : direction) length += d * d;
    double slope = 0;
    for (std::size_t i = 0; i < direction.size(); ++i)
      slope += gradient.values[i] * (direction[i] /= std::sqrt(length));
    const auto loss_at = [&](double step) {
      std::vector<float> moved = weights;
      for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += static_cast<float>(step * direction[i]);
      return problem->gradient(moved, {}).loss;
    };
    const double h = 1e-2;
    EXPECT_NEAR((loss_at(h) - loss_at(-h)) / (2 * h), slope, 2e-3 * std::abs(slope) + 2e-4) << "direction " << k;
  }
}

}  // namespace
}  // namespace windtunnel::learning
