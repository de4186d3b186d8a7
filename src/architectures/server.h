// A machine that holds the only copy of the model: one thread of it takes updates apart and applies them, it saves
// checkpoints, and when it crashes, training stops until it has booted again and gone back to the last one. What was trained
// since is lost, and recorded as such.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "architectures/lifeline.h"
#include "architectures/training.h"
#include "sim/resource.h"

namespace windtunnel::architectures {

struct ServerConfig {
  std::string machine = "c5.2xlarge";  ///< a type of models::machine_types()
  std::int64_t checkpoint_every = 10;  ///< rounds between two checkpoints to the object store; 0: none
  void describe(Fields& f);
};

class Server {
 public:
  /// Rents the machine. Throws InputError for an unknown type, RunError when `working_set` exceeds its memory.
  Server(Training& training, const ServerConfig& config, std::string_view name, Memory working_set);

  /// Boots and puts the initial weights in place.
  sim::Task<> boot();
  /// Crashes may happen from now on; `scope` outlives the training.
  void begin(sim::Scope& scope) { lifeline_.begin(scope); }
  /// Runs `rounds` from round 0 to its end; when the server crashes, kills it, recovers, and runs it again from the round
  /// after the last checkpoint. Throws RunError when a crash is for good.
  sim::Task<> run(std::function<sim::Task<>(std::int64_t from_round)> rounds);
  /// To be awaited first in each round: a crash that the scenario sets for this round happens here.
  sim::Task<> begin_round(std::int64_t round);
  /// To be awaited last in each round: saves the model when a checkpoint is due after `round`, looks whether it reaches the
  /// target, pays the rent so far. True when training is over.
  sim::Task<bool> end_round(std::int64_t round);

  /// An update that has arrived is decoded by the server's thread, after those that came before it.
  sim::Task<> receive(std::int64_t round);
  /// The same, and applied alone to the model: `update` is called when that is through.
  sim::Task<> receive_and_apply(std::int64_t round, Operation operation, std::function<void()> update);
  /// The model becomes a message, once for all who pull it.
  sim::Task<> publish(std::int64_t round);
  /// Arithmetic on tensors in the server's memory by its thread, as a span of `context`.
  sim::Task<> apply(Operation operation, models::Context context);
  void release() { machine_->release(); }

  models::ActorId actor() const { return actor_; }
  models::HostId host() const { return machine_->host(); }
  Place place() { return Place(*machine_); }
  const std::shared_ptr<TensorSpace>& space() const { return space_; }
  /// The model under `weights` after `round`.
  Training::Model model(std::int64_t round) const { return {round, actor_, space_, weights}; }
  models::Context context(models::Phase phase, std::int64_t round = -1) const {
    return {actor_, phase, static_cast<std::int32_t>(round)};
  }

  static constexpr const char* weights = "model";

 private:
  sim::Task<std::string> recover(models::Context context);
  sim::Task<> checkpoint(std::int64_t round);
  sim::Task<bool> reaches_target(std::int64_t round);

  Training& t_;
  ServerConfig config_;
  models::ActorId actor_;
  std::unique_ptr<models::Machine> machine_;
  std::shared_ptr<TensorSpace> space_;
  Lifeline lifeline_;
  sim::Resource thread_;
  std::int64_t round_ = 0;             // under way
  std::int64_t checkpoint_round_ = 0;  // the first round that the last checkpoint does not hold
  Tensor checkpoint_;                  // its weights; the initial ones before the first
  bool has_test_data_ = false;
};

}  // namespace windtunnel::architectures
