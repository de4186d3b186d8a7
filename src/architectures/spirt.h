// SPIRT: serverless peer-to-peer training (arXiv 2309.14148). Each peer has a database of its own that averages and updates
// in place, a function per minibatch, and a workflow that walks through the steps of a round; there is no master. See
// spirt.cpp for the protocol, step by step.
#pragma once

#include "aggregation/rules.h"
#include "architectures/architecture.h"
#include "architectures/membership.h"
#include "architectures/spirt_database.h"

namespace windtunnel::architectures {

/// What is simulated where paper and published code differ.
enum class Fidelity : int {
  paper,        ///< as the paper describes it: binary tensors, a barrier that polls with a pause
  as_published  ///< as the authors' code does it: JSON text, averages by a Lua script, a busy poll and then a fixed pause
};

class Spirt final : public Architecture {
 public:
  Spirt();

  Choice<aggregation::Rule> rule{aggregation::rules(), "mean"};
  Fidelity fidelity = Fidelity::paper;
  Operations operations = Operations::in_database;          ///< with fidelity paper
  models::FunctionSpec step;                                ///< the functions that are not gradients
  Duration poll_interval = std::chrono::milliseconds(500);  ///< pause between two looks at the synchronisation queue
  std::int64_t fetch_concurrency = 4;                       ///< averages of other peers read at once
  MembershipConfig membership;                              ///< with fidelity paper

  void describe(Fields& f) override;
  Uses uses(const JobConfig& job) const override;
  std::vector<std::string> problems(const JobConfig& job) const override;
  sim::Task<> run(Training& training) const override;

  /// How the peers' databases hold tensors and calculate with them.
  TensorFormat format(const ComputeConfig& compute) const;
};

}  // namespace windtunnel::architectures
