#include "architectures/gradients.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

#include "aggregation/rules.h"
#include "aggregation/running_mean.h"
#include "sim/combine.h"

namespace windtunnel::architectures {
namespace {

using models::Phase;

/// The mean of tensors, each added on the pool after the one before.
class MeanOnPool {
 public:
  explicit MeanOnPool(const Training& training) : t_(training) {}

  /// To be called in order.
  void add(Tensor tensor) {
    adding_.finish();
    if (!mean_) mean_ = std::make_shared<aggregation::RunningMean>(tensor->size());
    size_ = tensor->size();
    adding_ = t_.start([mean = mean_, tensor = std::move(tensor)] { mean->add(*tensor); });
  }
  Tensor mean() {
    adding_.finish();
    auto result = std::make_shared<std::vector<float>>(size_);
    mean_->write(*result);
    return result;
  }

 private:
  const Training& t_;
  std::shared_ptr<aggregation::RunningMean> mean_;
  std::size_t size_ = 0;
  RealWork adding_;
};

class MeanGradient {
 public:
  MeanGradient(Training& training, Minibatches minibatches, Place place, models::Context context)
      : t_(training), minibatches_(std::move(minibatches)), place_(place), context_(context), sum_(training),
        lanes_(minibatches_at_once(place, size())) {}

  sim::Task<Tensor> compute() {
    std::vector<sim::Task<>> lanes;
    for (std::int64_t i = 0; i < lanes_; ++i) lanes.push_back(lane());
    co_await sim::all_of(t_.simulation, std::move(lanes));
    const models::SpanScope span(t_.journal, t_.simulation, context_.in(Phase::average));
    const Choice<aggregation::Rule> mean{aggregation::rules(), "mean"};
    const aggregation::Work work = mean->work(size(), t_.workload.parameters);
    co_await t_.calculate(place_, t_.computing().arithmetic(work));
    co_return t_.real() ? sum_.mean() : nullptr;
  }

 private:
  struct Started {
    RealWork work;
    std::shared_ptr<Tensor> gradient;
  };

  std::int64_t size() const { return static_cast<std::int64_t>(minibatches_.samples.size()); }

  sim::Task<> lane() {
    const double vcpus = place_.has_gpu() ? place_.vcpus : place_.vcpus / static_cast<double>(lanes_);
    while (next_ < size()) {
      const std::int64_t index = next_++;
      start_up_to(index + lanes_);
      Started own = std::move(started_.front());
      started_.pop_front();
      {
        const models::SpanScope span(t_.journal, t_.simulation, context_.in(Phase::compute));
        const Duration modelled = t_.gradient_time(minibatches_.samples[static_cast<std::size_t>(index)], place_, vcpus);
        co_await t_.spend(own.work, modelled, place_, vcpus);
      }
      if (!t_.real()) continue;
      computed_[index] = *own.gradient;
      for (; !computed_.empty() && computed_.begin()->first == summed_; ++summed_) {
        sum_.add(std::move(computed_.begin()->second));
        computed_.erase(computed_.begin());
      }
    }
  }

  // Real gradients begin a little ahead of their turn, so that the pool has work while the clock's thread sums.
  void start_up_to(std::int64_t end) {
    for (; begun_ < std::min(end + 1, size()); ++begun_) {
      auto gradient = std::make_shared<Tensor>();
      started_.push_back({t_.start_gradient({minibatches_.from, minibatches_.weights_key,
                                             minibatches_.samples[static_cast<std::size_t>(begun_)]},
                                            [gradient](Tensor tensor) { *gradient = std::move(tensor); }),
                          gradient});
    }
  }

  Training& t_;
  Minibatches minibatches_;
  Place place_;
  models::Context context_;
  MeanOnPool sum_;
  std::int64_t lanes_;
  std::int64_t next_ = 0, begun_ = 0, summed_ = 0;
  std::deque<Started> started_;             // from next_ on
  std::map<std::int64_t, Tensor> computed_;  // before their turn in the sum
};

}  // namespace

std::int64_t minibatches_at_once(double vcpus, std::int64_t minibatches) {
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(vcpus)), 1, minibatches);
}

std::int64_t minibatches_at_once(const Place& place, std::int64_t minibatches) {
  return place.has_gpu() ? 1 : minibatches_at_once(place.vcpus, minibatches);
}

sim::Task<Tensor> mean_gradient(Training& training, Minibatches minibatches, Place place, models::Context context) {
  MeanGradient work(training, std::move(minibatches), place, context);
  co_return co_await work.compute();
}

}  // namespace windtunnel::architectures
