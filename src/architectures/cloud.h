// The cloud that a job runs in: one region's services, built from the scenario's `cloud:` section.
#pragma once

#include <memory>
#include <string>

#include "architectures/compute.h"
#include "base/fields.h"
#include "models/database.h"
#include "models/functions.h"
#include "models/machines.h"
#include "models/network.h"
#include "models/object_store.h"
#include "models/provisioning.h"
#include "models/queue.h"
#include "models/workflow.h"

namespace windtunnel::architectures {

/// What a function reads of its worker's part of the data set.
enum class FunctionData : int {
  every_call,  ///< the samples of its minibatches, in every call
  while_warm   ///< the worker's whole share, in the first call of an instance, which keeps it
};

struct CloudConfig {
  std::string prices = "aws-us-east-1-2025-08";  ///< a sheet of scenarios/prices/
  /// Whether the boot of machines and database nodes is part of the run.
  models::Provisioning provisioning = models::Provisioning::counted;
  models::FunctionSpec function;                 ///< the function that computes gradients
  models::FunctionsConfig functions;             ///< the platform that runs it
  FunctionData function_data = FunctionData::every_call;
  models::MachinesConfig machines;
  models::NetworkConfig network;
  models::ObjectStoreConfig object_store;
  models::DatabaseConfig database;
  models::QueueConfig queue;
  models::WorkflowConfig workflow;
  ComputeConfig compute;

  void describe(Fields& f);
};

/// Throws InputError when a section's settings do not fit the price sheet or each other.
class Cloud {
 public:
  Cloud(sim::Simulation& simulation, models::Journal& journal, CloudConfig config);

  const CloudConfig config;
  models::Network network;
  models::Functions functions;
  models::Machines machines;
  models::Databases databases;
  models::ObjectStore objects;
  models::QueueService queues;
  models::Workflow workflows;

  /// A database node of its own for `actor`, rented from now; to be started.
  std::unique_ptr<models::Database> database(std::string_view actor, models::SiteId at = models::Network::region);
};

}  // namespace windtunnel::architectures
