// What a second processor is worth to one gradient: LibTorch with one and with two threads inside an operation, per
// network and batch. Prints the speed-up S and the parallel fraction p that it stands for, S = 1 / ((1 − p) + p / 2)
// (Amdahl), from which the figures in src/learning come.
//
// By wall time: the median over pairs of neighbouring runs, and the ratio of the two fastest runs. By CPU time: that of
// the calling thread, which computes all that is not shared and its part of what is, and sleeps while it waits; this one
// is of use on a machine that others use too, but knows nothing of waiting for a thread that wakes late.
//
// usage: threads_bench [--repetitions N] [--batches N…]
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <omp.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "learning/models.h"
#include "learning/replica.h"
#include "learning/threads.h"
#include "median.h"

namespace {

using namespace windtunnel;
using namespace windtunnel::learning;

void use_threads(int n) {
  using SetThreads = void (*)(int);
  at::set_num_threads(n);
  omp_set_num_threads(n);
  if (auto* set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(n);
}

struct Taken {
  double wall_s, cpu_s;  ///< CPU time of the calling thread
};

template <class Work>
Taken time_of(Work work) {
  const auto cpu = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  };
  const double cpu_before = cpu();
  const auto before = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count(), cpu() - cpu_before};
}

// p of S = 1 / ((1 − p) + p / 2).
double parallel_fraction(double speedup) { return 2 * (1 - 1 / speedup); }

double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

void measure(const Option<Network>& entry, std::int64_t n, int repetitions) {
  const bool colour = entry.name == "mobilenet_v3_small" || entry.name == "resnet18";
  const Facts facts{.shape = colour ? ImageShape{3, 32, 32} : ImageShape{1, 28, 28}, .classes = 10, .train = 1, .test = 1};
  Replica replica(build(*entry.make(), facts));
  Random random(1, "threads");
  const std::vector<float> weights = replica.initial(random);
  const Batch batch{.images = torch::rand({n, facts.shape.channels, facts.shape.height, facts.shape.width}),
                    .labels = torch::zeros({n}, torch::kInt64)};
  int count = 1;  // gradients per run: some 30 ms, less than a neighbour's time slice
  use_threads(1);
  const auto gradients = [&] {
    for (int i = 0; i < count; ++i) replica.gradient(weights, batch, 1);
  };
  gradients();
  while (time_of(gradients).cpu_s < 0.03) count *= 2;

  std::vector<double> wall1, wall2, cpu1, cpu2, wall_ratio;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    use_threads(1);
    const Taken one = time_of(gradients);
    use_threads(2);
    replica.gradient(weights, batch, 1);  // wakes the second thread
    const Taken two = time_of(gradients);
    wall1.push_back(one.wall_s);
    wall2.push_back(two.wall_s);
    cpu1.push_back(one.cpu_s);
    cpu2.push_back(two.cpu_s);
    wall_ratio.push_back(one.wall_s / two.wall_s);
  }
  const double by_median = bench::median(wall_ratio), by_best = least(wall1) / least(wall2);
  const double by_cpu = least(cpu1) / least(cpu2), by_cpu_median = bench::median(cpu1) / bench::median(cpu2);
  fmt::print("{:<20} {:>6} {:>10.1f} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f}\n", entry.name, n,
             1e6 * least(cpu1) / count / static_cast<double>(n), by_median, by_best, by_cpu, by_cpu_median,
             parallel_fraction(by_best), parallel_fraction(by_cpu));
  std::fflush(stdout);
}

struct Options {
  int repetitions = 15;
  std::vector<std::int64_t> batches{64, 128, 256, 512};
};

Options parse(int argc, char** argv) {
  Options options;
  std::string_view flag;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--repetitions" || word == "--batches") {
      flag = argv[i];
      if (flag == "--batches") options.batches.clear();
      continue;
    }
    const bool number = !word.empty() && word.size() < 7 && word.find_first_not_of("0123456789") == std::string::npos;
    if (flag.empty() || !number || std::stoi(word) < 2) {
      throw InputError(fmt::format("\"{}\": known are --repetitions N and --batches N…, whole numbers from 2", word));
    }
    if (flag == "--batches") {
      options.batches.push_back(std::stoll(word));
    } else {
      options.repetitions = std::stoi(word);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse(argc, argv);
    // Threads that wait must sleep, or their waiting looks like computing. OpenMP reads this when it is loaded.
    if (std::getenv("OMP_WAIT_POLICY") == nullptr) {
      setenv("OMP_WAIT_POLICY", "passive", 1);
      execv("/proc/self/exe", argv);
      throw MissingError("threads_bench cannot start itself again: /proc/self/exe");
    }
    prepare_thread();
    fmt::print("{:<20} {:>6} {:>10} {:>35} {:>17}\n", "", "", "us/sample", "speed-up of 2 threads", "parallel fraction");
    fmt::print("{:<20} {:>6} {:>10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "network", "batch", "1 thread", "wall",
               "fastest", "CPU", "CPU med", "fastest", "CPU");
    for (const Option<Network>& entry : networks()) {
      for (std::int64_t n : options.batches) measure(entry, n, options.repetitions);
    }
  } catch (const Error& error) {
    fmt::print(stderr, "threads_bench: {}\n", error.what());
    return error.exit_code();
  }
}
