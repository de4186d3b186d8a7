#include "sim/combine.h"

namespace windtunnel::sim {
namespace {

struct Race {
  explicit Race(Simulation& simulation) : scope(simulation) {}

  std::optional<std::size_t> winner;
  Scope scope;
};

Task<> contend(Race& race, Task<> task, std::size_t index) {
  co_await std::move(task);
  race.winner = index;
  race.scope.kill();  // this one is past its last wait and ends by itself
}

}  // namespace

Task<std::size_t> any_of(Simulation& simulation, std::vector<Task<>> tasks) {
  check(!tasks.empty(), "any_of needs a task");
  Race race(simulation);
  for (std::size_t i = 0; i < tasks.size(); ++i) race.scope.spawn(contend(race, std::move(tasks[i]), i));
  co_await race.scope.join();
  check(race.winner.has_value(), "every task of any_of was killed");
  co_return *race.winner;
}

Task<> all_of(Simulation& simulation, std::vector<Task<>> tasks) {
  Scope scope(simulation);
  for (Task<>& task : tasks) scope.spawn(std::move(task));
  co_await scope.join();
}

Task<> detail::run_for(Simulation& simulation, Task<> task, Duration limit) {
  Scope scope(simulation);
  Timer alarm(simulation, [&scope] { scope.kill(); });
  scope.spawn(std::move(task));
  alarm.restart(limit);  // after the task, so that what takes no time is in time
  co_await scope.join();
}

Task<bool> with_timeout(Simulation& simulation, Task<> task, Duration limit) {
  bool finished = false;
  co_await detail::run_for(simulation, detail::keep(std::move(task), finished), limit);
  co_return finished;
}

}  // namespace windtunnel::sim
