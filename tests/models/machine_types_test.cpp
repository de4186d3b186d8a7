// Checks: the table of hardware is complete and priced, the same hardware is the same machine as a database node, burstable
// types have the published credits, GPUs are ranked as measured. Does not check that the provider still sells them.
#include "models/machine_types.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/database.h"
#include "models/machines.h"
#include "tests/models/cloud.h"

namespace windtunnel::models {
namespace {

TEST(MachineTypes, EveryTypeHasAPriceAndASource) {
  const PriceSheet prices = PriceSheet::named("aws-us-east-1-2025-08");
  for (const MachineType& type : machine_types()) {
    EXPECT_NO_THROW(prices.item("ec2." + std::string(type.name))) << type.name;
    EXPECT_FALSE(type.source.empty()) << type.name;
    EXPECT_GE(type.vcpus, 1);
    EXPECT_EQ(type.vcpus, std::floor(type.vcpus)) << type.name;
    EXPECT_GT(type.memory.mb, 0);
    EXPECT_GT(type.network_baseline.bytes_per_s, 0);
    EXPECT_GE(type.network, type.network_baseline) << type.name;
    EXPECT_EQ(type.gpu.empty(), type.gpu_images_per_s == 0) << type.name;
    EXPECT_EQ(type.credits.has_value(), type.name.starts_with("t")) << type.name;
    EXPECT_EQ(&machine_type(type.name), &type);
  }
  Cloud w;
  Machines machines(w.simulation, w.journal, w.network, {});
  EXPECT_THROW(machines.rent("c5.larg", w.journal.actors.id("server")), InputError);
}

TEST(MachineTypes, TheSameHardwareHasTheSameCardInBothPlaces) {
  for (const char* name : {"t3.micro", "t3.small", "t3.medium", "m5.large"}) {
    EXPECT_EQ(database_node(std::string("elasticache.") + name).hardware, &machine_type(name));
    EXPECT_EQ(database_node(std::string("ec2.") + name).hardware, &machine_type(name));
  }
  EXPECT_EQ(database_node("elasticache.t3.small").memory, Memory{1402}) << "what the service leaves of 2048";
  EXPECT_EQ(database_node("ec2.t3.small").memory, Memory{2048});
}

// 630 MB through a card of 630 MB/s take 1 s; at t3.medium's baseline of 0.256 Gbit/s, 32 MB/s, 19.6875 s.
TEST(MachineTypes, CardsHaveTheirBurstOrTheirBaseline) {
  for (const bool node : {false, true}) {
    for (const auto& [cards, expected] : {std::pair(MachineCards::burst, 1.0), std::pair(MachineCards::baseline, 19.6875)}) {
      sim::Simulation simulation(1);
      Journal journal(PriceSheet::named("aws-us-east-1-2025-08"));
      NetworkConfig config;
      config.latency = constant(Duration(0));
      config.machine_cards = cards;
      Network network(simulation, journal, config);
      Machines machines(simulation, journal, network, {});
      const auto machine = machines.rent("t3.medium", journal.actors.id("machine"));
      Databases databases(simulation, journal, network, machines, {});
      const auto database = databases.rent("database");
      const HostId other = network.add_host("client", {});
      const HostId host = node ? database->host() : machine->host();
      simulation.spawn(network.transfer({.from = host, .to = other, .bytes = {630'000'000}}, {}, "network"));
      simulation.run();
      EXPECT_DOUBLE_EQ(to_seconds(simulation.now().time_since_epoch()), expected) << node;
    }
  }
}

// Baselines as published: t2.small 20 % of one processor, t2.medium and t3.small 20 % of two, t2.2xlarge 17 % of eight.
TEST(MachineTypes, BurstableTypesEarnTheirBaseline) {
  const auto percent = [](std::string_view name) {
    const CreditTerms& terms = *machine_type(name).credits;
    EXPECT_EQ(terms.vcpus, machine_type(name).vcpus);
    return 100 * terms.baseline() / terms.vcpus;
  };
  EXPECT_DOUBLE_EQ(percent("t2.small"), 20);
  EXPECT_DOUBLE_EQ(percent("t2.medium"), 20);
  EXPECT_DOUBLE_EQ(percent("t2.large"), 30);
  EXPECT_DOUBLE_EQ(percent("t2.xlarge"), 22.5);
  EXPECT_NEAR(percent("t2.2xlarge"), 17, 1e-9);
  EXPECT_DOUBLE_EQ(percent("t3.micro"), 10);
  EXPECT_DOUBLE_EQ(percent("t3.small"), 20);
  EXPECT_DOUBLE_EQ(percent("t3.medium"), 20);
  EXPECT_DOUBLE_EQ(percent("t3.large"), 30);
}

TEST(MachineTypes, AnA10GIsNotTwoV100s) {
  const double a10g = machine_type("g5.xlarge").gpu_images_per_s, v100 = machine_type("p3.2xlarge").gpu_images_per_s;
  EXPECT_LT(a10g, 1.2 * v100);
  EXPECT_GT(a10g, 2 * machine_type("g4dn.xlarge").gpu_images_per_s);
}

}  // namespace
}  // namespace windtunnel::models
