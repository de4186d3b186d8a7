#include "models/machines.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace windtunnel::models {
namespace {

constexpr std::string_view lambdaml = "LambdaML (arXiv 2105.07806), start-up of clusters of 10 to 200 machines (derived)";

void require(bool condition, std::string_view field, std::string_view allowed) {
  if (!condition) throw InputError(fmt::format("machines.{}: allowed: {}", field, allowed));
}

/// One more that boots, until its end.
class Booting {
 public:
  explicit Booting(std::int64_t& count) : count_(count), nth_(++count) {}
  ~Booting() { --count_; }
  Booting(const Booting&) = delete;
  Booting& operator=(const Booting&) = delete;
  std::int64_t nth() const { return nth_; }

 private:
  std::int64_t& count_;
  std::int64_t nth_;
};

}  // namespace

void BootGrowth::describe(Fields& f) {
  f("machines", machines, "the n-th of the machines that boot at the same time", {.min = 1});
  f("longer", longer, "takes this much longer than the first", {.min = 0});
}

void MachinesConfig::describe(Fields& f) {
  f("boot", boot, "from the request until a machine takes work", {.source = lambdaml});
  f("boot_growth", boot_growth, "how much longer when many boot at the same time; [] for no longer", {.source = lambdaml});
  f("credits", credits, credit_mode_names,
    "of t2 and t3 machines out of CPU credits: standard ones slow down, unlimited ones pay; by_type: as they are launched");
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
  for (std::size_t i = 0; i < config_.boot_growth.size(); ++i) {
    const BootGrowth& here = config_.boot_growth[i];
    require(here.machines >= 1 && here.longer >= Duration(0), "boot_growth", "machines from 1, longer from 0");
    require(i == 0 || here.machines > config_.boot_growth[i - 1].machines, "boot_growth", "machines that rise along the list");
  }
}

std::unique_ptr<Machine> Machines::rent(std::string_view type, ActorId actor, SiteId at) {
  return std::unique_ptr<Machine>(new Machine(*this, machine_type(type), actor, at));
}

Duration Machines::growth(std::int64_t nth) const {
  const std::vector<BootGrowth>& points = config_.boot_growth;
  if (points.empty()) return Duration(0);
  if (nth <= points.front().machines || points.size() == 1) return points.front().longer;
  std::size_t right = 1;
  while (right + 1 < points.size() && nth > points[right].machines) ++right;
  const BootGrowth &a = points[right - 1], &b = points[right];
  const double along = static_cast<double>(nth - a.machines) / static_cast<double>(b.machines - a.machines);
  return std::max(Duration(0), a.longer + from_seconds(along * to_seconds(b.longer - a.longer)));
}

Machine::Machine(Machines& machines, const MachineType& type, ActorId actor, SiteId at)
    : machines_(machines),
      type_(type),
      actor_(actor),
      item_(machines.journal_.ledger.prices().item("ec2." + std::string(type.name))),
      rental_(machines.journal_.rentals.size()),
      rented_(machines.simulation_.now()),
      processors_(machines.simulation_, type.vcpus) {
  if (type.credits) credits_item_ = machines.journal_.ledger.prices().item("ec2.cpu_credits");
  host_ = machines.network_.add_host(machines.journal_.actors.name(actor),
                                     Nic::symmetric(type.card(machines.network_.config().machine_cards)), at);
  machines.journal_.rentals.push_back({.actor = actor, .item = item_, .rented = rented_, .released = rented_});
}

Machine::~Machine() { release(); }

sim::Task<> Machine::boot(Context context) {
  const SpanScope span(machines_.journal_, machines_.simulation_, context.in(Phase::boot));
  const bool is_there = !booted_ && machines_.provisioning_ == Provisioning::before_start;
  if (!is_there) {
    const Booting booting(machines_.booting_);
    co_await machines_.simulation_.delay(machines_.config_.boot->sample(machines_.boots_.of(actor_)) +
                                         machines_.growth(booting.nth()));
  }
  if (!std::exchange(booted_, true) && type_.credits) processors_.limit(*type_.credits, machines_.config_.credits);
}

void Machine::charge(Duration until, std::int32_t round) {
  Rental& rental = machines_.journal_.rentals[rental_];
  rental.released = machines_.simulation_.now();
  if (until <= rental.billed) return;
  machines_.journal_.ledger.charge(item_, to_seconds(until - rental.billed) / 3600.0,
                                   {.actor = actor_, .phase = Phase::rent, .round = round});
  rental.billed = until;
}

void Machine::charge_surplus(std::int32_t round) {
  const double surplus_s = processors_.surplus_s();
  if (surplus_s <= 0) return;
  machines_.journal_.rentals[rental_].surplus_vcpu_s = surplus_s;
  machines_.journal_.ledger.charge(credits_item_, surplus_s / 3600.0,
                                   {.actor = actor_, .phase = Phase::rent, .round = round});
}

void Machine::bill(Context context) {
  check(!released_, "Machine::bill: the machine is still rented");
  const Duration step = std::max(Duration(1), machines_.journal_.ledger.prices()[item_].step);
  charge((machines_.simulation_.now() - rented_) / step * step, context.round);
}

void Machine::release(Context context) {
  if (std::exchange(released_, true)) return;
  charge(machines_.journal_.ledger.prices().billed(item_, machines_.simulation_.now() - rented_), context.round);
  charge_surplus(context.round);
  machines_.network_.remove_host(host_);
}

void Machine::release() { release({.actor = actor_, .phase = Phase::rent, .round = -1}); }

}  // namespace windtunnel::models
