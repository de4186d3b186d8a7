// Side by side, in one process: gradients of a Problem through a ThreadPool, as a run computes them, against a bare
// LibTorch loop over the same batches and network. Prints samples per second (medians of interleaved repetitions), the
// overhead by wall and by CPU time, and the speed-up of two threads; with --costs, each network's compute time per
// sample on one core, from which the constants in src/learning come.
//
// usage: training_bench [--network NAME] [--batch N] [--repetitions N] [--costs]
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "bare_loop.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "learning/replica.h"
#include "learning/synthetic.h"
#include "learning/torch_problem.h"

namespace {

using namespace windtunnel;
using namespace windtunnel::learning;
using namespace windtunnel::bench;

struct Options {
  std::string network = "small_cnn";
  std::int64_t batch = 64;
  int repetitions = 9;
  bool costs = false;
};

// The data in the shape the networks meet in practice: grey 28×28 for the small ones, colour 32×32 for torchvision's.
Data data_for(std::string_view network) {
  Synthetic set;
  set.train = 4096;
  set.test = 16;
  if (network == "mobilenet_v3_small" || network == "resnet18") {
    set.channels = 3;
    set.size = 32;
  }
  return set.load();
}

void compare(const Options& options) {
  const Data data = data_for(options.network);
  const std::shared_ptr<Network> network = make(networks(), "network", options.network);
  const Plan plan{.workers = 1, .minibatches = 1, .batch = options.batch, .seed = 1};
  const TorchProblem problem({.data = std::make_shared<Data>(data), .partition = make(partitions(), "partition", "iid"), .network = network},
                             plan);
  BareLoop bare(*network, data, plan);
  ThreadPool one(1);
  ThreadPool two(2);
  const Weights weights = problem.initial();

  const auto through = [&](ThreadPool& pool, int count) {
    std::vector<std::future<Gradient>> jobs;
    for (int round = 0; round < count; ++round) {
      jobs.push_back(pool.submit([&, round] { return problem.gradient(*weights, {.round = round}); }));
    }
    for (auto& job : jobs) job.get();
  };
  // The bare loop runs on the pool's thread too, so that both have the same thread-local state.
  const auto bare_loop = [&](int count) {
    one.submit([&] {
         prepare_thread();
         for (int round = 0; round < count; ++round) bare.gradient({.round = round});
       })
        .get();
  };

  int count = 1;  // gradients per repetition: about half a second's worth
  bare_loop(1);
  while (time_of([&] { bare_loop(count); }).wall_s < 0.25) count *= 2;
  through(two, count);

  std::vector<double> bare_s, one_s, two_s, overhead, cpu_overhead, speedup, cpu_speedup;
  for (int repetition = 0; repetition < options.repetitions; ++repetition) {
    const Taken a = time_of([&] { bare_loop(count); });
    const Taken b = time_of([&] { through(one, count); });
    const Taken c = time_of([&] { through(two, count); });
    bare_s.push_back(a.wall_s);
    one_s.push_back(b.wall_s);
    two_s.push_back(c.wall_s);
    overhead.push_back(a.wall_s / b.wall_s);
    cpu_overhead.push_back(a.cpu_s / b.cpu_s);
    speedup.push_back(b.wall_s / c.wall_s);
    cpu_speedup.push_back(2 * b.cpu_s / c.cpu_s);
  }
  const double samples = static_cast<double>(count) * static_cast<double>(options.batch);
  fmt::print("{}, batch {}, {} gradients per repetition, {} repetitions\n", options.network, options.batch, count,
             options.repetitions);
  fmt::print("  bare LibTorch loop      {:>9.0f} samples/s\n", samples / median(bare_s));
  fmt::print("  problem, 1 thread       {:>9.0f} samples/s   {:.3f} of bare by wall time, {:.3f} by CPU time\n",
             samples / median(one_s), median(overhead), median(cpu_overhead));
  fmt::print("  problem, 2 threads      {:>9.0f} samples/s   {:.2f} of 1 thread by wall time, {:.2f} by CPU time\n",
             samples / median(two_s), median(speedup), median(cpu_speedup));
}

// Least CPU time of several: what one undisturbed core needs.
void print_costs(const Options& options) {
  prepare_thread();
  fmt::print("{:<20} {:>6} {:>14} {:>14}\n", "network", "batch", "us per sample", "forward share");
  for (const Option<Network>& entry : networks()) {
    const bool large = entry.name == "mobilenet_v3_small" || entry.name == "resnet18";
    const Plan plan{.workers = 1, .minibatches = 1, .batch = large ? 128 : 64, .seed = 1};
    const TorchProblem problem(
        {.data = std::make_shared<Data>(data_for(entry.name)),
         .partition = make(partitions(), "partition", "iid"), .network = entry.make()},
        plan);
    const std::vector<float> weights = *problem.initial();
    Facts facts = Synthetic().facts();
    if (large) facts.shape = {3, 32, 32};
    Replica replica(build(*entry.make(), facts));
    const Batch batch = problem.batch({});
    std::vector<double> both, forward;
    for (int repetition = 0; repetition < 3 * options.repetitions; ++repetition) {
      both.push_back(time_of([&] { problem.gradient(weights, {.round = repetition}); }).cpu_s);
      forward.push_back(time_of([&] { replica.score(weights, batch); }).cpu_s);
    }
    const double all = *std::min_element(both.begin(), both.end());
    fmt::print("{:<20} {:>6} {:>14.1f} {:>14.2f}\n", entry.name, plan.batch,
               1e6 * all / static_cast<double>(plan.batch), *std::min_element(forward.begin(), forward.end()) / all);
  }
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) throw InputError(fmt::format("{} needs a value", flag));
      return argv[i];
    };
    const auto number = [&] {
      const std::string text = value();
      std::size_t used = 0;
      const int n = std::isdigit(static_cast<unsigned char>(text[0])) != 0 ? std::stoi(text, &used) : 0;
      if (n < 1 || used != text.size()) throw InputError(fmt::format("{} needs a whole number, at least 1", flag));
      return n;
    };
    if (flag == "--network") {
      options.network = value();
    } else if (flag == "--batch") {
      options.batch = number();
    } else if (flag == "--repetitions") {
      options.repetitions = number();
    } else if (flag == "--costs") {
      options.costs = true;
    } else {
      throw InputError(
          fmt::format("unknown option {}; known: --network NAME, --batch N, --repetitions N, --costs", flag));
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse(argc, argv);
    options.costs ? print_costs(options) : compare(options);
  } catch (const Error& error) {
    fmt::print(stderr, "training_bench: {}\n", error.what());
    return error.exit_code();
  }
}
