// What the simulated world costs on top of the real gradients: whole emulated SPIRT runs (torch, store modelled) against a
// bare LibTorch loop over the same network, batch size and number of gradients, in one process, interleaved. Prints
// gradients per second (medians), the ratio on one thread, and the speed-up of two threads.
//
// usage: emulated_bench [NETWORK] [REPETITIONS]
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "bare_loop.h"
#include "base/error.h"
#include "experiment/run.h"
#include "learning/synthetic.h"
#include "scenario/document.h"

namespace {

using namespace windtunnel;
using namespace windtunnel::bench;

constexpr int workers = 4, minibatches = 8;
constexpr std::int64_t batch = 64, images = 4096;

scenario::Document document(const std::string& network, int rounds) {
  return scenario::load_document_text(
      "emulated", fmt::format("workers: {}\nminibatches: {}\nbatch_size: {}\nrounds: {}\nevaluate_every: {}\n"
                              "learning: {{torch: {{dataset: {{synthetic: {{train: {}, test: 16}}}}, network: {}}}}}\n"
                              "architecture: spirt\n",
                              workers, minibatches, batch, rounds, rounds, images, network));
}

int bench_main(int argc, char** argv) {
  const std::string network = argc > 1 ? argv[1] : "small_cnn";
  const int repetitions = argc > 2 ? std::atoi(argv[2]) : 5;
  Synthetic set;
  set.train = images;
  set.test = 16;
  const Data data = set.load();
  BareLoop bare(*make(networks(), "network", network), data,
                {.workers = workers, .minibatches = minibatches, .batch = batch, .seed = 1});

  ThreadPool one(1), two(2);
  experiment::Problems problems;
  experiment::ProgressBoard board;
  const experiment::StopFlag stop = false;
  const auto loop = [&](int rounds) {
    one.submit([&] {
         prepare_thread();
         for (int r = 0; r < rounds; ++r) {
           for (int w = 0; w < workers; ++w) {
             for (int m = 0; m < minibatches; ++m) bare.gradient({.worker = w, .round = r, .minibatch = m});
           }
         }
       })
        .get();
  };
  const auto emulated = [&](ThreadPool& pool, const scenario::Document& scenario) {
    experiment::Workshop workshop{.pool = pool, .problems = problems, .board = board, .stop = stop};
    const auto outcome = experiment::run_point(scenario, scenario.points.front(), 0, workshop);
    if (outcome.status != experiment::Status::done) throw RunError(outcome.reason);
  };

  int rounds = 1;  // seconds of work, so that building the world does not count
  loop(1);
  while (time_of([&] { loop(rounds); }).wall_s < 1.0) rounds *= 2;
  const scenario::Document scenario = document(network, rounds);
  const auto held = problems.of(scenario.points.front());  // made once for all runs
  emulated(two, scenario);

  std::vector<double> bare_s, one_s, two_s, ratio, cpu_ratio, speedup;
  for (int i = 0; i < repetitions; ++i) {
    const Taken a = time_of([&] { loop(rounds); });
    const Taken b = time_of([&] { emulated(one, scenario); });
    const Taken c = time_of([&] { emulated(two, scenario); });
    bare_s.push_back(a.wall_s);
    one_s.push_back(b.wall_s);
    two_s.push_back(c.wall_s);
    ratio.push_back(a.wall_s / b.wall_s);
    cpu_ratio.push_back(a.cpu_s / b.cpu_s);
    speedup.push_back(b.wall_s / c.wall_s);
  }
  const double gradients = static_cast<double>(rounds) * workers * minibatches;
  fmt::print("{}, batch {}, {} gradients per repetition, {} repetitions (medians)\n", network, batch, gradients, repetitions);
  fmt::print("  bare LibTorch loop       {:>8.0f} gradients/s\n", gradients / median(bare_s));
  fmt::print("  emulated run, 1 thread   {:>8.0f} gradients/s   {:.3f} of bare by wall time, {:.3f} by CPU time (target 0.95)\n",
             gradients / median(one_s), median(ratio), median(cpu_ratio));
  fmt::print("  emulated run, 2 threads  {:>8.0f} gradients/s   {:.2f} of 1 thread by wall time (target 1.8)\n",
             gradients / median(two_s), median(speedup));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return bench_main(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "emulated_bench: {}\n", error.what());
    return error.exit_code();
  }
}
