// Virtual machines: rent, boot, compute, release. A machine is billed from its rent to its release (or to its end, whatever
// way that comes), in the steps and with the minimum of its item of the price sheet; a burstable one also for the CPU credits
// that it owes.
// Promise: each machine is one row of Journal::rentals, which always agrees with what the ledger charged for it so far; its
// charges have the machine's own actor and the phase rent.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/units.h"
#include "models/actor_streams.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/machine_types.h"
#include "models/network.h"
#include "models/phase.h"
#include "models/processors.h"
#include "models/provisioning.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

/// How much longer the n-th of the machines that boot at the same time takes. Between two of these by interpolation, beyond the
/// last along the line of the last two.
struct BootGrowth {
  std::int64_t machines = 1;
  Duration longer{0};
  void describe(Fields& f);
};

struct MachinesConfig {
  /// From the request until one machine takes work. LambdaML measured clusters: w = 10 / 50 / 100 / 200 are all up after
  /// 132 ± 6 / 160 ± 5 / 292 ± 8 / 606 ± 12 s. The last of ten independent normal draws is 1.54 standard deviations late, and
  /// varies by 0.59 of one: 116 ± 10 s each (derived).
  Choice<Distribution> boot = normal({.mean = std::chrono::seconds(116), .sd = std::chrono::seconds(10)});
  /// So that clusters of 50, 100 and 200 are up as measured (derived). None: a machine does not care how many others boot.
  std::vector<BootGrowth> boot_growth{{10, std::chrono::seconds(0)},
                                      {50, std::chrono::seconds(31)},
                                      {100, std::chrono::seconds(168)},
                                      {200, std::chrono::seconds(483)}};
  CreditMode credits = CreditMode::by_type;  ///< of burstable types

  void describe(Fields& f);
};

class Machines;

/// One rented machine. Releases itself at its end. Whoever computes on it is gone before it is (the owner's duty).
class Machine {
 public:
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Starts it, or starts it again after a crash. Span: boot. The first one takes no time where machines are provisioned
  /// before the start. CPU credits count from the end of the first one, and outlast the others.
  sim::Task<> boot(Context context);
  /// Work that keeps `busy_vcpus` of its processors busy for `at_full_speed`: waits for so many free ones, first come, first
  /// served, and takes longer when CPU credits run out. No span: the caller knows what it is for. Preconditions: a time from 0,
  /// 0 < busy_vcpus ≤ vcpus() (checked).
  sim::Task<> compute(Duration at_full_speed, double busy_vcpus) { return processors_.compute(at_full_speed, busy_vcpus); }

  const MachineType& type() const noexcept { return type_; }
  HostId host() const noexcept { return host_; }
  double vcpus() const noexcept { return type_.vcpus; }
  Memory memory() const noexcept { return type_.memory; }
  Processors& processors() noexcept { return processors_; }

  /// Charges the whole steps since the last bill to the round of `context`, e.g. at its end. Without it everything is charged
  /// at release, to no round.
  void bill(Context context);
  /// Charges the rest, with the started step, the minimum and the surplus of CPU credits, to the round of `context`, and gives
  /// the machine back. Idempotent.
  void release(Context context);
  void release();

 private:
  friend class Machines;
  Machine(Machines& machines, const MachineType& type, ActorId actor, SiteId at);
  void charge(Duration until, std::int32_t round);
  void charge_surplus(std::int32_t round);

  Machines& machines_;
  const MachineType& type_;
  ActorId actor_;
  HostId host_{};
  ItemId item_ = 0, credits_item_ = 0;
  std::size_t rental_;  // its row of the journal
  sim::Time rented_;
  Processors processors_;
  bool booted_ = false;
  bool released_ = false;
};

class Machines {
 public:
  /// Throws InputError for settings that make no sense.
  Machines(sim::Simulation& simulation, Journal& journal, Network& network, MachinesConfig config,
           Provisioning provisioning = Provisioning::counted);

  /// A machine of the type for `actor` at a site of the network; billed from now. Throws InputError for an unknown type
  /// or one without a price.
  std::unique_ptr<Machine> rent(std::string_view type, ActorId actor, SiteId at = Network::region);

 private:
  friend class Machine;
  Duration growth(std::int64_t nth) const;

  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  MachinesConfig config_;
  Provisioning provisioning_;
  ActorStreams boots_;
  std::int64_t booting_ = 0;
};

}  // namespace windtunnel::models
