// Checks the networks' parameter counts: the references' exact ones, and that what is announced before building is what
// is built, for several image shapes. Does not check the layers' arithmetic: see gradients_test.cpp.
#include "learning/networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "learning/mlp.h"
#include "settings.h"
#include "temp_folder.h"

namespace windtunnel::learning {
namespace {

using ::testing::HasSubstr;

Facts facts(std::int64_t channels, std::int64_t size, std::int64_t classes = 10) {
  return {.shape = {channels, size, size}, .classes = classes, .train = 4, .test = 1};
}

std::int64_t announced(std::string_view name, const Facts& data) {
  return make(networks(), "network", name)->parameters(data);
}

TEST(Networks, HaveTheReferencesParameterCounts) {
  EXPECT_EQ(announced("mlp", facts(1, 28)), 101'770);
  EXPECT_EQ(announced("lenet5", facts(1, 28)), 61'706);
  EXPECT_EQ(announced("small_cnn", facts(1, 28)), 55'594);
  EXPECT_EQ(announced("mobilenet_v3_small", facts(3, 32)), 1'528'106);
  EXPECT_EQ(announced("resnet18", facts(3, 32)), 11'181'642);
  EXPECT_EQ(announced("resnet18", facts(1, 28)), 11'181'642) << "grey images are repeated";
  EXPECT_EQ(announced("mobilenet_v3_small", facts(3, 32, 1000)), 2'542'856) << "torchvision's own, 1000 classes";
  EXPECT_EQ(announced("resnet18", facts(3, 32, 1000)), 11'689'512) << "torchvision's own, 1000 classes";
}

TEST(Networks, AreBuiltAsAnnounced) {
  for (const Option<Network>& entry : networks()) {
    for (const auto& [channels, size, classes] : {std::tuple{1, 28, 10}, {3, 32, 7}}) {
      const TorchLearning learning = on_synthetic(
          entry.name, {{"train", 4}, {"test", 1}, {"channels", channels}, {"size", size}, {"classes", classes}});
      const auto problem = learning.problem({.workers = 1, .batch = 2});
      EXPECT_EQ(problem->parameters(), learning.workload().parameters) << entry.name << " " << channels;
      EXPECT_EQ(problem->initial()->size(), static_cast<std::size_t>(problem->parameters()));
    }
  }
}

TEST(Networks, HaveACostThatGrowsWithTheImage) {
  for (const Option<Network>& entry : networks()) {
    const auto network = entry.make();
    const ComputeCost small = network->cost(facts(1, 28));
    const ComputeCost large = network->cost(facts(1, 32));
    EXPECT_GT(small.seconds_per_sample, 0) << entry.name;
    EXPECT_GE(large.seconds_per_sample, small.seconds_per_sample) << entry.name;
    EXPECT_GT(small.forward_share, 0) << entry.name;
    EXPECT_LT(small.forward_share, 1) << entry.name;
    EXPECT_FALSE(small.source.empty()) << entry.name;
    EXPECT_GT(small.flops_per_sample, 2 * static_cast<double>(network->parameters(facts(1, 28)))) << entry.name;
    EXPECT_GE(large.flops_per_sample, small.flops_per_sample) << entry.name;
    EXPECT_GT(small.parallel_fraction, 0.4) << entry.name;
    EXPECT_LT(small.parallel_fraction, 0.95) << entry.name << ": no network is all parallel";
    EXPECT_GE(small.activation_bytes_per_sample, 4 * 784) << entry.name << ": at least the image";
    EXPECT_GE(large.activation_bytes_per_sample, small.activation_bytes_per_sample) << entry.name;
  }
}

TEST(Networks, CountTheFlopsOfDenseLayersExactly) {
  // Forward and weights for both layers; what comes in, for the second only.
  const double first = 2.0 * 784 * 128, second = 2.0 * 128 * 10;
  EXPECT_DOUBLE_EQ(Mlp().cost(facts(1, 28)).flops_per_sample, 2 * first + 3 * second);
}

TEST(Networks, NeedMemoryByTheBatch) {
  TorchLearning learning = on_synthetic("resnet18", {{"channels", 3}, {"size", 32}});
  const Workload work = learning.workload();
  const Bytes batch = work.activation_bytes_per_sample * 8192;
  EXPECT_NEAR(static_cast<double>(batch.count), 8192 * 610e3, 1);
  EXPECT_GT(batch.count, 10 * Memory{400}.bytes().count) << "not in a function of 400 MB";
  // Between the heap's own 429 kB and what PyTorch's process grows by, 600 to 820 kB (footprint_bench).
  EXPECT_GT(work.activation_bytes_per_sample.count, 429'000);
  EXPECT_LT(work.activation_bytes_per_sample.count, 820'000);
}

TEST(Networks, RefuseImagesTheyCannotTake) {
  const auto said = [](std::string_view name, const Facts& data) {
    return message_of<InputError>([&] { announced(name, data); });
  };
  EXPECT_THAT(said("lenet5", facts(1, 30)), HasSubstr("28×28 or 32×32, the dataset's are 30×30"));
  EXPECT_THAT(said("small_cnn", facts(1, 3)), HasSubstr("at least 4×4"));
  EXPECT_THAT(said("resnet18", facts(2, 32)), HasSubstr("1 or 3 channels, the dataset's have 2"));
  EXPECT_THAT(said("mobilenet_v3_small", facts(4, 32)), HasSubstr("1 or 3 channels"));
  EXPECT_THAT(said("vgg", facts(1, 28)), HasSubstr("unknown network \"vgg\""));
  Mlp mlp;
  mlp.hidden = {64, 0};
  EXPECT_THROW(mlp.parameters(facts(1, 28)), InputError);
  mlp.hidden = {};
  EXPECT_EQ(mlp.parameters(facts(1, 28)), 7850) << "a linear classifier";
}

}  // namespace
}  // namespace windtunnel::learning
