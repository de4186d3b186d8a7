// What the gradient of a minibatch holds in memory and computes, per network: the peaks of the heap and of the resident
// memory at several batches, with slope per sample and constant, and the floating-point operations of convolutions and
// dense layers. The figures in src/learning come from it.
//
// The batch itself is part of it, the weights are not. The heap is counted where it begins, in malloc and its relatives,
// so that the scratch memory of the libraries below LibTorch is in it; the resident memory is what a memory limit
// applies to, and has the holes between blocks as well. Each batch is measured in a process of its own. Operations are
// counted as LibTorch calls them, two for each multiplication and addition; batch normalisation, activations and
// pooling are left out.
//
// usage: footprint_bench [--batches N…]
#include <ATen/record_function.h>
#include <fmt/format.h>
#include <malloc.h>
#include <omp.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "learning/models.h"
#include "learning/replica.h"

namespace {

std::atomic<std::int64_t> heap_bytes{0}, heap_peak{0};

void* taken(void* block) {
  if (block == nullptr) return block;
  const std::int64_t now = heap_bytes += static_cast<std::int64_t>(malloc_usable_size(block));
  std::int64_t peak = heap_peak;
  while (now > peak && !heap_peak.compare_exchange_weak(peak, now)) {
  }
  return block;
}

void given_back(void* block) {
  if (block != nullptr) heap_bytes -= static_cast<std::int64_t>(malloc_usable_size(block));
}

}  // namespace

// glibc's own, under the names that a program may replace ("Replacing malloc" in its manual).
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t size) { return taken(__libc_malloc(size)); }
void* calloc(std::size_t n, std::size_t size) { return taken(__libc_calloc(n, size)); }
void* realloc(void* old, std::size_t size) {
  given_back(old);
  void* const block = __libc_realloc(old, size);
  if (block == nullptr && size > 0) {
    taken(old);
    return nullptr;
  }
  return taken(block);
}
void free(void* block) {
  given_back(block);
  __libc_free(block);
}
void* memalign(std::size_t alignment, std::size_t size) { return taken(__libc_memalign(alignment, size)); }
void* aligned_alloc(std::size_t alignment, std::size_t size) { return taken(__libc_memalign(alignment, size)); }
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  *block = taken(__libc_memalign(alignment, size));
  return *block == nullptr ? ENOMEM : 0;
}
}

namespace {

using namespace windtunnel;
using namespace windtunnel::learning;

double operations = 0;  // of the calling thread: LibTorch runs backward there when it has one thread

double size_of(const c10::IValue& value) {
  return value.isTensor() && value.toTensor().defined() ? static_cast<double>(value.toTensor().numel()) : 0;
}

// Operations of one output value of a convolution: a multiplication and an addition for each weight of its filter.
double filter_operations(const torch::Tensor& weight) { return 2.0 * static_cast<double>(weight[0].numel()); }

std::unique_ptr<at::ObserverContext> count_operations(const at::RecordFunction& call) {
  const std::string_view name = call.name();
  const auto inputs = call.inputs();
  if (name == "aten::convolution") {
    const torch::Tensor image = inputs[0].toTensor(), weight = inputs[1].toTensor();
    const std::vector<std::int64_t> stride = inputs[3].toIntVector(), padding = inputs[4].toIntVector();
    double outputs = static_cast<double>(image.size(0) * weight.size(0));
    for (std::int64_t side = 0; side < 2; ++side) {
      const auto s = static_cast<std::size_t>(side);
      outputs *= static_cast<double>((image.size(2 + side) + 2 * padding[s] - weight.size(2 + side)) / stride[s] + 1);
    }
    operations += outputs * filter_operations(weight);
  } else if (name == "aten::convolution_backward") {
    const auto wanted = inputs[10].toBoolList();  // gradients of the image and of the weights
    operations += size_of(inputs[0]) * filter_operations(inputs[2].toTensor()) * (wanted[0] + wanted[1]);
  } else if (name == "aten::addmm" || name == "aten::mm") {
    const std::size_t first = name == "aten::addmm" ? 1 : 0;
    operations += 2 * size_of(inputs[first]) * static_cast<double>(inputs[first + 1].toTensor().size(1));
  }
  return nullptr;
}

struct Line {
  double slope, constant;
};

Line least_squares(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sx += x[i];
    sy += y[i];
    sxx += x[i] * x[i];
    sxy += x[i] * y[i];
  }
  const double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  return {slope, (sy - slope * sx) / n};
}

// What one process finds out about one batch.
struct Footprint {
  double heap = 0, resident = 0;  ///< most bytes beyond those before
  double flops = 0;               ///< of one sample
  double parameters = 0;
};

double status_bytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":")) return 1024 * std::stod(line.substr(field.size() + 1));
  }
  throw MissingError("/proc/self/status has no " + field);
}

Footprint footprint(const Network& network, const Facts& facts, std::int64_t n) {
  // Not prepare_thread(): its allocator settings trade memory for speed.
  at::set_num_threads(1);
  omp_set_num_threads(1);
  at::addGlobalCallback(at::RecordFunctionCallback(count_operations).needsInputs(true));
  const auto batch_of = [&](std::int64_t size) {
    return Batch{.images = torch::rand({size, facts.shape.channels, facts.shape.height, facts.shape.width}),
                 .labels = torch::zeros({size}, torch::kInt64)};
  };
  Replica replica(build(network, facts));
  Random random(1, "footprint");
  const std::vector<float> weights = replica.initial(random);
  replica.gradient(weights, batch_of(2), 1);  // libraries make what they keep

  malloc_trim(0);
  const double resident = status_bytes("VmRSS");
  const std::int64_t heap = heap_bytes;
  std::ofstream("/proc/self/clear_refs") << "5";  // VmHWM begins again
  heap_peak = heap;
  for (int step = 0; step < 3; ++step) {
    operations = 0;
    const Batch batch = batch_of(n);
    replica.gradient(weights, batch, 1);
  }
  return {.heap = static_cast<double>(heap_peak - heap),
          .resident = status_bytes("VmHWM") - resident,
          .flops = operations / static_cast<double>(n),
          .parameters = static_cast<double>(weights.size())};
}

// In a process of its own, which no other measurement has left anything in.
Footprint in_a_child(const std::function<Footprint()>& work) {
  std::array<int, 2> pipe_ends{};
  check(pipe(pipe_ends.data()) == 0, "footprint_bench: a pipe");
  const pid_t child = fork();
  check(child >= 0, "footprint_bench: a process");
  Footprint result;
  if (child == 0) {
    result = work();
    const bool written = write(pipe_ends[1], &result, sizeof result) == static_cast<ssize_t>(sizeof result);
    _exit(written ? 0 : 1);
  }
  close(pipe_ends[1]);
  const bool received = read(pipe_ends[0], &result, sizeof result) == static_cast<ssize_t>(sizeof result);
  close(pipe_ends[0]);
  waitpid(child, nullptr, 0);
  if (!received) throw InputError("a measurement ended early: is there memory for a batch of that size?");
  return result;
}

void measure(const Option<Network>& entry, const std::vector<std::int64_t>& batches) {
  const bool colour = entry.name == "mobilenet_v3_small" || entry.name == "resnet18";
  const ImageShape shape = colour ? ImageShape{3, 32, 32} : ImageShape{1, 28, 28};
  const Facts facts{.shape = shape, .classes = 10, .train = 1, .test = 1};
  const std::shared_ptr<Network> network = entry.make();

  std::vector<double> sizes, heap, resident;
  Footprint last;
  fmt::print("{}, {}×{}×{}\n", entry.name, shape.channels, shape.height, shape.width);
  for (std::int64_t n : batches) {
    last = in_a_child([&] { return footprint(*network, facts, n); });
    sizes.push_back(static_cast<double>(n));
    heap.push_back(last.heap);
    resident.push_back(last.resident);
    fmt::print("  batch {:>5}: {:>9.2f} MB of heap, {:>9.2f} MB resident\n", n, last.heap / 1e6, last.resident / 1e6);
    std::fflush(stdout);
  }
  for (const auto& [what, peaks] : {std::pair{"heap", heap}, {"resident", resident}}) {
    const Line line = least_squares(sizes, peaks);
    double worst = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      worst = std::max(worst, std::abs(line.constant + line.slope * sizes[i] - peaks[i]) / peaks[i]);
    }
    fmt::print("  {:<8} {:>7.0f} bytes per sample and {:.2f} MB (a gradient has {:.2f}); the line is within {:.0f} %\n",
               what, line.slope, line.constant / 1e6, 4 * last.parameters / 1e6, 100 * worst);
  }
  const ComputeCost known = network->cost(facts);
  fmt::print("  {:.4g} flops per sample, {:.1f} for each parameter; in the code {:.0f} bytes and {:.4g} flops\n",
             last.flops, last.flops / last.parameters, known.activation_bytes_per_sample, known.flops_per_sample);
}

std::vector<std::int64_t> parse(int argc, char** argv) {
  std::vector<std::int64_t> batches;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (i == 1 && word == "--batches") continue;
    const bool number = !word.empty() && word.size() < 7 && word.find_first_not_of("0123456789") == std::string::npos;
    if (i == 1 || !number || std::stoll(word) < 2) {
      throw InputError(fmt::format("\"{}\": known is --batches N…, whole numbers from 2", word));
    }
    batches.push_back(std::stoll(word));
  }
  if (argc == 1) return {128, 256, 512, 1024, 2048};
  if (batches.size() < 2) throw InputError("--batches: at least two are needed for a slope");
  return batches;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::int64_t> batches = parse(argc, argv);
    for (const Option<Network>& entry : networks()) measure(entry, batches);
  } catch (const Error& error) {
    fmt::print(stderr, "footprint_bench: {}\n", error.what());
    return error.exit_code();
  }
}
