#include "aggregation/optimizer.h"

#include <array>
#include <cmath>

#include "base/error.h"
#include "base/vector_clones.h"

namespace windtunnel::aggregation {
namespace {

// The arithmetic of one step on n elements; no two of the vectors overlap. Constants come by value: those behind a
// pointer could change with every element, as far as the compiler knows.

WINDTUNNEL_VECTOR_CLONES void sgd_step(std::size_t n, float* __restrict weights, const float* __restrict gradient,
                                       float rate, float decay) {
  for (std::size_t i = 0; i < n; ++i) weights[i] -= rate * (gradient[i] + decay * weights[i]);
}

struct Momentum {
  float rate, keep, decay;
};

WINDTUNNEL_VECTOR_CLONES void momentum_step(std::size_t n, float* __restrict weights, const float* __restrict gradient,
                                            float* __restrict buffer, Momentum c) {
  for (std::size_t i = 0; i < n; ++i) {
    buffer[i] = c.keep * buffer[i] + (gradient[i] + c.decay * weights[i]);
    weights[i] -= c.rate * buffer[i];
  }
}

struct Moments {
  float rate, root, b1, b2, rest1, rest2, eps, decay;
};

WINDTUNNEL_VECTOR_CLONES void adam_step(std::size_t n, float* __restrict weights, const float* __restrict gradient,
                                        float* __restrict m, float* __restrict v, Moments c) {
  for (std::size_t i = 0; i < n; ++i) {
    const float d = gradient[i] + c.decay * weights[i];
    m[i] = c.b1 * m[i] + c.rest1 * d;
    v[i] = c.b2 * v[i] + c.rest2 * (d * d);
    weights[i] -= c.rate * (m[i] / (std::sqrt(v[i]) / c.root + c.eps));
  }
}

constexpr std::string_view decay_doc = "L2 penalty: this times the weights is added to the gradient";

}  // namespace

void Optimizer::step(std::span<float> weights, std::span<const float> gradient, OptimizerState& state) const {
  check(weights.size() == gradient.size(), "optimizer: one gradient value per weight");
  const std::array<std::vector<float>*, max_state_vectors> vectors{&state.first, &state.second};
  std::array<std::span<float>, max_state_vectors> memory;
  const auto used = static_cast<std::size_t>(state_vectors());
  for (std::size_t v = 0; v < used; ++v) {
    if (state.steps == 0) vectors[v]->assign(weights.size(), 0.0F);
    check(vectors[v]->size() == weights.size(), "optimizer: the state is of vectors of the weights' length");
    memory[v] = *vectors[v];
  }
  ++state.steps;
  move(weights, gradient, std::span(memory).first(used), state.steps);
}

Work Optimizer::work(std::int64_t d) const {
  check(d >= 0, "work: no negative number of weights");
  const auto weights = static_cast<double>(d);
  // The gradient is read; weights and state are read and written in place, where writing back goes on beside reading, so
  // that 8 bytes take the time of 5.5 (bench/rules_bench.cpp: one, two and three such vectors).
  constexpr double read = sizeof(float), in_place = 5.5;
  return {flops() * weights, (read + in_place * (1 + state_vectors())) * weights};
}

// Both by bench/rules_bench.cpp, from steps inside the caches; beyond them it is the memory that decides.
double Sgd::flops() const { return momentum == 0 ? 1.4 : 2.5; }
double Adam::flops() const { return 5.3; }

void Sgd::describe(Fields& f) {
  f("learning_rate", learning_rate, "step length", {.min = 0, .above_min = true});
  f("momentum", momentum, "part of the last step that is kept", {.min = 0, .max = 1});
  f("weight_decay", weight_decay, decay_doc, {.min = 0});
}

void Sgd::move(std::span<float> weights, std::span<const float> gradient, std::span<const std::span<float>> memory,
               std::int64_t) const {
  const auto rate = static_cast<float>(learning_rate);
  const auto keep = static_cast<float>(momentum);
  const auto decay = static_cast<float>(weight_decay);
  if (momentum == 0) {
    sgd_step(weights.size(), weights.data(), gradient.data(), rate, decay);
  } else {
    // The first step's "b = d" needs no case of its own: the buffer starts at zero.
    momentum_step(weights.size(), weights.data(), gradient.data(), memory[0].data(),
                  {.rate = rate, .keep = keep, .decay = decay});
  }
}

void Adam::describe(Fields& f) {
  f("learning_rate", learning_rate, "step length", {.min = 0, .above_min = true});
  f("beta1", beta1, "decay of the gradients' mean", {.min = 0, .max = 0.999999});
  f("beta2", beta2, "decay of the squared gradients' mean", {.min = 0, .max = 0.999999});
  f("epsilon", epsilon, "added to the divisor", {.min = 0, .above_min = true});
  f("weight_decay", weight_decay, decay_doc, {.min = 0});
}

void Adam::move(std::span<float> weights, std::span<const float> gradient, std::span<const std::span<float>> memory,
                std::int64_t number) const {
  const auto t = static_cast<double>(number);
  adam_step(weights.size(), weights.data(), gradient.data(), memory[0].data(), memory[1].data(),
            {.rate = static_cast<float>(learning_rate / (1 - std::pow(beta1, t))),
             .root = static_cast<float>(std::sqrt(1 - std::pow(beta2, t))),
             .b1 = static_cast<float>(beta1),
             .b2 = static_cast<float>(beta2),
             .rest1 = static_cast<float>(1 - beta1),
             .rest2 = static_cast<float>(1 - beta2),
             .eps = static_cast<float>(epsilon),
             .decay = static_cast<float>(weight_decay)});
}

Family<Optimizer> optimizers() {
  static constexpr std::array all{
      option<Optimizer, Sgd>("sgd", "stochastic gradient descent with momentum and weight decay"),
      option<Optimizer, Adam>("adam", "steps scaled by running means of the gradient and its square"),
  };
  return all;
}

}  // namespace windtunnel::aggregation
