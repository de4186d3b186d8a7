// Google Benchmark of the kernel's single operations. The comparison with other kernels is kernel_compare.
#include <benchmark/benchmark.h>

#include <vector>

#include "sim/channel.h"
#include "sim/combine.h"
#include "sim/event_queue.h"
#include "sim/frame_pool.h"
#include "sim/random.h"
#include "sim/resource.h"
#include "sim/simulation.h"
#include "sim/timer.h"

namespace windtunnel::sim {
namespace {

void hold_bare_queue(benchmark::State& state) {
  detail::EventQueue queue;
  RandomStream random(1, "hold", 0);
  const auto pending = static_cast<std::size_t>(state.range(0));
  const std::vector<char> targets(pending * 64);
  const auto draw = [&] { return static_cast<std::int64_t>(random.exponential(1e9)); };
  for (std::size_t i = 0; i < pending; ++i) queue.push({draw(), reinterpret_cast<std::uint64_t>(&targets[i * 64])});
  detail::Node node{};
  for (auto _ : state) {
    queue.pop(detail::EventQueue::forever, node);
    node.time += draw();
    queue.push(node);
  }
  state.counters["bytes/event"] = static_cast<double>(queue.bytes()) / static_cast<double>(pending);
}
BENCHMARK(hold_bare_queue)->Arg(100)->Arg(10'000)->Arg(1'000'000);

Task<> juggle(Simulation& s, RandomStream& random) {
  for (;;) co_await s.delay(Duration(static_cast<std::int64_t>(random.exponential(1e9))));
}

/// Runs the simulation in slices of about `slice` events, so that the framework's loop counts events.
template <class Slice>
void count_events(benchmark::State& state, Simulation& s, Slice slice) {
  const std::uint64_t before = s.events();
  for (auto _ : state) s.run_until(s.now() + slice);
  state.counters["time/event"] = benchmark::Counter(static_cast<double>(s.events() - before),
                                                    benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void hold_processes(benchmark::State& state) {
  Simulation s;
  RandomStream random = s.stream("hold");
  const std::size_t before = detail::frame_bytes();
  for (std::int64_t i = 0; i < state.range(0); ++i) s.spawn(juggle(s, random));
  state.counters["bytes/process"] =
      static_cast<double>(detail::frame_bytes() - before) / static_cast<double>(state.range(0));
  s.run_until(Time{Duration(1'000'000'000)});
  count_events(state, s, Duration(1'000'000'000 / state.range(0) * 1000));
}
BENCHMARK(hold_processes)->Arg(100)->Arg(10'000)->Arg(1'000'000);

Task<> use(Simulation& s, Resource& r) {
  for (;;) {
    const Lease lease = co_await r.acquire();
    co_await s.delay(Duration(1));
  }
}

void resource_ping_pong(benchmark::State& state) {
  Simulation s;
  Resource r(s, 1);
  for (int i = 0; i < 2; ++i) s.spawn(use(s, r));
  count_events(state, s, Duration(1000));
}
BENCHMARK(resource_ping_pong);

Task<> echo(Channel<int>& in, Channel<int>& out) {
  for (;;) co_await out.send(co_await in.receive());
}
Task<> serve(Simulation& s, Channel<int>& in, Channel<int>& out) {
  for (int i = 0;; ++i) {
    co_await out.send(i);
    benchmark::DoNotOptimize(co_await in.receive());
    co_await s.delay(Duration(1));
  }
}

void channel_ping_pong(benchmark::State& state) {
  Simulation s;
  Channel<int> there(s), back(s);
  s.spawn(echo(there, back));
  s.spawn(serve(s, back, there));
  count_events(state, s, Duration(1000));
}
BENCHMARK(channel_ping_pong);

Task<int> one() { co_return 1; }
Task<> call(Simulation& s, std::int64_t calls) {
  int sum = 0;
  for (std::int64_t i = 0; i < calls; ++i) sum += co_await one();
  benchmark::DoNotOptimize(sum);
  co_await s.delay(Duration(1));
}

void task_call(benchmark::State& state) {
  for (auto _ : state) {
    Simulation s;
    s.spawn(call(s, 1000));
    s.run();
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(task_call);

Task<> nothing() { co_return; }

void spawn_and_end(benchmark::State& state) {
  Simulation s;
  for (auto _ : state) {
    s.spawn(nothing());
    s.run_until(s.now() + Duration(1));
  }
}
BENCHMARK(spawn_and_end);

Task<> sleep_long(Simulation& s) { co_await s.delay(std::chrono::hours(1)); }

void kill_waiting(benchmark::State& state) {
  Simulation s;
  for (auto _ : state) {
    const Process p = s.spawn(sleep_long(s));
    s.run_until(s.now() + Duration(1));
    p.kill();
  }
}
BENCHMARK(kill_waiting);

void timer_restart(benchmark::State& state) {
  Simulation s;
  Timer timer(s, [] {});
  std::int64_t d = 1'000'000;
  for (auto _ : state) timer.restart(Duration(++d));
}
BENCHMARK(timer_restart);

Task<> time_out(Simulation& s, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (!co_await with_timeout(s, nothing(), std::chrono::minutes(15))) co_return;
  }
}

void with_timeout_in_time(benchmark::State& state) {
  for (auto _ : state) {
    Simulation s;
    s.spawn(time_out(s, 1000));
    s.run();
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(with_timeout_in_time);

void draw(benchmark::State& state) {
  RandomStream random(1, "draw", 0);
  for (auto _ : state) benchmark::DoNotOptimize(random.exponential(1));
}
BENCHMARK(draw);

}  // namespace
}  // namespace windtunnel::sim
