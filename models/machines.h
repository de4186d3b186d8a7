// Virtual machines by the second: rent, boot, use, release. A machine is billed from its rent to its release (or to its
// end, whatever way that comes), per started second with a minimum of 60 s (facts 5).
// Promise: each machine is one row of Journal::rentals, which always agrees with what the ledger charged for it so far; its
// charges have the machine's own actor and the phase rent.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/fields.h"
#include "base/units.h"
#include "models/actor_streams.h"
#include "models/distribution.h"
#include "models/journal.h"
#include "models/network.h"
#include "models/phase.h"
#include "models/provisioning.h"
#include "sim/simulation.h"
#include "sim/task.h"

namespace windtunnel::models {

struct MachineType {
  std::string_view name;    ///< "t2.large"; its price item is "ec2.t2.large"
  double vcpus = 0;         ///< processors
  Memory memory;            ///< main memory
  Bandwidth network;        ///< each way, sustained
  std::string_view gpu;     ///< empty without
  double gpu_tflops = 0;    ///< peak single precision of its GPUs
  std::string_view source;  ///< of the figures; "[R]" where recollected
};

/// The types known, in the order of the price sheet.
std::span<const MachineType> machine_types();
/// Throws InputError with near names.
const MachineType& machine_type(std::string_view name);

struct MachinesConfig {
  /// From the request until the machine takes work: a cluster of 10 in 132 ± 6 s (facts 3).
  Choice<Distribution> boot = normal({.mean = std::chrono::seconds(132), .sd = std::chrono::seconds(6)});
  Duration minimum = std::chrono::seconds(60);  ///< billed at least (facts 5)
  void describe(Fields& f);
};

class Machines;

/// One rented machine. Releases itself at its end.
class Machine {
 public:
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Starts it, or starts it again after a crash. Span: boot. The first one takes no time where machines are provisioned
  /// before the start.
  sim::Task<> boot(Context context);
  const MachineType& type() const noexcept { return type_; }
  HostId host() const noexcept { return host_; }
  double vcpus() const noexcept { return type_.vcpus; }
  Memory memory() const noexcept { return type_.memory; }

  /// Charges the whole seconds since the last bill to the round of `context`, e.g. at its end. Without it everything is
  /// charged at release, to no round.
  void bill(Context context);
  /// Charges the rest, with the started second and the minimum, to the round of `context`, and gives the machine back.
  /// Idempotent.
  void release(Context context);
  void release();

 private:
  friend class Machines;
  Machine(Machines& machines, const MachineType& type, ActorId actor, SiteId at);
  void charge(std::int64_t until_s, std::int32_t round);

  Machines& machines_;
  const MachineType& type_;
  ActorId actor_;
  HostId host_{};
  ItemId item_ = 0;
  std::size_t rental_;  // its row of the journal
  sim::Time rented_;
  std::int64_t billed_s_ = 0;
  bool booted_ = false;
  bool released_ = false;
};

class Machines {
 public:
  Machines(sim::Simulation& simulation, Journal& journal, Network& network, MachinesConfig config,
           Provisioning provisioning = Provisioning::counted);

  /// A machine of the type for `actor` at a site of the network; billed from now. Throws InputError for an unknown type
  /// or one without a price.
  std::unique_ptr<Machine> rent(std::string_view type, ActorId actor, SiteId at = Network::region);

 private:
  friend class Machine;
  sim::Simulation& simulation_;
  Journal& journal_;
  Network& network_;
  MachinesConfig config_;
  Provisioning provisioning_;
  ActorStreams boots_;
};

}  // namespace windtunnel::models
