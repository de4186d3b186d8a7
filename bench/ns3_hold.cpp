// The Hold model in ns-3. Prints CPU nanoseconds per event.
// Usage: ns3_hold SCHEDULER PENDING WARM_UP EVENTS, with SCHEDULER one of ns-3's types, e.g. ns3::MapScheduler.
#include <ns3/object-factory.h>
#include <ns3/simulator.h>

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
  void schedule() { ns3::Simulator::Schedule(ns3::NanoSeconds(draw()), &World::fire, this); }
  void fire() {
    if (meter.count()) {
      std::printf("%.2f\n", meter.ns_per_event());
      std::fflush(stdout);
      std::_Exit(0);
    }
    schedule();
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  ns3::ObjectFactory factory;
  factory.SetTypeId(argv[1]);
  ns3::Simulator::SetScheduler(factory);
  const Hold hold{std::stoul(argv[2]), std::stoul(argv[3]), std::stoul(argv[4])};
  World world{{}, Meter(hold)};
  for (std::size_t i = 0; i < hold.pending; ++i) world.schedule();
  ns3::Simulator::Run();
  return 1;
}
