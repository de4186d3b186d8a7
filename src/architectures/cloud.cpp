#include "architectures/cloud.h"

#include <array>

namespace windtunnel::architectures {

void CloudConfig::describe(Fields& f) {
  static constexpr std::array<std::string_view, 2> readings{"every_call", "while_warm"};
  f("prices", prices, "price sheet: one of `list prices`, or a file of your own: its path, which ends in .yaml, from the scenario's folder");
  f("provisioning", provisioning, models::provisioning_names,
    "counted: machines and database nodes are ordered when the run starts; before_start: they are there");
  f("function", function, "the function that computes gradients");
  f("functions", functions, "the function platform of the region");
  f("function_data", function_data, readings,
    "what a function that computes gradients reads: its minibatches in every call, or its worker's share while it is warm");
  f("machines", machines, "virtual machines");
  f("network", network, "the region's network");
  f("object_store", object_store, "object store, where the data set and checkpoints are");
  f("database", database, "database node of a peer");
  f("queue", queue, "message queues");
  f("workflow", workflow, "workflow service");
  f("compute", compute, "how long computing takes");
}

Cloud::Cloud(sim::Simulation& simulation, models::Journal& journal, CloudConfig settings)
    : config(std::move(settings)),
      network(simulation, journal, config.network),
      functions(simulation, journal, network, config.functions),
      machines(simulation, journal, network, config.machines, config.provisioning),
      databases(simulation, journal, network, machines, config.database, config.provisioning),
      objects(simulation, journal, network, config.object_store),
      queues(simulation, journal, network, config.queue),
      workflows(simulation, journal, config.workflow) {}

std::unique_ptr<models::Database> Cloud::database(std::string_view actor, models::SiteId at) {
  return databases.rent(actor, at);
}

}  // namespace windtunnel::architectures
