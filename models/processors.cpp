#include "models/processors.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "sim/combine.h"

namespace windtunnel::models {

/// Keeps processors busy, to its end.
struct Processors::Busy {
  Busy(Processors& p, double n) : processors(p), vcpus(n) { tell(vcpus); }
  ~Busy() { tell(-vcpus); }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

  void tell(double more) {
    processors.demand_ += more;
    processors.credits_->demand(processors.simulation_.now(), processors.demand_);
    ++processors.changes_;
    processors.changed_.set();
    processors.changed_.reset();
  }

  Processors& processors;
  double vcpus;
};

Processors::Processors(sim::Simulation& simulation, double vcpus)
    : simulation_(simulation), free_(simulation, static_cast<std::int64_t>(vcpus)), changed_(simulation) {
  check(vcpus >= 1 && std::floor(vcpus) == vcpus, "Processors: a whole number of them");
}

void Processors::limit(const CreditTerms& terms, CreditMode mode) {
  check(!credits_, "Processors: one account each");
  credits_.emplace(terms, mode, simulation_.now());
}

// At once when it came before this is asked: one that begins at the same instant is not missed.
sim::Task<> Processors::change_since(std::int64_t change) {
  if (changes_ == change) co_await changed_;
}

sim::Task<> Processors::compute(Duration at_full_speed, double busy) {
  check(at_full_speed >= Duration(0), "Processors: work takes 0 or more");
  check(busy > 0 && busy <= static_cast<double>(free_.capacity()), "Processors: no more is busy than there is");
  const sim::Lease lease = co_await free_.acquire(static_cast<std::int64_t>(std::ceil(busy)));
  if (!credits_ || credits_->unlimited()) {
    std::optional<Busy> counted;
    if (credits_) counted.emplace(*this, busy);
    co_await simulation_.delay(at_full_speed);
    co_return;
  }
  const Busy counted(*this, busy);
  double left_ns = static_cast<double>(at_full_speed.count());
  while (left_ns > 0) {
    const sim::Time now = simulation_.now();
    const double speed = credits_->speed(now);
    Duration step(static_cast<std::int64_t>(std::ceil(left_ns / speed)));
    if (const auto change = credits_->next_change(now)) step = std::min(step, *change - now);
    co_await sim::with_timeout(simulation_, change_since(changes_), step);
    left_ns -= static_cast<double>((simulation_.now() - now).count()) * speed;
  }
}

double Processors::surplus_s() { return credits_ ? credits_->surplus(simulation_.now()) : 0; }

}  // namespace windtunnel::models
