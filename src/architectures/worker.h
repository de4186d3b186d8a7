// A worker of a parameter server: a function that is called once per round, or a machine that is kept.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "architectures/gradients.h"
#include "architectures/lifeline.h"
#include "architectures/training.h"

namespace windtunnel::architectures {

class Worker {
 public:
  /// On a machine of the type named, rented now, or as a function when the type is empty.
  Worker(Training& training, std::int64_t index, std::string_view machine_type);

  /// Boots its machine; nothing for a function.
  sim::Task<> boot();
  /// Reads its share of the data set, which a machine keeps; nothing for a function.
  sim::Task<> load();
  void begin(sim::Scope& scope) { lifeline_.begin(scope); }
  /// Does `round_work` where the worker computes, again after each crash; what the network keeps it from doing is recorded.
  enum class Outcome { done, unreachable, lost };
  sim::Task<Outcome> work(models::Context context, std::function<sim::Task<>(Place)> round_work);
  /// The mean gradient of its minibatches of the round, at the weights under `weights` in its memory.
  sim::Task<Tensor> gradient(Place place, std::int64_t round);
  /// Pays its rent so far.
  void bill(std::int64_t round);
  void release();

  std::int64_t index() const { return index_; }
  const std::string& name() const { return name_; }
  models::ActorId actor() const { return actor_; }
  models::SiteId site() const { return site_; }
  bool lost() const { return lifeline_.gone(); }
  const std::shared_ptr<TensorSpace>& memory() const { return memory_; }
  models::Context context(models::Phase phase, std::int64_t round = -1) const {
    return {actor_, phase, static_cast<std::int32_t>(round)};
  }

  static constexpr const char* weights = "model";

 private:
  sim::Task<> attempt(models::Context context, const std::function<sim::Task<>(Place)>& round_work);

  Training& t_;
  std::int64_t index_;
  std::string name_;
  models::ActorId actor_;
  models::SiteId site_;  // its corner of the network, which faults may cut off
  std::shared_ptr<TensorSpace> memory_;
  std::unique_ptr<models::Machine> machine_;
  models::FunctionId function_ = 0;  // without a machine
  Lifeline lifeline_;
};

}  // namespace windtunnel::architectures
