// A scenario: the settings of one run, composed of what each room describes of itself. Plain data; what a file holds
// around it (name, variants, sweep) is the document's.
#pragma once

#include <filesystem>

#include <cstdint>
#include <memory>

#include "aggregation/attacks.h"
#include "aggregation/optimizer.h"
#include "architectures/architecture.h"
#include "architectures/cloud.h"
#include "architectures/job.h"
#include "learning/problem.h"
#include "models/adversary.h"
#include "models/faults.h"
#include "models/prices.h"
#include "scenario/run_limits.h"
#include "store/config.h"

namespace windtunnel::scenario {

/// Who is Byzantine, when, and how.
struct Adversary {
  models::AdversaryConfig who;
  Choice<aggregation::Attack> attack{aggregation::attacks(), "none"};

  void describe(Fields& f);
};

struct Scenario {
  std::int64_t seed = 1;
  architectures::JobConfig job;  ///< its settings stand at the top level of the file
  Choice<learning::Learning> learning{learning::problems(), "none"};
  Choice<aggregation::Optimizer> optimizer{aggregation::optimizers(), "sgd"};
  Choice<architectures::Architecture> architecture{architectures::architectures(), "spirt"};
  Adversary adversary;
  models::FaultsConfig faults;
  store::StoreConfig store = store::default_store();
  architectures::CloudConfig cloud;
  RunLimits limits;

  std::filesystem::path folder{};  ///< no setting: where price sheets that it names by path or beside itself are
  std::shared_ptr<const models::PriceSheet> sheet{};  ///< no setting: what cloud.prices names, as read when the file was loaded

  void describe(Fields& f);
};

}  // namespace windtunnel::scenario
