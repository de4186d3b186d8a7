// A cloud with functions whose times are all zero unless a test sets them.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "models/functions.h"
#include "tests/models/cloud.h"

namespace windtunnel::models {

struct FunctionsCloud : Cloud {
  explicit FunctionsCloud(FunctionsConfig config = bare(), std::string_view sheet = "aws-us-east-1-2025-08")
      : Cloud(sheet), functions(simulation, journal, network, std::move(config)) {}

  static FunctionsConfig bare() {
    FunctionsConfig config;
    config.overhead = constant(Duration::zero());
    config.platform.start_growth = StartGrowth::none;
    return config;
  }
  /// The same, and calls beyond the limits wait their turn.
  static FunctionsConfig waiting() {
    FunctionsConfig config = bare();
    config.throttle = Throttle::wait;
    return config;
  }
  /// One vCPU; neither placement nor INIT takes time.
  static FunctionSpec spec() {
    FunctionSpec spec{.name = "worker"};
    spec.cold_start.placement = constant(Duration::zero());
    spec.cold_start.init = constant(Duration::zero());
    spec.cold_start.image_init = Duration::zero();
    return spec;
  }

  /// A call whose body only takes `length`.
  sim::Task<> invoke(FunctionId function, Duration length) {
    co_await functions.invoke(function, context("caller"), {},
                              [this, length](Instance&) -> sim::Task<> { co_await simulation.delay(length); });
  }
  void call(FunctionId function, Duration length) { simulation.spawn(invoke(function, length)); }

  /// Fails the test unless the call ends with this platform limit.
  sim::Task<> expect_error(FunctionId function, InvocationError::Kind kind, Functions::Body body,
                           Payload payload = {}) {
    try {
      co_await functions.invoke(function, context("caller"), payload, std::move(body));
      ADD_FAILURE() << "the call was done";
    } catch (const InvocationError& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
    }
  }
  void run() { simulation.run(); }

  Functions functions;
};

}  // namespace windtunnel::models
