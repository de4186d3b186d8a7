#include "architectures/startup.h"

#include "sim/combine.h"

namespace windtunnel::architectures {
namespace {

sim::Task<> started(Training& training, sim::Task<> start, sim::Time& at) {
  co_await std::move(start);
  at = training.simulation.now();
}

}  // namespace

sim::Task<> start_up(Training& training, std::vector<Starting> all) {
  const sim::Time ordered = training.simulation.now();
  std::vector<sim::Time> ready(all.size(), ordered);
  std::vector<sim::Task<>> starts;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].start) starts.push_back(started(training, std::move(all[i].start), ready[i]));
  }
  co_await sim::all_of(training.simulation, std::move(starts));
  const sim::Time now = training.simulation.now();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const sim::Time since = all[i].by_itself ? ready[i] : ordered;
    if (since < now) training.journal.span({all[i].actor, models::Phase::ready, -1}, since, now);
  }
  training.begin();
  training.faults.begin({training.journal.actors.id("faults"), models::Phase::ready, -1});
}

}  // namespace windtunnel::architectures
