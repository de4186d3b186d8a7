#include "kernel_hold.h"

#include <memory>
#include <vector>

#include "sim/event_queue.h"
#include "sim/frame_pool.h"
#include "sim/simulation.h"

namespace windtunnel::bench {
namespace {

using sim::detail::EventQueue;
using sim::detail::Node;

/// Targets for the bare queue's prefetches, as its payloads are addresses in real use.
struct Target {
  char bytes[64];
};

template <class Each>
void bare(EventQueue& queue, const Hold& hold, Each each) {
  const std::vector<Target> targets(hold.pending);
  Draw draw;
  for (const Target& target : targets) queue.push({draw(), reinterpret_cast<std::uint64_t>(&target)});
  Node node{};
  do {
    queue.pop(EventQueue::forever, node);
    node.time += draw();
    queue.push(node);
  } while (!each());
}

struct World {
  explicit World(const Hold& hold) : meter(hold) {}
  sim::Simulation simulation;
  Draw draw;
  Meter meter;
};

struct Ball final : sim::Callback {
  explicit Ball(World& w) : world(w) {}
  void fire() override {
    if (world.meter.count()) world.simulation.stop();
    world.simulation.schedule(*this, sim::Duration(world.draw()));
  }
  World& world;
};

sim::Task<> juggle(World& world) {
  while (!world.meter.count()) co_await world.simulation.delay(sim::Duration(world.draw()));
  world.simulation.stop();
}

}  // namespace

double hold_bare_queue(const Hold& hold) {
  EventQueue queue;
  Meter meter(hold);
  bare(queue, hold, [&] { return meter.count(); });
  return meter.ns_per_event();
}

double queue_bytes_per_event(const Hold& hold) {
  EventQueue queue;
  Meter meter(hold);
  bare(queue, hold, [&] { return meter.count(); });
  return static_cast<double>(queue.bytes()) / static_cast<double>(hold.pending);
}

double hold_callbacks(const Hold& hold) {
  World world(hold);
  std::vector<std::unique_ptr<Ball>> balls;
  for (std::size_t i = 0; i < hold.pending; ++i) {
    balls.push_back(std::make_unique<Ball>(world));
    world.simulation.schedule(*balls.back(), sim::Duration(world.draw()));
  }
  world.simulation.run();
  return world.meter.ns_per_event();
}

double hold_processes(const Hold& hold) {
  World world({hold.pending, hold.warm_up + hold.pending, hold.events});  // the start of each process is an event too
  for (std::size_t i = 0; i < hold.pending; ++i) world.simulation.spawn(juggle(world));
  world.simulation.run();
  return world.meter.ns_per_event();
}

double bytes_per_process() {
  World world({1, 1'000'000, 1});
  const std::size_t before = sim::detail::frame_bytes();
  const int n = 1000;
  for (int i = 0; i < n; ++i) world.simulation.spawn(juggle(world));
  return static_cast<double>(sim::detail::frame_bytes() - before) / n;
}

}  // namespace windtunnel::bench
