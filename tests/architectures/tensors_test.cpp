// Tensors in process: rules and optimizers on named vectors, sharing, and faults. The Redis side of the same interface is
// checked by tests/store and tests/experiment.
#include <gtest/gtest.h>

#include "aggregation/rules.h"
#include "architectures/tensors.h"

namespace windtunnel::architectures {
namespace {

Tensor tensor(std::vector<float> values) { return std::make_shared<const std::vector<float>>(std::move(values)); }

const Choice<aggregation::Rule> mean{aggregation::rules(), "mean"};
const Choice<aggregation::Optimizer> sgd{aggregation::optimizers(), "sgd"};

TEST(LocalTensors, AggregatesAndUpdates) {
  auto space = local_tensors()->open("peer-0");
  space->put("model", tensor({1, 2}));
  space->put("a", tensor({1, 0}));
  space->put("b", tensor({3, 2}));
  space->run(Aggregate{"g", mean, {"a", "b"}});
  EXPECT_EQ(*space->get("g"), (std::vector<float>{2, 1}));
  space->run(Update{"model", sgd, "g"});  // learning rate 0.05
  EXPECT_FLOAT_EQ((*space->get("model"))[0], 0.9F);
  EXPECT_FLOAT_EQ((*space->get("model"))[1], 1.95F);
}

TEST(LocalTensors, WorkersThatAgreeShareOneCopy) {
  const auto spaces = local_tensors();
  const Tensor model = tensor({1, 2}), a = tensor({1, 0}), b = tensor({3, 2});
  std::vector<std::shared_ptr<TensorSpace>> peers{spaces->open("p"), spaces->open("q")};
  for (auto& peer : peers) {
    peer->put("model", model);
    peer->put("a", a);
    peer->put("b", b);
    peer->run(Aggregate{"g", mean, {"a", "b"}});
    peer->run(Update{"model", sgd, "g"});
    peer->run(Update{"model", sgd, "g"});
  }
  EXPECT_EQ(peers[0]->get("model"), peers[1]->get("model"));
  peers[1]->put("a", b);
  peers[1]->run(Aggregate{"g", mean, {"a", "b"}});
  peers[1]->run(Update{"model", sgd, "g"});
  EXPECT_NE(peers[0]->get("model"), peers[1]->get("model"));
}

TEST(LocalTensors, PuttingTheModelForgetsTheOptimizersState) {
  Choice<aggregation::Optimizer> adam{aggregation::optimizers(), "adam"};
  auto space = local_tensors()->open("peer-0");
  const auto step = [&](std::vector<float> from) {
    space->put("model", tensor(std::move(from)));
    space->put("g", tensor({1}));
    space->run(Update{"model", adam, "g"});
    return space->get("model")->front();
  };
  const float once = step({1});
  space->put("g", tensor({-3}));
  space->run(Update{"model", adam, "g"});
  EXPECT_EQ(step({1}), once);
}

TEST(LocalTensors, MissingKeysAreErrorsThatNameThem) {
  auto space = local_tensors()->open("peer-7");
  space->put("a", tensor({1}));
  EXPECT_THROW(space->get("b"), RunError);
  EXPECT_THROW(space->run(Aggregate{"g", mean, {"a", "b"}}), RunError);
  space->erase({"a", "never there"});
  try {
    space->get("a");
    FAIL() << "erased, and still there";
  } catch (const RunError& error) {
    EXPECT_EQ(std::string(error.what()), "database of peer-7: no tensor \"a\"");
  }
}

}  // namespace
}  // namespace windtunnel::architectures
