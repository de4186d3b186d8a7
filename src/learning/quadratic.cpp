#include "learning/quadratic.h"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/interruption.h"
#include "learning/random.h"
#include "learning/sampler.h"

namespace windtunnel::learning {
namespace {

// A point every so many elements may be passed without being noticed.
constexpr std::size_t interruption_interval = 1 << 16;

// Normal numbers of total variance 1, on average.
std::vector<float> unit_normals(std::size_t n, Random random) {
  boost::random::normal_distribution<double> normal(0, 1 / std::sqrt(static_cast<double>(n)));
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (i % interruption_interval == 0) interruption_point();
    values[i] = static_cast<float>(normal(random));
  }
  return values;
}

class QuadraticProblem final : public Problem {
 public:
  QuadraticProblem(const Quadratic& settings, const Plan& plan)
      : plan_(plan),
        samples_(std::max<std::int64_t>(1, settings.samples / plan.workers)),
        noise_(settings.noise / std::sqrt(static_cast<double>(plan.batch))),
        optimum_(unit_normals(static_cast<std::size_t>(settings.dimension), Random(plan.seed, "quadratic optimum"))) {
    const std::size_t d = optimum_.size();
    for (std::size_t i = 0; i < d; ++i) {
      if (i % interruption_interval == 0) interruption_point();
      const double place = d == 1 ? 0 : static_cast<double>(i) / static_cast<double>(d - 1);
      eigenvalues_.push_back(static_cast<float>(std::pow(settings.condition, -place)));
    }
    // All data together have the common optimum.
    if (settings.heterogeneity > 0 && !plan.pooled) spread(settings.heterogeneity);
  }

  Weights initial() const override { return initial_; }

  // There are no data to hold: every worker counts the same.
  std::int64_t samples_of(int worker) const override {
    check_sample(plan_, {.worker = worker});
    return samples_;
  }

  Gradient gradient(const std::vector<float>& weights, Sample sample) const override {
    check_sample(plan_, sample);
    if (sample.poison != nullptr) {
      throw InputError("a quadratic has no labels to poison; use `learning: torch`, or an attack on updates");
    }
    const std::vector<float>& optimum = optima_.empty() ? optimum_ : optima_[static_cast<std::size_t>(sample.worker)];
    Gradient gradient{.values = {}, .loss = loss(weights, optimum)};
    gradient.values.resize(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) gradient.values[i] = eigenvalues_[i] * (weights[i] - optimum[i]);
    if (noise_ > 0) {
      Random random(plan_.seed, "quadratic noise",
                    {static_cast<std::uint64_t>(sample.worker), static_cast<std::uint64_t>(sample.round),
                     static_cast<std::uint64_t>(sample.minibatch)});
      boost::random::normal_distribution<double> normal(0, noise_ / std::sqrt(static_cast<double>(weights.size())));
      for (std::size_t i = 0; i < weights.size(); ++i) {
        if (i % interruption_interval == 0) interruption_point();
        gradient.values[i] += static_cast<float>(normal(random));
      }
    }
    return gradient;
  }

  Quality evaluate(const std::vector<float>& weights) const override {
    return {.loss = loss(weights, optimum_), .accuracy = std::numeric_limits<double>::quiet_NaN()};
  }

 private:
  // Gives every worker an optimum of its own, w* on average.
  void spread(double distance) {
    std::vector<double> mean(optimum_.size(), 0.0);
    for (int worker = 0; worker < plan_.workers; ++worker) {
      const Random random(plan_.seed, "quadratic heterogeneity", {static_cast<std::uint64_t>(worker)});
      optima_.push_back(unit_normals(optimum_.size(), random));
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += optima_.back()[i] / plan_.workers;
    }
    for (std::vector<float>& own : optima_) {
      for (std::size_t i = 0; i < own.size(); ++i) {
        own[i] = static_cast<float>(optimum_[i] + distance * (own[i] - mean[i]));
      }
    }
  }

  double loss(const std::vector<float>& weights, const std::vector<float>& optimum) const {
    check(weights.size() == optimum.size(), "Quadratic: one weight per dimension");
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double away = static_cast<double>(weights[i]) - optimum[i];
      sum += eigenvalues_[i] * away * away;
    }
    return sum / 2;
  }

  Plan plan_;
  std::int64_t samples_;
  double noise_;
  std::vector<float> optimum_, eigenvalues_;
  Weights initial_ = std::make_shared<const std::vector<float>>(optimum_.size(), 0.0F);
  std::vector<std::vector<float>> optima_;  // of the workers; empty when they agree
};

}  // namespace

void Quadratic::describe(Fields& f) {
  f("dimension", dimension, "number of parameters", {.min = 1, .max = 1e9});
  f("condition", condition, "largest over smallest eigenvalue; the largest is 1", {.min = 1, .max = 1e12});
  f("noise", noise, "root mean square length of the noise in one sample's gradient", {.min = 0, .max = 1e6});
  f("heterogeneity", heterogeneity, "root mean square distance of the workers' optima from the common one",
    {.min = 0, .max = 1e6});
  f("samples", samples, "training samples of all workers together, for the cost model", {.min = 1, .max = 1e15});
  f("sample_size", sample_size, "bytes of a stored training sample, for the cost model", {.min = 0});
  f("sample_time", sample_time, "gradient time of one sample on one reference core, for the cost model", {.min = 0});
}

Workload Quadratic::workload() const {
  return {.parameters = dimension,
          .samples = samples,
          .test_samples = 0,  // evaluated by formula
          .sample_bytes = sample_size,
          .seconds_per_sample = to_seconds(sample_time),
          .forward_share = 1,
          .classes = 0};
}

std::shared_ptr<const Problem> Quadratic::problem(const Plan& plan, DataShelf& /*shelf*/) const {
  validate(plan);
  return std::make_shared<QuadraticProblem>(*this, plan);
}

}  // namespace windtunnel::learning
