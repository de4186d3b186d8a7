// Workers compute, a server holds the model: they pull the weights, push updates, and the server applies them.
#pragma once

#include "aggregation/rules.h"
#include "architectures/architecture.h"
#include "architectures/server.h"
#include "architectures/synchronization.h"

namespace windtunnel::architectures {

enum class WorkerKind : int { function, machine };

/// A worker is a function, called once per round, or a machine that is kept. It computes its minibatches of the round and
/// pushes their mean.
class ParameterServer final : public Architecture {
 public:
  ServerConfig server;
  WorkerKind worker = WorkerKind::function;
  std::string worker_machine = "c5.large";
  Choice<aggregation::Rule> rule{aggregation::rules(), "mean"};
  Choice<Synchronization> synchronization{synchronizations(), "synchronous"};

  void describe(Fields& f) override;
  Uses uses(const JobConfig& job) const override;
  std::vector<std::string> problems(const JobConfig& job) const override;
  sim::Task<> run(Training& training) const override;
};

}  // namespace windtunnel::architectures
