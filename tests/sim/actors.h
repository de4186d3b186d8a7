// Small processes and a log, for the tests of the clock.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/simulation.h"

namespace windtunnel::sim {

using namespace std::chrono_literals;
using Log = std::vector<std::string>;

/// Adds "<now in ns> what".
inline void note(const Simulation& s, Log& log, const std::string& what) {
  log.push_back(std::to_string(s.now().time_since_epoch().count()) + " " + what);
}

/// Leaves its name in the log when it is destroyed.
struct Trace {
  Trace(Log& l, std::string n) : log(&l), name(std::move(n)) {}
  Trace(Trace&& other) noexcept : log(std::exchange(other.log, nullptr)), name(std::move(other.name)) {}
  ~Trace() {
    if (log != nullptr) log->push_back(name);
  }
  Log* log;
  std::string name;
};

inline Task<> sleep_for(Simulation& s, Duration d) { co_await s.delay(d); }

inline Task<int> delayed(Simulation& s, int x) {
  co_await s.delay(1ns);
  co_return x;
}
inline Task<std::unique_ptr<int>> boxed(int x) { co_return std::make_unique<int>(x); }
inline Task<int> failing(Simulation& s) {
  co_await s.delay(1ns);
  throw std::runtime_error("inner");
}

}  // namespace windtunnel::sim
