// Writes made-up results files for the test of the charts: quickstart, sweep and grid .sqlite into a folder.
#include <iostream>

#include "synthetic.h"

int main(int argc, char** argv) {
  using namespace windtunnel::experiment;
  using namespace windtunnel::experiment::testing;
  if (argc != 2) {
    std::cerr << "usage: make_results FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  write(folder / "quickstart.sqlite", quickstart_flights(), Detail::full);
  write(folder / "quickstart_summary.sqlite", quickstart_flights(), Detail::summary);
  write(folder / "sweep.sqlite", sweep_flights(10), Detail::summary);
  write(folder / "grid.sqlite", grid_flights(), Detail::summary);
  write(folder / "empty.sqlite", {}, Detail::full);
  std::vector<Flight> infeasible = quickstart_flights();
  for (Flight& flight : infeasible) {
    flight.record.journal = nullptr;
    flight.record.status = Status::infeasible;
    flight.record.reason = "memory too small";
  }
  write(folder / "infeasible.sqlite", infeasible, Detail::full);
  return 0;
}
