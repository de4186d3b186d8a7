// An architecture: a way to divide training among machines, functions and databases, written as a protocol.
// A new one is one file with a class of its own, and one line in architectures.cpp.
#pragma once

#include <string>
#include <vector>

#include "aggregation/attack.h"
#include "aggregation/rule.h"
#include "architectures/idle.h"
#include "architectures/job.h"
#include "base/fields.h"
#include "models/faults.h"
#include "models/functions.h"
#include "sim/task.h"

namespace windtunnel::architectures {

class Training;

/// A machine that an architecture rents, by the setting (below the architecture's name) that says its type.
struct RentedMachine {
  std::string_view setting;
  std::string type;
};

/// A function of its own that an architecture deploys, by its setting (below the architecture's name).
struct DeployedFunction {
  std::string_view setting;
  models::FunctionSpec spec;
};

/// What an architecture makes use of. A setting of what nobody uses is refused by the scenario's loader.
struct Uses {
  bool functions = false;
  bool machines = false;
  bool database = false;
  bool queue = false;
  bool workflow = false;
  bool server = false;                                 ///< there is one to crash
  bool newcomers = false;                              ///< workers may come later
  bool workers_apart = true;                           ///< workers are actors of their own, who may crash, straggle and be Byzantine
  const Choice<aggregation::Rule>* rule = nullptr;     ///< what combines the workers' updates; null: nothing does
  aggregation::Wants at_hand{};                        ///< what the rule finds besides the updates
  aggregation::Sight attackers_see{};                  ///< what an attacker is shown before it sends
  std::vector<RentedMachine> rents{};
  std::vector<DeployedFunction> deploys{};
  std::vector<Idle> idle{};  ///< settings, its own and others', besides those of the services that it does not use
};

class Architecture {
 public:
  virtual ~Architecture() = default;
  virtual void describe(Fields& f) = 0;
  virtual Uses uses(const JobConfig& job) const = 0;
  /// What is wrong with the settings for this job, each as "setting: what, what is allowed". Empty: nothing.
  virtual std::vector<std::string> problems(const JobConfig& job) const = 0;
  /// The whole training, from the first rented machine to the last released. Throws RunError when it cannot work.
  virtual sim::Task<> run(Training& training) const = 0;
};

/// spirt, parameter_server, centralized.
Family<Architecture> architectures();

}  // namespace windtunnel::architectures
