// A machine that holds the only copy of the model: it saves checkpoints, and when it crashes, training stops until it has
// booted again and gone back to the last one. What was trained since is lost, and recorded as such.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "architectures/training.h"

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
  sim::Task<> start();
  /// Runs `rounds` from round 0 to its end; when the server crashes, kills it, recovers, and runs it again from the round
  /// after the last checkpoint. Throws RunError when a crash is for good.
  sim::Task<> run(std::function<sim::Task<>(std::int64_t from_round)> rounds);
  /// To be called first in each round: a crash that is due in this round happens here.
  void begin_round(std::int64_t round);
  /// To be called last in each round: pays the rent so far, and saves the model when a checkpoint is due after `round`.
  sim::Task<> end_round(std::int64_t round);
  /// Arithmetic on tensors in the server's memory, as a span of `context`.
  sim::Task<> apply(Operation operation, models::Context context);
  void release();

  models::ActorId actor() const { return actor_; }
  models::HostId host() const { return machine_->host(); }
  const models::MachineType& type() const { return machine_->type(); }
  const std::shared_ptr<TensorSpace>& space() const { return space_; }
  /// The model under `weights` after `round`.
  Training::Model model(std::int64_t round) const { return {round, actor_, space_, weights}; }
  models::Context context(models::Phase phase, std::int64_t round = -1) const {
    return {actor_, phase, static_cast<std::int32_t>(round)};
  }

  static constexpr const char* weights = "model";

 private:
  static constexpr models::Target target{models::TargetKind::server, 0};
  struct Crashed {
    models::Crash crash;
  };

  sim::Task<std::optional<models::Crash>> attempt(const std::function<sim::Task<>(std::int64_t)>& rounds);
  sim::Task<> recover(const models::Crash& crash);

  Training& training_;
  ServerConfig config_;
  models::ActorId actor_;
  std::unique_ptr<models::Machine> machine_;
  std::shared_ptr<TensorSpace> space_;
  std::int64_t round_ = 0;           // under way
  std::int64_t checkpoint_round_ = 0;  // the first round that the last checkpoint does not hold
  Tensor checkpoint_;                // its weights; the initial ones before the first
};

}  // namespace windtunnel::architectures
