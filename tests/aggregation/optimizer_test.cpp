// Checks the optimizers against steps worked by hand, against their formulas in double precision over many steps, and,
// where Debian's python3-torch is installed, against torch.optim itself. Does not check convergence on networks.
#include "aggregation/optimizer.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <string>

#include "base/error.h"

namespace windtunnel::aggregation {
namespace {

constexpr std::size_t length = 5;
constexpr int steps = 20;

// A gradient that has both signs, a zero and different sizes.
std::vector<float> gradient_of(int step) {
  std::vector<float> g(length);
  for (std::size_t i = 0; i < length; ++i) {
    g[i] = static_cast<float>((static_cast<int>(i * 7) + step * 5) % 11 - 5) * (i == 4 ? 0.001F : 0.25F);
  }
  return g;
}

const std::vector<float> start{1.0F, -2.0F, 0.5F, 0.0F, 3.0F};

std::vector<float> after(const Optimizer& optimizer, int count = steps) {
  std::vector<float> weights = start;
  OptimizerState state;
  for (int step = 0; step < count; ++step) optimizer.step(weights, gradient_of(step), state);
  EXPECT_EQ(state.steps, count);
  EXPECT_EQ((state.first.empty() ? 0 : 1) + (state.second.empty() ? 0 : 1), optimizer.state_vectors());
  return weights;
}

Sgd sgd(double rate, double momentum, double decay) {
  Sgd sgd;
  sgd.learning_rate = rate;
  sgd.momentum = momentum;
  sgd.weight_decay = decay;
  return sgd;
}

Adam adam(double rate, double decay) {
  Adam adam;
  adam.learning_rate = rate;
  adam.weight_decay = decay;
  return adam;
}

void expect_near(const std::vector<float>& a, const std::vector<double>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance) << "element " << i;
}

TEST(Sgd, StepsAsWorkedByHand) {
  std::vector<float> w{1, -2};
  OptimizerState state;
  const std::vector<float> g{0.5, 1};
  const Sgd plain = sgd(0.1, 0, 0);
  plain.step(w, g, state);
  expect_near(w, {0.95, -2.1}, 1e-6);
  EXPECT_TRUE(state.first.empty()) << "without momentum nothing is remembered";

  // d = g + 0.1 w = {0.6, 0.8}; first b = d; w = {0.94, -2.08}.
  // Then d = {0.594, 0.792}, b = 0.9·{0.6, 0.8} + d = {1.134, 1.512}; w = {0.8266, -2.2312}.
  const Sgd heavy = sgd(0.1, 0.9, 0.1);
  w = {1, -2};
  state = {};
  heavy.step(w, g, state);
  expect_near(w, {0.94, -2.08}, 1e-6);
  heavy.step(w, g, state);
  expect_near(state.first, {1.134, 1.512}, 1e-6);
  expect_near(w, {0.8266, -2.2312}, 1e-6);
}

TEST(Adam, StepsAsWorkedByHand) {
  // The first step is learning_rate in the gradient's direction, whatever its size: m / (1 − β1) = g, √(v / (1 − β2)) =
  // |g|.
  std::vector<float> w{1, -2, 3};
  OptimizerState state;
  const Adam plain = adam(0.01, 0);
  plain.step(w, std::vector<float>{0.5F, -20, 0}, state);
  expect_near(w, {0.99, -1.99, 3}, 1e-6);
  // Second step, first element, g = −0.5: m = 0.9·0.05 − 0.05 = −0.005; m̂ = −0.005 / 0.19 = −0.0263158;
  // v = 0.999·0.00025 + 0.00025 = 0.00049975; v̂ = 0.00049975 / 0.001999 = 0.25; w += 0.01 · 0.0263158 / 0.5.
  plain.step(w, std::vector<float>{-0.5F, 0, 0}, state);
  EXPECT_NEAR(w[0], 0.99 + 0.000526316, 1e-6);
}

TEST(Optimizers, FollowTheirFormulasOverManySteps) {
  for (double decay : {0.0, 0.1}) {
    std::array<std::vector<double>, 3> w;  // plain, momentum, adam
    w.fill({start.begin(), start.end()});
    std::vector<double> b(length), m(length), v(length);
    for (int t = 1; t <= steps; ++t) {
      const std::vector<float> g = gradient_of(t - 1);
      for (std::size_t i = 0; i < length; ++i) {
        w[0][i] -= 0.05 * (g[i] + decay * w[0][i]);
        const double d1 = g[i] + decay * w[1][i];
        b[i] = t == 1 ? d1 : 0.8 * b[i] + d1;
        w[1][i] -= 0.05 * b[i];
        const double d2 = g[i] + decay * w[2][i];
        m[i] = 0.9 * m[i] + 0.1 * d2;
        v[i] = 0.999 * v[i] + 0.001 * d2 * d2;
        w[2][i] -= 0.02 * (m[i] / (1 - std::pow(0.9, t))) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
      }
    }
    expect_near(after(sgd(0.05, 0, decay)), w[0], 1e-5);
    expect_near(after(sgd(0.05, 0.8, decay)), w[1], 1e-5);
    expect_near(after(adam(0.02, decay)), w[2], 1e-5);
  }
}

TEST(Optimizers, AgreeWithTorchOptim) {
  const std::string script = R"(
import torch
torch.set_num_threads(1)
def gradient(step): return torch.tensor([((i * 7 + step * 5) % 11 - 5) * (0.001 if i == 4 else 0.25) for i in range(5)])
for make in (lambda p: torch.optim.SGD(p, lr=0.05, weight_decay=0.1),
             lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8, weight_decay=0.1),
             lambda p: torch.optim.Adam(p, lr=0.02, weight_decay=0.1)):
    w = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5, 0.0, 3.0]))
    optimizer = make([w])
    for step in range(20):
        w.grad = gradient(step)
        optimizer.step()
    print(*w.tolist())
)";
  FILE* pipe =
      popen(("/usr/bin/python3 -c 'import torch' 2>/dev/null && /usr/bin/python3 -c '" + script + "'").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) output += static_cast<char>(c);
  if (pclose(pipe) != 0 && output.empty()) GTEST_SKIP() << "Debian's python3-torch is not installed";
  std::istringstream numbers(output);
  for (const std::vector<float>& ours :
       {after(sgd(0.05, 0, 0.1)), after(sgd(0.05, 0.8, 0.1)), after(adam(0.02, 0.1))}) {
    for (float w : ours) {
      double theirs = 0;
      ASSERT_TRUE(numbers >> theirs) << "torch printed: " << output;
      EXPECT_NEAR(w, theirs, 2e-6);
    }
  }
}

TEST(Optimizers, CheckTheirArguments) {
  const Sgd heavy = sgd(0.1, 0.9, 0);
  std::vector<float> w(3);
  OptimizerState state;
  EXPECT_THROW(heavy.step(w, std::vector<float>(2), state), BrokenInvariant);
  heavy.step(w, std::vector<float>(3), state);
  std::vector<float> longer(4);
  EXPECT_THROW(heavy.step(longer, std::vector<float>(4), state), BrokenInvariant) << "the state is another model's";
  EXPECT_THROW(make(optimizers(), "optimizer", "sdg"), InputError);
}

}  // namespace
}  // namespace windtunnel::aggregation
