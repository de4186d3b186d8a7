// Published figures that the common steps must meet, printed beside ours: the transfer of updates of 75 MB and the server's work
// on them (LambdaML, arXiv 2105.07806, table 2, gRPC). Encoding and decoding were fitted to the cells with one function, those
// with ten were not. Transfer and work together are held to 30 %: alone, ten functions' transfers come out too short (2 s for
// 3.7 to 5.6), as nothing models what the server's library does with ten streams, and the work on them by a sixth. Not checked
// here: the object store against published rounds (tests/models/object_store_test.cpp).
#include <gtest/gtest.h>

#include <cstdio>

#include "terms.h"

namespace windtunnel::architectures {
namespace {

struct Cell {
  std::int64_t functions;
  std::int64_t memory_mb;
  const char* machine;
  double transfer_s, server_s;  // published
};

struct Measured {
  double transfer_s, server_s;
};

// Functions push 75 MB at once: the transfer is encoding and network, the server's work is from the first decoding to the end
// of the last.
Measured measure(const Cell& cell) {
  Flight flight = bare_flight("parameter_server");
  flight.learning.select("none");
  assign(flight.learning, "parameters", std::int64_t{75'000'000 / 4});
  assign(flight.learning, "activation_size", Bytes{0});
  flight.as<ParameterServer>().server.machine = cell.machine;
  flight.cloud.function.memory = Memory{cell.memory_mb};
  flight.job = {.workers = cell.functions, .rounds = 1, .minibatches = 1, .batch_size = 1, .evaluate_every = 1};
  const auto landed = flight.fly();
  EXPECT_EQ(landed.error, "");
  const auto server = spans_of(*landed.journal, models::Phase::encode, "server");  // first it encodes the model
  const sim::Time pushed = spans_of(*landed.journal, models::Phase::store).front().start;
  return {to_seconds(server[1].start - pushed), to_seconds(server.back().end - server[1].start)};
}

TEST(Published, UpdatesFromOneAndFromTenFunctions) {
  const Cell cells[] = {
      {1, 3072, "c5.4xlarge", 1.85, 2.3}, {1, 1024, "c5.4xlarge", 2.36, 2.3}, {10, 3072, "c5.4xlarge", 3.7, 27},
      {10, 1024, "c5.4xlarge", 5.6, 25},  {10, 1024, "t2.2xlarge", 8.2, 34},
  };
  for (const Cell& cell : cells) {
    const Measured ours = measure(cell);
    std::printf("%2lld functions of %4lld MB, %s: transfer %.2f s (published %.2f), server %.1f s (published %.1f)\n",
                static_cast<long long>(cell.functions), static_cast<long long>(cell.memory_mb), cell.machine, ours.transfer_s,
                cell.transfer_s, ours.server_s, cell.server_s);
    const double published = cell.transfer_s + cell.server_s;
    EXPECT_NEAR(ours.transfer_s + ours.server_s, published, 0.3 * published);
  }
}

}  // namespace
}  // namespace windtunnel::architectures
