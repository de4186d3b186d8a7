#include "architectures/job.h"

#include <array>

namespace windtunnel::architectures {

void JobConfig::describe(Fields& f) {
  static constexpr std::array<std::string_view, 2> timings{"modelled", "measured"};
  static constexpr std::array<std::string_view, 2> weightings{"samples", "equal"};
  f("workers", workers, "workers that compute gradients; the data set is divided among them", {.min = 1, .max = 100'000});
  f("rounds", rounds, "rounds, each one update of the model", {.min = 1, .max = 10'000'000});
  f("minibatches", minibatches, "minibatches that each worker computes per round", {.min = 1, .max = 100'000});
  f("batch_size", batch_size, "samples of one minibatch", {.min = 1, .max = 1'000'000});
  f("weights", weights, weightings, "what a worker's update counts in a mean: its part of all samples, or as much as any other");
  f("evaluate_every", evaluate_every,
    "rounds between two evaluations on the test data, the last always: no time, no cost, unless target_accuracy asks for them",
    {.min = 1, .max = 10'000'000});
  f("target_accuracy", target_accuracy, "stop after the evaluated round that reaches this share of the test data",
    {.min = 0, .max = 1});
  f("timing", timing, timings,
    "where the durations of real work come from: the cost model, or this machine's measured time (not reproducible)");
}

}  // namespace windtunnel::architectures
