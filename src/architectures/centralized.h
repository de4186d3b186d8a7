// One machine trains on all data: the yardstick that distributed training is measured with.
#pragma once

#include "architectures/architecture.h"
#include "architectures/server.h"

namespace windtunnel::architectures {

/// Each round the machine computes as many minibatches as all workers would, drawn from all data alike, and takes their mean.
/// With an iid partition these are the very minibatches of the distributed architectures, and it computes the same model.
class Centralized final : public Architecture {
 public:
  ServerConfig server;

  void describe(Fields& f) override { server.describe(f); }
  Uses uses(const JobConfig& job) const override;
  std::vector<std::string> problems(const JobConfig&) const override { return {}; }
  sim::Task<> run(Training& training) const override;
};

}  // namespace windtunnel::architectures
