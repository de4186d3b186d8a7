// Checks what every Problem promises: results that depend on the arguments only, on any thread and wherever the weights
// lie in memory; that label flipping, dropout and batch normalisation keep that promise; the quadratic against its
// formulas; the figures given to the cost model. Does not check the gradients' values: see gradients_test.cpp.
#include "learning/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <future>

#include "aggregation/label_flip.h"
#include "aggregation/optimizer.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "learning/none.h"
#include "learning/quadratic.h"
#include "settings.h"
#include "temp_folder.h"

namespace windtunnel::learning {
namespace {

using ::testing::HasSubstr;

const Plan plan{.workers = 3, .minibatches = 2, .batch = 16, .seed = 4};

std::vector<std::pair<std::string, std::shared_ptr<const Problem>>> problems_of_each_kind() {
  const Numbers small{{"train", 300}, {"test", 40}, {"size", 28}};
  std::vector<std::pair<std::string, std::shared_ptr<const Problem>>> all;
  for (std::string_view name : {"mlp", "lenet5", "small_cnn", "mobilenet_v3_small"}) {
    all.emplace_back(name, on_synthetic(name, small).problem(plan));
  }
  Quadratic quadratic;
  quadratic.heterogeneity = 0.3;
  all.emplace_back("quadratic", quadratic.problem(plan));
  return all;
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  for (int round = 0; round < 3; ++round) {
    for (int worker = 0; worker < plan.workers; ++worker) {
      for (int minibatch = 0; minibatch < plan.minibatches; ++minibatch) all.push_back({worker, round, minibatch});
    }
  }
  return all;
}

// All gradients, computed on `threads` threads.
std::vector<Gradient> gradients(const Problem& problem, int threads) {
  const Weights weights = problem.initial();
  ThreadPool pool(threads);
  std::vector<std::future<Gradient>> jobs;
  for (const Sample& sample : samples()) {
    jobs.push_back(pool.submit([&problem, weights, sample] { return problem.gradient(*weights, sample); }));
  }
  std::vector<Gradient> results;
  for (auto& job : jobs) results.push_back(job.get());
  return results;
}

TEST(Problems, GiveTheSameBitsOnOneThreadAndOnFour) {
  for (const auto& [name, problem] : problems_of_each_kind()) {
    const auto alone = gradients(*problem, 1);
    const auto beside = gradients(*problem, 4);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      ASSERT_EQ(alone[i].values, beside[i].values) << name << " sample " << i;
      ASSERT_EQ(alone[i].loss, beside[i].loss) << name << " sample " << i;
      ASSERT_EQ(alone[i].values.size(), static_cast<std::size_t>(problem->parameters()));
    }
    EXPECT_NE(alone[0].values, alone[1].values) << name << ": minibatches differ";
    EXPECT_NE(alone[0].values, alone[2].values) << name << ": workers differ";
    EXPECT_NE(alone[0].values, alone[6].values) << name << ": rounds differ";
  }
}

TEST(Problems, GiveTheSameBitsWhereverTheWeightsLie) {
  for (const auto& [name, problem] : problems_of_each_kind()) {
    const std::vector<float> first = problem->gradient(*problem->initial(), {}).values;
    std::vector<std::vector<float>> kept;
    for (std::size_t padding : {4U, 8U, 12U, 16U, 20U}) {
      kept.emplace_back(padding);  // moves the next vector's place in memory
      kept.push_back(*problem->initial());
      ASSERT_EQ(problem->gradient(kept.back(), {}).values, first) << name;
    }
  }
}

TEST(Problems, GiveTheSameBitsWhenMadeAgainAndOthersForAnotherSeed) {
  for (std::string_view name : {"small_cnn", "mobilenet_v3_small"}) {
    const TorchLearning learning = on_synthetic(name, {{"train", 100}, {"test", 10}});
    const auto once = learning.problem(plan);
    const auto again = learning.problem(plan);
    EXPECT_EQ(*once->initial(), *again->initial());
    EXPECT_EQ(once->gradient(*once->initial(), {}).values, again->gradient(*again->initial(), {}).values);
    const auto other = learning.problem({.workers = 3, .minibatches = 2, .batch = 16, .seed = 5});
    EXPECT_NE(*once->initial(), *other->initial());
    EXPECT_NE(once->gradient(*once->initial(), {}).values, other->gradient(*once->initial(), {}).values);
  }
}

TEST(Problems, EvaluationLeavesNoTrace) {
  for (const auto& [name, problem] : problems_of_each_kind()) {
    const std::vector<float> weights = *problem->initial();
    std::vector<float> others = weights;
    for (float& w : others) w = 0.9F * w + 0.01F;
    const Quality before = problem->evaluate(weights);
    const Gradient gradient = problem->gradient(weights, {});
    problem->evaluate(others);
    problem->gradient(others, {.worker = 1});
    EXPECT_EQ(problem->evaluate(weights).loss, before.loss) << name;
    EXPECT_EQ(problem->gradient(weights, {}).values, gradient.values) << name;
    EXPECT_NE(problem->evaluate(others).loss, before.loss) << name;
  }
}

TEST(Problems, CheckTheirArguments) {
  for (const auto& [name, problem] : problems_of_each_kind()) {
    const std::vector<float> weights = *problem->initial();
    EXPECT_THROW(problem->gradient(std::vector<float>(3), {}), BrokenInvariant) << name;
    EXPECT_THROW(problem->evaluate(std::vector<float>(3)), BrokenInvariant) << name;
    EXPECT_THROW(problem->gradient(weights, {.worker = 3}), BrokenInvariant) << name;
    EXPECT_THROW(problem->gradient(weights, {.minibatch = 2}), BrokenInvariant) << name;
    EXPECT_THROW(problem->samples_of(3), BrokenInvariant) << name;
    EXPECT_THROW(problem->samples_of(-1), BrokenInvariant) << name;
  }
  for (const Option<Learning>& entry : problems()) {
    EXPECT_THROW(entry.make()->problem({.workers = 0}), InputError) << entry.name;
  }
  EXPECT_THAT(message_of<InputError>([] {
                on_synthetic("resnet18", {{"train", 10}, {"test", 1}, {"size", 32}}).problem({.batch = 1});
              }),
              HasSubstr("batch normalisation needs at least 2"));
}

// Trains every sample as the first class.
struct FirstClass final : aggregation::Attack {
  bool poisons_data() const override { return true; }
  std::int64_t label(std::int64_t, std::int64_t) const override { return 0; }
};

TEST(TorchProblem, EveryPoisonDecidesItsLabelsItself) {
  const auto problem = on_synthetic("mlp", {{"train", 50}, {"test", 5}, {"size", 5}, {"classes", 3}}).problem(plan);
  const std::vector<float>& weights = *problem->initial();
  const FirstClass first;
  const aggregation::LabelFlip flip;
  const Gradient poisoned = problem->gradient(weights, {.poison = &first});
  EXPECT_NE(poisoned.values, problem->gradient(weights, {.poison = &flip}).values);
  EXPECT_NE(poisoned.values, problem->gradient(weights, {}).values);
  // A step against this gradient makes the first class likelier, whatever the images: its bias grows, the others' shrink.
  const std::size_t biases = weights.size() - 3;
  EXPECT_LT(poisoned.values[biases], 0);
  EXPECT_GT(poisoned.values[biases + 1], 0);
  EXPECT_GT(poisoned.values[biases + 2], 0);
}

TEST(TorchProblem, FlippedLabelsChangeTheGradientAndFlipBack) {
  const aggregation::LabelFlip flip;
  // With two classes, training on flipped labels of a mirrored last layer is training on the labels themselves.
  const auto problem = on_synthetic("mlp", {{"train", 50}, {"test", 5}, {"size", 5}, {"classes", 2}}).problem(plan);
  const std::vector<float> weights = *problem->initial();
  std::vector<float> mirrored = weights;
  const std::size_t last = weights.size() - (2 * 128 + 2);
  for (std::size_t i = 0; i < 128; ++i) std::swap(mirrored[last + i], mirrored[last + 128 + i]);
  std::swap(mirrored[weights.size() - 2], mirrored[weights.size() - 1]);
  const Gradient honest = problem->gradient(weights, {});
  const Gradient flipped = problem->gradient(weights, {.poison = &flip});
  EXPECT_NE(honest.values, flipped.values);
  EXPECT_NEAR(problem->gradient(mirrored, {.poison = &flip}).loss, honest.loss, 1e-6);
  EXPECT_GT(std::abs(flipped.loss - honest.loss), 1e-4);
}

// `partition` with its settings, on generated images.
TorchLearning divided(std::string_view partition, const Numbers& settings) {
  TorchLearning learning = on_synthetic("mlp", {{"train", 1000}, {"test", 300}, {"size", 8}});
  learning.partition.select(partition);
  set(learning.partition, settings);
  return learning;
}

const std::vector<std::pair<std::string_view, Numbers>> partitions_of_each_kind{
    {"iid", {}}, {"dirichlet", {{"alpha", 0.1}}}, {"by_label", {{"labels_per_worker", 4}}}};

TEST(TorchProblem, TellsHowManySamplesEachWorkerHas) {
  const Plan four{.workers = 4, .batch = 10, .seed = 3};
  for (const auto& [name, settings] : partitions_of_each_kind) {
    const auto problem = divided(name, settings).problem(four);
    std::vector<std::int64_t> counts;
    for (int worker = 0; worker < 4; ++worker) counts.push_back(problem->samples_of(worker));
    EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], 1000) << name;
    const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
    EXPECT_TRUE(name != "iid" || *least == *most);
    EXPECT_TRUE(name != "dirichlet" || *most > 2 * *least) << "unequal shares";
  }
}

TEST(TorchProblem, PooledMinibatchesAreThoseOfAnIidPartition) {
  Plan separate{.workers = 3, .minibatches = 2, .batch = 20, .seed = 3}, pooled = separate;
  pooled.pooled = true;
  const auto expected = divided("iid", {}).problem(separate);
  const std::vector<float> weights = *expected->initial();
  for (const auto& [name, settings] : partitions_of_each_kind) {
    const auto problem = divided(name, settings).problem(pooled);
    const auto not_pooled = divided(name, settings).problem(separate);
    EXPECT_EQ(*problem->initial(), weights) << name;
    for (const Sample sample : {Sample{}, Sample{.worker = 1, .round = 7, .minibatch = 1}, Sample{.worker = 2}}) {
      EXPECT_EQ(problem->gradient(weights, sample).values, expected->gradient(weights, sample).values) << name;
      if (name == "iid") continue;
      EXPECT_NE(not_pooled->gradient(weights, sample).values, expected->gradient(weights, sample).values) << name;
    }
    for (int worker = 0; worker < 3; ++worker) EXPECT_EQ(problem->samples_of(worker), expected->samples_of(worker));
  }
}

TEST(TorchProblem, WhatIsLearntFromPooledDataDoesNotDependOnThePartition) {
  // One machine that takes the four workers' minibatches in turn, as a centralized training does. Each worker has classes
  // of its own, so that without the pool the last ones seen are the ones remembered.
  const auto accuracy = [](std::string_view partition, const Numbers& settings, bool pooled) {
    const auto problem = divided(partition, settings).problem({.workers = 4, .batch = 32, .seed = 3, .pooled = pooled});
    std::vector<float> weights = *problem->initial();
    aggregation::OptimizerState state;
    aggregation::Adam adam;
    adam.learning_rate = 0.003;
    for (int step = 0; step < 160; ++step) {
      const Gradient gradient = problem->gradient(weights, {.worker = step / 40, .round = step % 40});
      adam.step(weights, gradient.values, state);
    }
    return problem->evaluate(weights).accuracy;
  };
  const double iid = accuracy("iid", {}, false);
  EXPECT_GT(iid, 0.9);
  for (const auto& [name, settings] : partitions_of_each_kind) EXPECT_EQ(accuracy(name, settings, true), iid) << name;
  EXPECT_LT(accuracy("by_label", {{"labels_per_worker", 3}}, false), iid - 0.2) << "this test can fail";
}

TEST(Quadratic, HasEqualWorkersAndOneOptimumWhenPooled) {
  Quadratic settings;
  settings.noise = 0;
  settings.samples = 900;
  const auto common = settings.problem(plan);
  settings.heterogeneity = 2;
  Plan pooled = plan;
  pooled.pooled = true;
  const auto problem = settings.problem(pooled);
  for (int worker = 0; worker < 3; ++worker) {
    EXPECT_EQ(problem->samples_of(worker), 300);
    EXPECT_EQ(problem->gradient(*problem->initial(), {.worker = worker}).values,
              common->gradient(*common->initial(), {}).values);
  }
  settings.samples = 1;
  EXPECT_EQ(settings.problem(plan)->samples_of(2), 1) << "a weight is needed, whatever the cost model is told";
}

TEST(TorchProblem, EvaluatesAUniformGuessAsSuch) {
  const auto problem = on_synthetic("mlp", {{"train", 50}, {"test", 300}, {"size", 5}}).problem(plan);
  const Quality quality = problem->evaluate(std::vector<float>(static_cast<std::size_t>(problem->parameters()), 0.0F));
  EXPECT_NEAR(quality.loss, std::log(10.0), 1e-6);
  EXPECT_NEAR(quality.accuracy, 0.1, 1e-12) << "all logits equal: class 0, of which a tenth of the balanced images are";
}

TEST(Quadratic, AgreesWithItsFormulas) {
  Quadratic settings;
  settings.dimension = 3;
  settings.condition = 100;
  settings.noise = 0;
  const auto problem = settings.problem({.seed = 1});
  // The gradient at 0 is −A w*, with A = diag(1, 1/10, 1/100).
  const std::vector<float> at_zero = problem->gradient(*problem->initial(), {}).values;
  const std::vector<float> optimum{-at_zero[0], -10 * at_zero[1], -100 * at_zero[2]};
  EXPECT_NEAR(problem->evaluate(optimum).loss, 0, 1e-12);
  EXPECT_TRUE(std::isnan(problem->evaluate(optimum).accuracy));
  const std::vector<float> moved{optimum[0] + 2, optimum[1] - 3, optimum[2] + 10};
  EXPECT_NEAR(problem->evaluate(moved).loss, (4 + 0.9 + 1) / 2, 1e-5);
  const Gradient gradient = problem->gradient(moved, {});
  EXPECT_NEAR(gradient.loss, 2.95, 1e-5);
  EXPECT_NEAR(gradient.values[0], 2, 1e-5);
  EXPECT_NEAR(gradient.values[1], -0.3, 1e-5);
  EXPECT_NEAR(gradient.values[2], 0.1, 1e-5);
}

TEST(Quadratic, GradientDescentConverges) {
  Quadratic settings;
  settings.dimension = 200;
  settings.noise = 0;
  const auto problem = settings.problem({});
  std::vector<float> weights = *problem->initial();
  aggregation::Sgd sgd;
  sgd.learning_rate = 1;
  aggregation::OptimizerState state;
  const double start = problem->evaluate(weights).loss;
  for (int round = 0; round < 150; ++round)
    sgd.step(weights, problem->gradient(weights, {.round = round}).values, state);
  EXPECT_LT(problem->evaluate(weights).loss, 1e-10 * start);
}

TEST(Quadratic, NoiseHasItsSizeAndShrinksWithTheBatch) {
  Quadratic settings;
  settings.dimension = 50;
  settings.noise = 3;
  const auto mean_square = [&](std::int64_t batch) {
    const auto problem = settings.problem({.batch = batch});
    const std::vector<float> weights = *problem->initial();
    Quadratic exact = settings;
    exact.noise = 0;
    const std::vector<float> mean = exact.problem({.batch = batch})->gradient(weights, {}).values;
    double sum = 0;
    for (int round = 0; round < 400; ++round) {
      const std::vector<float> noisy = problem->gradient(weights, {.round = round}).values;
      for (std::size_t i = 0; i < mean.size(); ++i) sum += (noisy[i] - mean[i]) * (noisy[i] - mean[i]) / 400;
    }
    return sum;
  };
  EXPECT_NEAR(mean_square(1), 9, 0.5);  // 20,000 normal numbers: ± 1 %
  EXPECT_NEAR(mean_square(16), 9.0 / 16, 0.5 / 16);
}

TEST(Quadratic, HeterogeneousWorkersAgreeOnAverage) {
  Quadratic settings;
  settings.dimension = 40;
  settings.noise = 0;
  const std::vector<float> common = settings.problem(plan)->gradient(*settings.problem(plan)->initial(), {}).values;
  settings.heterogeneity = 2;
  const auto problem = settings.problem(plan);
  std::vector<double> mean(40);
  for (int worker = 0; worker < 3; ++worker) {
    const std::vector<float> own = problem->gradient(*problem->initial(), {.worker = worker}).values;
    EXPECT_NE(own, common);
    for (std::size_t i = 0; i < 40; ++i) mean[i] += own[i] / 3;
  }
  for (std::size_t i = 0; i < 40; ++i) EXPECT_NEAR(mean[i], common[i], 1e-6);
}

TEST(Quadratic, HasNoLabelsToPoison) {
  EXPECT_THAT(message_of<InputError>([] {
                const auto problem = Quadratic().problem({});
                const aggregation::LabelFlip flip;
                problem->gradient(*problem->initial(), {.poison = &flip});
              }),
              HasSubstr("no labels to poison"));
}

TEST(None, TakesItsFiguresFromANetworkAndADatasetOrAsGiven) {
  None none;
  none.network.select("resnet18");
  const Workload work = none.workload();
  EXPECT_EQ(work.parameters, 11'181'642);
  EXPECT_EQ(work.update_bytes().count, 44'726'568);
  EXPECT_EQ(work.samples, 60'000);
  EXPECT_EQ(work.test_samples, 10'000);
  EXPECT_EQ(work.sample_bytes.count, 785);
  EXPECT_NEAR(work.gradient_seconds(128), 0.26 * 784 / 1024, 1e-9);
  EXPECT_EQ(none.problem(plan), nullptr);
  none.parameters = 1000;
  none.samples = 500;
  none.sample_size = Bytes{3000};
  none.sample_time = std::chrono::milliseconds(2);
  none.activation_size = Bytes{2'800'000};
  const Workload given = none.workload();
  EXPECT_EQ(given.parameters, 1000);
  EXPECT_EQ(given.samples, 500);
  EXPECT_EQ(given.sample_bytes.count, 3000);
  EXPECT_DOUBLE_EQ(given.gradient_seconds(64), 0.128);
  EXPECT_EQ(given.activation_bytes_per_sample.count, 2'800'000);
  EXPECT_GT(given.flops_per_sample, 0);
  EXPECT_EQ(Quadratic().workload().activation_bytes_per_sample.count, 0);
}

}  // namespace
}  // namespace windtunnel::learning
