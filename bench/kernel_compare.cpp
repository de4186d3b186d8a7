// Windtunnel's kernel beside a naive baseline, ns-3, SimGrid and SimPy in the Hold model: interleaved repetitions,
// medians, and the ratios that the project has set itself, each with whether it is reached. Usage: kernel_compare
// [REPETITIONS]   (at least 5; default 5)
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kernel_hold.h"
#include "median.h"

namespace windtunnel::bench {
namespace {

constexpr double absent = std::numeric_limits<double>::quiet_NaN();

/// Runs another program and reads the one number it prints; NaN when it is not there or fails.
double run_program(const std::string& command) {
  FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return absent;
  double ns = absent;
  if (std::fscanf(pipe, "%lf", &ns) != 1) ns = absent;
  pclose(pipe);
  return ns;
}

struct Contender {
  std::string name;
  std::function<double(const Hold&)> run;
  std::uint64_t events;  ///< timed events per run
  std::array<std::size_t, 3> pending{100, 10'000, 1'000'000};
};

Contender program(std::string name, std::string command, std::uint64_t events) {
  return {std::move(name),
          [command = std::move(command)](const Hold& hold) {
            return run_program(fmt::format("{} {} {} {}", command, hold.pending, hold.warm_up, hold.events));
          },
          events};
}

std::vector<Contender> contenders() {
  std::vector<Contender> all{
      {"bare queue", hold_bare_queue, 2'000'000},
      {"callbacks", hold_callbacks, 2'000'000},
      {"processes", hold_processes, 2'000'000},
      {"naive baseline", hold_naive, 2'000'000},
  };
  all.push_back({"processes at 100,000", hold_processes, 2'000'000, {0, 0, 100'000}});
#ifdef NS3_HOLD
  all.push_back(program("ns-3 map (default)", NS3_HOLD " ns3::MapScheduler", 1'000'000));
  all.push_back(program("ns-3 heap", NS3_HOLD " ns3::HeapScheduler", 1'000'000));
  all.push_back(program("ns-3 calendar", NS3_HOLD " ns3::CalendarScheduler", 1'000'000));
  all.back().pending[2] = 0;  // filling it with a million takes many minutes
  all.push_back(program("ns-3 priority queue", NS3_HOLD " ns3::PriorityQueueScheduler", 1'000'000));
#endif
#ifdef SIMGRID_HOLD
  all.push_back(program("SimGrid actors", SIMGRID_HOLD " actors", 300'000));
  all.back().pending = {100, 10'000, 100'000};
  all.push_back(program("SimGrid timers", SIMGRID_HOLD " timers", 500'000));
#endif
  all.push_back(program("SimPy processes", "/usr/bin/python3 " SIMPY_HOLD, 200'000));
  return all;
}

using Row = std::array<double, 3>;
using Table = std::map<std::string, Row>;

std::string cell(double value, const char* format = "{:.1f}") {
  return value == value ? fmt::format(fmt::runtime(format), value) : "-";
}

/// ns per event of each contender at each size: medians over the repetitions, which go round all contenders in turn.
Table measure(const std::vector<Contender>& all, int repetitions) {
  std::map<std::string, std::array<std::vector<double>, 3>> samples;
  for (int r = 0; r < repetitions; ++r) {
    for (std::size_t size = 0; size < 3; ++size) {
      for (const Contender& contender : all) {
        const std::size_t pending = contender.pending[size];
        if (pending == 0) continue;
        const double ns = contender.run({pending, std::max<std::uint64_t>(pending, 50'000), contender.events});
        if (ns == ns) samples[contender.name][size].push_back(ns);
      }
      fmt::print(stderr, "repetition {} of {}, size {} of 3\n", r + 1, repetitions, size + 1);
    }
  }
  Table table;
  fmt::print("\n{:24}{:>14}{:>14}{:>14}   CPU ns per event, median of {}\n", "pending", 100, "10,000", "1,000,000",
             repetitions);
  for (const Contender& contender : all) {
    Row& row = table[contender.name];
    for (std::size_t size = 0; size < 3; ++size) row[size] = median(samples[contender.name][size]);
    fmt::print("{:24}{:>14}{:>14}{:>14}\n", contender.name, cell(row[0]), cell(row[1]), cell(row[2]));
  }
  return table;
}

/// Prints one line per target and counts those that are missed.
class Targets {
 public:
  void at_least(const std::string& what, Row figures, Row targets) { each(what, figures, targets, true); }
  void at_most(const std::string& what, Row figures, Row targets) { each(what, figures, targets, false); }
  int missed() const { return missed_; }

 private:
  void each(std::string what, Row figures, Row targets, bool least) {
    for (std::size_t i = 0; i < 3; ++i) {
      const double figure = figures[i], target = targets[i];
      if (target != target) continue;
      const bool measured = figure == figure;
      const bool reached = least ? figure >= target : figure <= target;
      if (measured && !reached) ++missed_;
      fmt::print("{:56}{:>9}{:>10}{:>10}   {}\n", std::exchange(what, ""), sizes[i], cell(figure, "{:.2f}"),
                 (least ? "≥ " : "≤ ") + cell(target, "{:g}"),
                 !measured ? "not measured"
                 : reached ? "reached"
                           : "MISSED");
    }
  }

  static constexpr std::array<const char*, 3> sizes{"100", "10,000", "largest"};
  int missed_ = 0;
};

Row ratio(const Row& slow, const Row& fast) { return {slow[0] / fast[0], slow[1] / fast[1], slow[2] / fast[2]}; }

Row fastest(const Table& table, std::initializer_list<const char*> names) {
  Row best{absent, absent, absent};
  for (const char* name : names) {
    const auto row = table.find(name);
    if (row == table.end()) continue;
    for (std::size_t i = 0; i < 3; ++i) best[i] = std::fmin(best[i], row->second[i]);
  }
  return best;
}

void compare(int repetitions) {
  const Table table = measure(contenders(), repetitions);
  const Row callbacks = table.at("callbacks"), processes = table.at("processes");
  Row processes_to_100000 = processes;
  processes_to_100000[2] = table.at("processes at 100,000")[2];

  fmt::print("\n{:56}{:>9}{:>10}{:>10}\n", "target", "pending", "figure", "target");
  Targets targets;
  targets.at_least("callbacks: times as fast as the naive baseline", ratio(table.at("naive baseline"), callbacks),
                   {1.8, 2.7, 3.8});
  targets.at_least("callbacks: times as fast as ns-3's default",
                   ratio(fastest(table, {"ns-3 map (default)"}), callbacks), {2.7, 3.8, 12});
  targets.at_least(
      "callbacks: times as fast as ns-3's fastest",
      ratio(fastest(table, {"ns-3 map (default)", "ns-3 heap", "ns-3 calendar", "ns-3 priority queue"}), callbacks),
      {1.8, 2.3, 3});
  targets.at_most("callbacks: time over that of the bare queue", ratio(callbacks, table.at("bare queue")),
                  {1.3, 1.3, 2});
  targets.at_least("processes: times as fast as SimGrid's actors (100,000)",
                   ratio(fastest(table, {"SimGrid actors"}), processes_to_100000), {12, 25, 50});
  targets.at_least("processes: times as fast as SimPy's", ratio(table.at("SimPy processes"), processes), {16, 18, 22});
  targets.at_most(
      "queue: bytes per pending event",
      {absent, queue_bytes_per_event({10'000, 1, 500'000}), queue_bytes_per_event({1'000'000, 1, 2'000'000})},
      {absent, 24, 24});
  targets.at_most("simple process: bytes of frame and record", {bytes_per_process(), absent, absent},
                  {160, absent, absent});
  fmt::print("\n{}\n", targets.missed() == 0 ? "all measured targets reached"
                                             : fmt::format("{} targets missed", targets.missed()));
}

}  // namespace
}  // namespace windtunnel::bench

int main(int argc, char** argv) {
  const int repetitions = argc > 1 ? std::atoi(argv[1]) : 5;
  if (repetitions < 5) {
    fmt::print(stderr, "usage: kernel_compare [REPETITIONS]   at least 5\n");
    return 2;
  }
  windtunnel::bench::compare(repetitions);
  return 0;
}
