#include "models/machines.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace windtunnel::models {
namespace {

// 10^9 bit/s in bytes per second.
constexpr Bandwidth gbit(double n) { return {n * 1e9 / 8}; }

constexpr std::string_view recollected = "vCPU, memory, network: provider's instance pages [R]";
constexpr std::string_view t2_network = "vCPU, memory: provider's instance pages [R]; network as t2.medium, facts 3";

// Networks are sustained rates where the provider gives a baseline, not the short bursts of "up to".
constexpr std::array<MachineType, 15> types{{
    {"t2.small", 1, {2048}, {120e6}, "", 0, t2_network},
    {"t2.medium", 2, {4096}, {120e6}, "", 0, "vCPU, memory: provider's instance pages [R]; network: facts 3"},
    {"t2.large", 2, {8192}, {120e6}, "", 0, t2_network},
    {"t2.xlarge", 4, {16384}, {120e6}, "", 0, t2_network},
    {"t2.2xlarge", 8, {32768}, {120e6}, "", 0, t2_network},
    {"t3.small", 2, {2048}, gbit(0.128), "", 0, recollected},
    {"t3.medium", 2, {4096}, gbit(0.256), "", 0, recollected},
    {"t3.large", 2, {8192}, gbit(0.512), "", 0, recollected},
    {"c5.large", 2, {4096}, {225e6}, "", 0, "vCPU, memory: provider's instance pages [R]; network: facts 3"},
    {"c5.2xlarge", 8, {16384}, gbit(2.5), "", 0, recollected},
    {"c5.4xlarge", 16, {32768}, gbit(5), "", 0, recollected},
    {"g4dn.xlarge", 4, {16384}, gbit(5), "NVIDIA T4", 8.1, recollected},
    {"g4dn.2xlarge", 8, {32768}, gbit(10), "NVIDIA T4", 8.1, recollected},
    {"g5.xlarge", 4, {16384}, gbit(2.5), "NVIDIA A10G", 31.2, recollected},
    {"p3.2xlarge", 8, {62464}, gbit(2.5), "NVIDIA V100", 15.7, recollected},
}};

}  // namespace

std::span<const MachineType> machine_types() { return types; }

const MachineType& machine_type(std::string_view name) {
  std::vector<std::string_view> known;
  for (const MachineType& type : types) {
    if (type.name == name) return type;
    known.push_back(type.name);
  }
  throw InputError(unknown_word("machine type", name, known));
}

void MachinesConfig::describe(Fields& f) {
  f("boot", boot, "from the request until the machine takes work", {.source = "facts 3"});
  f("minimum", minimum, "a rent is billed for this long at least", {.min = 0, .source = "facts 5"});
}

Machines::Machines(sim::Simulation& simulation, Journal& journal, Network& network, MachinesConfig config,
                   Provisioning provisioning)
    : simulation_(simulation),
      journal_(journal),
      network_(network),
      config_(std::move(config)),
      provisioning_(provisioning),
      boots_(simulation, journal.actors, "machines.boot") {
  require_sane(config_.boot, "machines.boot");
}

std::unique_ptr<Machine> Machines::rent(std::string_view type, ActorId actor, SiteId at) {
  return std::unique_ptr<Machine>(new Machine(*this, machine_type(type), actor, at));
}

Machine::Machine(Machines& machines, const MachineType& type, ActorId actor, SiteId at)
    : machines_(machines),
      type_(type),
      actor_(actor),
      item_(machines.journal_.ledger.prices().item("ec2." + std::string(type.name))),
      rental_(machines.journal_.rentals.size()),
      rented_(machines.simulation_.now()) {
  host_ = machines.network_.add_host(machines.journal_.actors.name(actor), Nic::symmetric(type.network), at);
  machines.journal_.rentals.push_back({.actor = actor, .item = item_, .rented = rented_, .released = rented_});
}

Machine::~Machine() { release(); }

sim::Task<> Machine::boot(Context context) {
  const SpanScope span(machines_.journal_, machines_.simulation_, context.in(Phase::boot));
  const bool is_there = !booted_ && machines_.provisioning_ == Provisioning::before_start;
  if (!is_there) co_await machines_.simulation_.delay(machines_.config_.boot->sample(machines_.boots_.of(actor_)));
  booted_ = true;
}

void Machine::charge(std::int64_t until_s, std::int32_t round) {
  Rental& rental = machines_.journal_.rentals[rental_];
  rental.released = machines_.simulation_.now();
  if (until_s <= billed_s_) return;
  machines_.journal_.ledger.charge(item_, static_cast<double>(until_s - billed_s_) / 3600.0,
                                   {.actor = actor_, .phase = Phase::rent, .round = round});
  billed_s_ = until_s;
  rental.billed = std::chrono::seconds(billed_s_);
}

void Machine::bill(Context context) {
  check(!released_, "Machine::bill: the machine is still rented");
  charge(std::chrono::floor<std::chrono::seconds>(machines_.simulation_.now() - rented_).count(), context.round);
}

void Machine::release(Context context) {
  if (released_) return;
  released_ = true;
  const Duration rent = std::max(machines_.simulation_.now() - rented_, machines_.config_.minimum);
  charge(std::chrono::ceil<std::chrono::seconds>(rent).count(), context.round);
  machines_.network_.remove_host(host_);
}

void Machine::release() { release({.actor = actor_, .phase = Phase::rent, .round = -1}); }

}  // namespace windtunnel::models
