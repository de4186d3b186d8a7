// The Hold model in SimGrid: actors that sleep, or kernel timers. Prints CPU nanoseconds per event.
// Usage: simgrid_hold actors|timers PENDING WARM_UP EVENTS
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "kernel_hold.h"

namespace {

using windtunnel::bench::Draw;
using windtunnel::bench::Hold;
using windtunnel::bench::Meter;

struct World {
  Draw draw;
  Meter meter;
  double next_s() { return static_cast<double>(draw()) * 1e-9; }
  /// There is no way to stop the engine but to leave, and its end would not be measured anyway.
  void count() {
    if (!meter.count()) return;
    std::printf("%.2f\n", meter.ns_per_event());
    std::fflush(stdout);
    std::_Exit(0);
  }
  void fire() {
    count();
    simgrid::kernel::timer::Timer::set(simgrid::s4u::Engine::get_clock() + next_s(), [this] { fire(); });
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const std::string kind = argv[1];
  const Hold hold{std::stoul(argv[2]), std::stoul(argv[3]), std::stoul(argv[4])};
  // SimGrid's fastest settings for many actors: no stack guards, small stacks (the size is in KiB).
  std::string settings[] = {"simgrid_hold", "--cfg=contexts/stack-size:16", "--cfg=contexts/guard-size:0",
                            "--log=root.thres:critical"};
  char* arguments[] = {settings[0].data(), settings[1].data(), settings[2].data(), settings[3].data(), nullptr};
  int count = 4;
  simgrid::s4u::Engine engine(&count, arguments);
  auto* zone = simgrid::s4u::create_full_zone("zone");
  auto* host = zone->create_host("host", 1e9);
  zone->seal();
  World world{{}, Meter(hold)};
  if (kind == "actors") {
    for (std::size_t i = 0; i < hold.pending; ++i) {
      simgrid::s4u::Actor::create("a", host, [&world] {
        for (;;) {
          simgrid::s4u::this_actor::sleep_for(world.next_s());
          world.count();
        }
      });
    }
  } else {
    simgrid::s4u::Actor::create("a", host, [] { simgrid::s4u::this_actor::sleep_for(1e12); });
    for (std::size_t i = 0; i < hold.pending; ++i) {
      simgrid::kernel::timer::Timer::set(world.next_s(), [&world] { world.fire(); });
    }
  }
  engine.run();
  return 1;
}
