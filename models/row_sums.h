// What rows of a journal come to: added up by all that decides their price, with a fingerprint of them all where it is not the
// sums alone that a run's results fingerprint counts. Sums of whole numbers, so the order of the rows does not matter to them.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>

#include "models/rows.h"
#include "sim/fingerprint.h"

namespace windtunnel::models {

struct CallSum {
  std::int64_t count = 0;
  Duration billed{};        ///< as the price sheet says
  Duration without_init{};  ///< whole milliseconds of running alone
  Duration with_init{};     ///< whole milliseconds of INIT and running together
};

struct InvocationSums {
  std::int64_t calls = 0, cold = 0;
  /// Those that got an instance: by memory, /tmp, processor and package.
  std::map<std::tuple<Memory, Memory, std::string_view, std::string_view>, CallSum> placed;

  void add(const Invocation& call);
};

struct ExecutionSum {
  std::int64_t count = 0, transitions = 0, events = 0;
  std::int64_t express_steps = 0;  ///< started tenths of a second of express executions
};
/// Started tenths of a second, of an express execution; else 0.
std::int64_t express_steps(const WorkflowRun& run);

struct WorkflowSums {
  std::int64_t rows = 0;
  sim::Fingerprint print;
  std::map<std::tuple<bool, Memory>, ExecutionSum> alike;  ///< express or not, and their memory

  void add(const WorkflowRun& run);
};

struct RequestSums {
  std::int64_t rows = 0;
  sim::Fingerprint print;
  std::map<std::tuple<std::string_view, Bytes>, std::int64_t> alike;  ///< operation and size

  void add(const Requests& requests);
};

struct TransferSum {
  std::int64_t count = 0;
  Bytes bytes;
};

struct TransferSums {
  std::int64_t rows = 0;
  sim::Fingerprint print;
  std::map<std::string_view, TransferSum> by_service;

  void add(const Transfer& transfer);
};

}  // namespace windtunnel::models
