// Checks CPU credits on hand-worked figures: the account by itself, processors that queue and slow down, and the bill of
// machines. Does not check how much of a processor a piece of work needs: that is the caller's.
#include "models/cpu_credits.h"

#include <gtest/gtest.h>

#include "models/machines.h"
#include "tests/models/cloud.h"

namespace windtunnel::models {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr CreditTerms t2_medium{.vcpus = 2, .earned_per_hour = 24, .launch = 60, .unlimited = false};
constexpr CreditTerms t3_small{.vcpus = 2, .earned_per_hour = 24, .launch = 0, .unlimited = true};

sim::Time at(double s) { return sim::Time(from_seconds(s)); }

// 60 credits are 3,600 vCPU-seconds; 2 busy processors take 1.6 a second beyond the 0.4 that are earned: 2,250 s.
TEST(CpuCredits, AStandardMachineHasItsBaselineWhenTheyAreUsedUp) {
  CpuCredits credits(t2_medium, CreditMode::by_type, at(0));
  EXPECT_DOUBLE_EQ(credits.balance(at(0)), 3600);
  credits.demand(at(0), 2);
  EXPECT_EQ(credits.speed(at(0)), 1);
  EXPECT_EQ(credits.next_change(at(0)), at(2250));
  EXPECT_DOUBLE_EQ(credits.balance(at(1000)), 2000);
  EXPECT_EQ(credits.next_change(at(1000)), at(2250));
  EXPECT_DOUBLE_EQ(credits.speed(at(2250)), 0.2);
  EXPECT_EQ(credits.next_change(at(2250)), std::nullopt);
  credits.demand(at(3000), 0.4);
  EXPECT_EQ(credits.speed(at(3000)), 1) << "no more than it earns";
  credits.demand(at(4000), 0);
  EXPECT_DOUBLE_EQ(credits.balance(at(4100)), 40) << "saved while idle";
  EXPECT_EQ(credits.surplus(at(4100)), 0);
}

TEST(CpuCredits, SavingsEndAtADaysEarnings) {
  CpuCredits credits(t2_medium, CreditMode::standard, at(0));
  EXPECT_DOUBLE_EQ(credits.balance(sim::Time(hours(1000))), 0.4 * 24 * 3600);
}

// 10,000 vCPU-seconds used, 2,000 earned.
TEST(CpuCredits, AnUnlimitedMachineOwesTheDifference) {
  CpuCredits credits(t3_small, CreditMode::by_type, at(0));
  credits.demand(at(0), 2);
  EXPECT_EQ(credits.speed(at(4000)), 1);
  EXPECT_EQ(credits.next_change(at(4000)), std::nullopt);
  EXPECT_DOUBLE_EQ(credits.surplus(at(5000)), 8000);
  credits.demand(at(5000), 0);
  EXPECT_DOUBLE_EQ(credits.surplus(at(5000 + 10'000)), 4000) << "earned back while idle";
  EXPECT_DOUBLE_EQ(credits.surplus(at(5000 + 30'000)), 0);
  EXPECT_DOUBLE_EQ(credits.balance(at(5000 + 30'000)), 4000) << "then saved";
}

// A day's earnings are 34,560 vCPU-seconds: what is owed beyond them is paid for whatever comes after.
TEST(CpuCredits, ADebtBeyondADaysEarningsIsNotEarnedBack) {
  CpuCredits credits(t3_small, CreditMode::with_surplus, at(0));
  credits.demand(at(0), 2);
  credits.demand(at(30'000), 0);
  EXPECT_DOUBLE_EQ(credits.surplus(at(30'000)), 1.6 * 30'000);
  EXPECT_NEAR(credits.surplus(at(1e6)), 48'000 - 34'560, 1e-6);
}

TEST(CpuCredits, AModeOverridesTheType) {
  EXPECT_FALSE(CpuCredits(t3_small, CreditMode::standard, at(0)).unlimited());
  CpuCredits unlimited(t2_medium, CreditMode::with_surplus, at(0));
  EXPECT_TRUE(unlimited.unlimited());
  EXPECT_EQ(unlimited.balance(at(0)), 0) << "launch credits are standard machines'";
  EXPECT_THROW(unlimited.demand(at(0), 3), BrokenInvariant);
}

struct BurstableCloud : Cloud {
  explicit BurstableCloud(CreditMode mode = CreditMode::by_type)
      : machines(simulation, journal, network, config(mode), Provisioning::before_start) {}
  static MachinesConfig config(CreditMode mode) {
    MachinesConfig config;
    config.credits = mode;
    return config;
  }
  std::unique_ptr<Machine> booted(std::string_view type) {
    auto machine = machines.rent(type, journal.actors.id("server"));
    simulation.spawn(machine->boot(context("server")));
    simulation.run();
    return machine;
  }
  void compute(Machine& machine, double s, double busy, double& ended_s) {
    simulation.spawn([](BurstableCloud& w, Machine& m, double length, double n, double& out) -> sim::Task<> {
      co_await m.compute(from_seconds(length), n);
      out = w.now_s();
    }(*this, machine, s, busy, ended_s));
  }
  Machines machines;
};

// Two processors busy for 5,000 s: t3.small pays 0.0289 USD of rent and 8,000 vCPU-seconds of surplus at 0.05 USD an hour.
TEST(MachineCredits, BusyT3SmallCostsFiveTimesItsRent) {
  BurstableCloud w;
  auto machine = w.booted("t3.small");
  double ended = 0;
  w.compute(*machine, 5000, 2, ended);
  w.simulation.run();
  EXPECT_EQ(ended, 5000);
  machine->release();
  EXPECT_NEAR(w.quantity("ec2.cpu_credits"), 8000 / 3600.0, 1e-12);
  EXPECT_NEAR(w.journal.ledger.total().value, 5000 / 3600.0 * 0.0208 + 8000 / 3600.0 * 0.05, 1e-12);
  EXPECT_NEAR(w.journal.ledger.total().value, 0.140, 0.0001);
  ASSERT_EQ(w.journal.rentals.size(), 1u);
  EXPECT_DOUBLE_EQ(w.journal.rentals[0].surplus_vcpu_s, 8000);
  for (const Charge& charge : w.journal.ledger.charges()) EXPECT_EQ(charge.context.phase, Phase::rent);
}

// 2,250 s at full speed do 4,500 of 10,000 vCPU-seconds, the baseline of 0.4 the rest in 13,750 s.
TEST(MachineCredits, BusyT2MediumTakesThreeTimesAsLong) {
  BurstableCloud w;
  auto machine = w.booted("t2.medium");
  double ended = 0;
  w.compute(*machine, 5000, 2, ended);
  w.simulation.run();
  EXPECT_NEAR(ended, 16'000, 1e-6);
  machine->release();
  EXPECT_EQ(w.quantity("ec2.cpu_credits"), 0);
}

TEST(MachineCredits, TheModeIsASetting) {
  BurstableCloud unlimited(CreditMode::with_surplus), standard(CreditMode::standard);
  auto t2 = unlimited.booted("t2.medium");
  auto t3 = standard.booted("t3.small");
  double t2_ended = 0, t3_ended = 0;
  unlimited.compute(*t2, 5000, 2, t2_ended);
  standard.compute(*t3, 500, 2, t3_ended);
  unlimited.simulation.run();
  standard.simulation.run();
  EXPECT_EQ(t2_ended, 5000);
  EXPECT_NEAR(t3_ended, 2500, 1e-6) << "no launch credits: 20 % from the start";
  t2->release();
  EXPECT_NEAR(unlimited.quantity("ec2.cpu_credits"), 8000 / 3600.0, 1e-12);
}

TEST(MachineCredits, FullMachinesHaveNone) {
  BurstableCloud w;
  auto machine = w.booted("c5.large");
  double ended = 0;
  w.compute(*machine, 5000, 2, ended);
  w.simulation.run();
  EXPECT_EQ(ended, 5000);
  machine->release();
  EXPECT_EQ(w.journal.ledger.charges().size(), 1u);
  EXPECT_EQ(w.journal.rentals[0].surplus_vcpu_s, 0);
}

// 3 jobs of one processor and one of two on two processors: two at once, then the third; the last waits for both processors.
TEST(MachineCredits, JobsQueueForProcessors) {
  BurstableCloud w;
  auto machine = w.booted("c5.large");
  std::array<double, 4> ended{};
  w.compute(*machine, 10, 1, ended[0]);
  w.compute(*machine, 15, 0.5, ended[1]);
  w.compute(*machine, 10, 1, ended[2]);
  w.compute(*machine, 1, 2, ended[3]);
  w.simulation.run();
  const std::array<double, 4> right{10, 15, 20, 21};
  for (std::size_t i = 0; i < right.size(); ++i) EXPECT_DOUBLE_EQ(ended[i], right[i]);
}

// One of two jobs alone has half the demand: 3,600 vCPU-seconds last for 2,250 s of both, and each then has the baseline of 0.4
// for two, a fifth of full speed, until one is over; the other then has 0.4 of one processor.
TEST(MachineCredits, WhenOneJobEndsTheOtherGoesFaster) {
  BurstableCloud w;
  auto machine = w.booted("t2.medium");
  std::array<double, 2> ended{};
  w.compute(*machine, 2350, 1, ended[0]);  // 100 s left at a fifth: 500 s
  w.compute(*machine, 2450, 1, ended[1]);  // as long, then 100 s at 0.4: 250 s
  w.simulation.run();
  EXPECT_NEAR(ended[0], 2750, 1e-6);
  EXPECT_NEAR(ended[1], 3000, 1e-6);
}

TEST(MachineCredits, AKilledJobGivesItsProcessorsBack) {
  BurstableCloud w;
  auto machine = w.booted("t3.small");
  sim::Process victim = w.simulation.spawn(machine->compute(seconds(100), 2));
  double ended = 0;
  w.compute(*machine, 10, 2, ended);
  w.simulation.run_until(at(50));
  victim.kill();
  w.simulation.run();
  EXPECT_DOUBLE_EQ(ended, 60);
  machine->release();
  EXPECT_DOUBLE_EQ(w.journal.rentals[0].surplus_vcpu_s, 1.6 * 60);
}

// A machine that is back after a crash has neither new launch credits nor lost those it had.
TEST(MachineCredits, OutlastAReboot) {
  BurstableCloud w;
  auto machine = w.booted("t2.medium");
  const double before = machine->processors().credits()->balance(w.simulation.now());
  w.simulation.spawn(machine->boot(w.context("server")));
  w.simulation.run();
  EXPECT_NEAR(machine->processors().credits()->balance(w.simulation.now()), before + 0.4 * w.now_s(), 1e-9);
}

}  // namespace
}  // namespace windtunnel::models
