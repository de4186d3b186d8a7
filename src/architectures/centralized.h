// One machine trains on all data: the yardstick that distributed training is measured with.
#pragma once

#include "architectures/architecture.h"
#include "architectures/server.h"

namespace windtunnel::architectures {

/// Each round the machine computes the minibatches of all workers' shares, one after the other, and averages them as the
/// distributed architectures do: the mean of each share, then the mean of the shares. So it computes the same model.
class Centralized final : public Architecture {
 public:
  ServerConfig server;

  void describe(Fields& f) override { server.describe(f); }
  Uses uses() const override { return {.machines = true, .server = true, .workers_apart = false}; }
  std::vector<std::string> problems(const JobConfig&) const override { return {}; }
  sim::Task<> run(Training& training) const override;
};

}  // namespace windtunnel::architectures
