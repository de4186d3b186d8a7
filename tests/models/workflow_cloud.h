// A cloud with workflows whose transitions take 25 ms.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/workflow.h"
#include "tests/models/cloud.h"

namespace windtunnel::models {

struct WorkflowCloud : Cloud {
  explicit WorkflowCloud(WorkflowConfig settings)
      : workflow(simulation, journal, std::move(settings)), here(context("peer-0")) {}
  WorkflowCloud() : WorkflowCloud(config()) {}
  static WorkflowConfig config(WorkflowKind kind = WorkflowKind::standard) {
    WorkflowConfig config;
    config.kind = kind;
    config.transition = constant(std::chrono::milliseconds(25));
    return config;
  }
  /// A task that only takes `length`.
  Execution::Body lasting(Duration length) {
    return [this, length]() -> sim::Task<> { co_await simulation.delay(length); };
  }
  /// One that notes its name when it has ended.
  Execution::Body noting(std::string name, std::vector<std::string>& ran, Duration length = std::chrono::seconds(1)) {
    return [this, name = std::move(name), &ran, length] { return note(name, ran, length); };
  }

  Workflow workflow;
  Context here;

 private:
  sim::Task<> note(std::string name, std::vector<std::string>& ran, Duration length) {
    co_await simulation.delay(length);
    ran.push_back(std::move(name));
  }
};

inline sim::Task<> no_task() { co_return; }
inline sim::Task<> nothing(std::int64_t) { co_return; }

}  // namespace windtunnel::models
