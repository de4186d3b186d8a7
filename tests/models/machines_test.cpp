// Checks: boot times, per-second bills with the minimum, bills in parts and their rental row, release on every path,
// provisioning, boots of many at once. Types and CPU credits have tests of their own.
// Does not check how fast a machine computes: that is the architectures' model.
#include "models/machines.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/models/cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct MachinesCloud : Cloud {
  explicit MachinesCloud(Provisioning provisioning = Provisioning::counted)
      : machines(simulation, journal, network, config(), provisioning) {}
  static MachinesConfig config() {
    MachinesConfig config;
    config.boot = constant(seconds(132));
    return config;
  }
  void advance(double s) { simulation.run_until(sim::Time{from_seconds(s)}); }
  double hours(std::string_view type) { return quantity("ec2." + std::string(type)); }
  Machines machines;
};

TEST(Machines, ARentIsBilledByTheStartedSecond) {
  MachinesCloud w;
  auto machine = w.machines.rent("c5.large", w.journal.actors.id("server"));
  w.advance(3600.25);
  machine->release();
  EXPECT_DOUBLE_EQ(w.hours("c5.large"), 3601 / 3600.0);
  EXPECT_NEAR(w.journal.ledger.total(CostKind::machines).value, 3601 / 3600.0 * 0.085, 1e-12);
  w.advance(9999);
  machine->release();
  machine.reset();
  EXPECT_DOUBLE_EQ(w.hours("c5.large"), 3601 / 3600.0) << "once only";
  ASSERT_EQ(w.journal.ledger.charges().size(), 1u);
  EXPECT_EQ(w.journal.ledger.charges()[0].context, (Context{.actor = 0, .phase = Phase::rent, .round = -1}));
}

TEST(Machines, AtLeastAMinute) {
  MachinesCloud w;
  auto brief = w.machines.rent("t3.small", w.journal.actors.id("a"));
  w.advance(59.5);
  brief.reset();
  EXPECT_DOUBLE_EQ(w.hours("t3.small"), 60 / 3600.0);
  auto longer = w.machines.rent("t3.medium", w.journal.actors.id("b"));
  w.advance(59.5 + 60.5);
  longer.reset();
  EXPECT_DOUBLE_EQ(w.hours("t3.medium"), 61 / 3600.0);
}

TEST(Machines, BillsInPartsSumToTheWhole) {
  MachinesCloud w;
  const ActorId actor = w.journal.actors.id("server");
  auto machine = w.machines.rent("c5.large", actor);
  for (int round = 0; round < 4; ++round) {
    w.advance(10.4 * (round + 1));
    machine->bill({.actor = actor, .phase = Phase::aggregate, .round = round});
    ASSERT_EQ(w.journal.rentals.size(), 1u);
    EXPECT_DOUBLE_EQ(to_seconds(w.journal.rentals[0].billed), std::round(w.hours("c5.large") * 3600)) << "so far";
  }
  machine->release({.actor = actor, .phase = Phase::idle, .round = 3});
  std::vector<double> rounded;
  for (const Charge& charge : w.journal.ledger.charges()) rounded.push_back(std::round(charge.quantity * 3600));
  EXPECT_EQ(rounded, (std::vector<double>{10, 10, 11, 10 + 19})) << "whole seconds, then the rest of the minute";
  EXPECT_NEAR(w.hours("c5.large"), 60 / 3600.0, 1e-12);
  EXPECT_THROW(machine->bill({}), BrokenInvariant);
  for (const Charge& charge : w.journal.ledger.charges()) EXPECT_EQ(charge.context.phase, Phase::rent);
}

TEST(Machines, EachIsARowOfTheRentals) {
  MachinesCloud w;
  w.advance(5);
  auto server = w.machines.rent("c5.large", w.journal.actors.id("server"));
  auto worker = w.machines.rent("t2.small", w.journal.actors.id("worker"));
  w.advance(100.5);
  server.reset();
  w.advance(200);
  ASSERT_EQ(w.journal.rentals.size(), 2u);
  const Rental& gone = w.journal.rentals[0];
  EXPECT_EQ(w.journal.actors.name(gone.actor), "server");
  EXPECT_EQ(w.journal.ledger.prices()[gone.item].name, "ec2.c5.large");
  EXPECT_EQ(gone.rented, sim::Time{seconds(5)});
  EXPECT_EQ(gone.released, sim::Time{milliseconds(100'500)});
  EXPECT_EQ(gone.billed, seconds(96)) << "95.5 s, the last second in full";
  EXPECT_EQ(w.journal.rentals[1].billed, seconds(0)) << "nothing charged yet";
  worker.reset();
  EXPECT_EQ(w.journal.rentals[1].billed, seconds(195));
  EXPECT_EQ(w.journal.rentals[1].surplus_vcpu_s, 0);
}

// c5.large: 168 s at 0.085 USD an hour, 132 of them its boot.
TEST(Machines, TheBootIsStartUp) {
  MachinesCloud w;
  auto machine = w.machines.rent("c5.large", w.journal.actors.id("server"));
  w.simulation.spawn(machine->boot(w.context("server")));
  w.simulation.run();
  w.journal.begin_training(w.simulation.now());
  w.advance(168);
  machine.reset();
  EXPECT_NEAR(w.journal.startup_cost().value, 132 / 3600.0 * 0.085, 1e-12);
  EXPECT_NEAR(w.journal.ledger.total().value, 168 / 3600.0 * 0.085, 1e-12);
}

TEST(Machines, ProvisionedBeforeTheStartOnlyTheFirstBootIsFree) {
  MachinesCloud w(Provisioning::before_start);
  auto machine = w.machines.rent("t2.large", w.journal.actors.id("server"));
  w.simulation.spawn(machine->boot(w.context("server")));
  w.simulation.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 0);
  w.simulation.spawn(machine->boot(w.context("server")));
  w.simulation.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 132) << "after a crash";
}

// The boot of one machine does not depend on how many others booted before it.
TEST(Machines, ABootIsDrawnForItsMachine) {
  const auto boots_at = [](bool after_another) {
    Cloud w;
    Machines machines(w.simulation, w.journal, w.network, {});
    auto other = machines.rent("t2.large", w.journal.actors.id("other"));
    if (after_another) w.simulation.spawn(other->boot(w.context("other")));
    auto machine = machines.rent("t2.large", w.journal.actors.id("server"));
    Duration at{0};
    w.simulation.spawn([](Cloud& c, Machine& m, Duration& out) -> sim::Task<> {
      co_await m.boot(c.context("server"));
      out = c.simulation.now().time_since_epoch();
    }(w, *machine, at));
    w.simulation.run();
    return at;
  };
  EXPECT_EQ(boots_at(true), boots_at(false));
  EXPECT_GT(boots_at(true), seconds(66)) << "five standard deviations";
}

TEST(Machines, BootTakesItsTimeAndIsASpan) {
  MachinesCloud w;
  auto machine = w.machines.rent("t2.large", w.journal.actors.id("server"));
  w.simulation.spawn(machine->boot(w.context("server")));
  w.simulation.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 132);
  EXPECT_DOUBLE_EQ(w.spent(Phase::boot), 132);
}

TEST(Machines, AMachineHasAHostWhileItIsRented) {
  MachinesCloud w;
  auto machine = w.machines.rent("c5.large", w.journal.actors.id("server"));
  EXPECT_EQ(w.network.name(machine->host()), "server");
  EXPECT_EQ(machine->vcpus(), 2);
  EXPECT_EQ(machine->memory(), Memory{4096});
  EXPECT_EQ(w.network.hosts(), 1u);
  machine.reset();
  EXPECT_EQ(w.network.hosts(), 0u);
}

TEST(Machines, TheDefaultBootIsTheMeasuredOne) {
  EXPECT_EQ(MachinesConfig{}.boot->mean(), seconds(116));
  MachinesConfig wrong;
  wrong.boot = lognormal({.median = seconds(2), .p99 = milliseconds(1)});
  Cloud w;
  EXPECT_THROW(Machines(w.simulation, w.journal, w.network, wrong), InputError);
  MachinesConfig falls;
  falls.boot_growth = {{10, seconds(0)}, {10, seconds(5)}};
  EXPECT_THROW(Machines(w.simulation, w.journal, w.network, falls), InputError);
}

// When the last of `count` machines that are ordered together is up.
double cluster_is_up_s(int count, std::uint64_t seed, const MachinesConfig& config = {}) {
  sim::Simulation simulation(seed);
  Journal journal(PriceSheet::named("aws-us-east-1-2025-08"));
  Network network(simulation, journal, {});
  Machines machines(simulation, journal, network, config);
  std::vector<std::unique_ptr<Machine>> all;
  for (int i = 0; i < count; ++i) {
    const ActorId actor = journal.actors.id("worker-" + std::to_string(i));
    all.push_back(machines.rent("t2.medium", actor));
    simulation.spawn(all.back()->boot({.actor = actor}));
  }
  simulation.run();
  return to_seconds(simulation.now().time_since_epoch());
}

// LambdaML's clusters: 10 / 50 / 100 / 200 machines are up after 132 ± 6 / 160 ± 5 / 292 ± 8 / 606 ± 12 s.
TEST(Machines, ManyAtOnceBootAsMeasured) {
  struct Measured {
    int machines;
    double mean, sd;
  };
  for (const Measured& measured : {Measured{10, 132, 6}, Measured{50, 160, 5}, Measured{100, 292, 8}, Measured{200, 606, 12}}) {
    constexpr int runs = 100;
    double sum = 0, squares = 0;
    for (int seed = 0; seed < runs; ++seed) {
      const double up = cluster_is_up_s(measured.machines, static_cast<std::uint64_t>(seed));
      sum += up;
      squares += up * up;
    }
    const double mean = sum / runs;
    const double sd = std::sqrt(squares / runs - mean * mean);
    EXPECT_NEAR(mean, measured.mean, measured.sd / 3) << measured.machines;
    EXPECT_NEAR(sd, measured.sd, measured.sd / 2) << measured.machines;
  }
}

TEST(Machines, BootsGrowAlongTheLineAndOnlyWhenAsked) {
  MachinesConfig config;
  config.boot = constant(seconds(100));
  config.boot_growth = {{2, seconds(0)}, {4, seconds(20)}};
  EXPECT_DOUBLE_EQ(cluster_is_up_s(2, 1, config), 100);
  EXPECT_DOUBLE_EQ(cluster_is_up_s(3, 1, config), 110) << "between two points";
  EXPECT_DOUBLE_EQ(cluster_is_up_s(7, 1, config), 150) << "beyond the last";
  config.boot_growth = {};
  EXPECT_DOUBLE_EQ(cluster_is_up_s(7, 1, config), 100);
}

TEST(Machines, AMachineThatBootsLaterAloneIsNotHeldUp) {
  MachinesConfig config;
  config.boot = constant(seconds(100));
  config.boot_growth = {{1, seconds(0)}, {2, seconds(20)}};
  Cloud w;
  Machines machines(w.simulation, w.journal, w.network, config);
  auto first = machines.rent("c5.large", w.journal.actors.id("a")), second = machines.rent("c5.large", w.journal.actors.id("b"));
  w.simulation.spawn(first->boot(w.context("a")));
  w.simulation.run();
  w.simulation.spawn(second->boot(w.context("b")));
  w.simulation.run();
  EXPECT_DOUBLE_EQ(w.now_s(), 200);
}

}  // namespace
}  // namespace windtunnel::models
