// Checks that the parts learn together: plain training on generated images reaches an accuracy that a linear classifier
// cannot, with batch normalisation's calibrated evaluation too, and on Fashion-MNIST where it is installed. Does not
// check distributed training, nor the best settings.
#include <gtest/gtest.h>

#include <filesystem>

#include "aggregation/optimizer.h"
#include "learning/mnist.h"
#include "settings.h"

namespace windtunnel::learning {
namespace {

double accuracy_after(const Problem& problem, const aggregation::Optimizer& optimizer, int steps) {
  std::vector<float> weights = *problem.initial();
  aggregation::OptimizerState state;
  for (int step = 0; step < steps; ++step) {
    optimizer.step(weights, problem.gradient(weights, {.round = step}).values, state);
  }
  return problem.evaluate(weights).accuracy;
}

const Numbers images{{"train", 2000}, {"test", 500}, {"size", 12}};

TEST(Training, NonlinearClassesNeedAHiddenLayer) {
  const aggregation::Adam adam;
  TorchLearning learning = on_synthetic("mlp", images);
  EXPECT_GT(accuracy_after(*learning.problem({}), adam, 150), 0.9);

  struct NoHiddenLayers final : Fields {
    void field(Field field) override { std::get<std::vector<std::int64_t>*>(field.target)->clear(); }
  } linear;
  learning.network.describe(linear);
  EXPECT_LT(accuracy_after(*learning.problem({}), adam, 150), 0.5);
}

TEST(Training, BatchNormalisationIsCalibratedForEvaluation) {
  aggregation::Adam adam;
  adam.learning_rate = 0.003;
  const auto problem =
      on_synthetic("mobilenet_v3_small", {{"train", 1000}, {"test", 300}, {"size", 32}}).problem({.batch = 32});
  EXPECT_GT(accuracy_after(*problem, adam, 60), 0.5) << "a guess reaches 0.1";
}

TEST(Training, SmallCnnLearnsFashionMnist) {
  if (!std::filesystem::exists(FashionMnist().path)) GTEST_SKIP() << "Debian's dataset-fashion-mnist is not installed";
  aggregation::Adam adam;
  adam.learning_rate = 0.005;
  EXPECT_GT(accuracy_after(*TorchLearning().problem({.batch = 256}), adam, 120), 0.8);
}

}  // namespace
}  // namespace windtunnel::learning
