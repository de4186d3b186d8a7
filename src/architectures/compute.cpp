#include "architectures/compute.h"

#include <algorithm>

namespace windtunnel::architectures {
namespace {

constexpr std::int64_t mb = 1 << 20;

// Forward and backward of ResNet-50 on one 224 × 224 image: three times its 4.09 GMAC forward, two operations each (He et
// al., arXiv 1512.03385, table 1). The unit that GPUs are measured in.
constexpr double reference_flops = 3 * 2 * 4.09e9;

Memory in_mb(std::int64_t bytes) { return {(bytes + mb - 1) / mb}; }

}  // namespace

void ComputeConfig::describe(Fields& f) {
  f("variation", variation, "coefficient of variation of a gradient's duration", {.min = 0, .max = 2, .source = "unverified"});
  f("parallel_fraction", parallel_fraction,
    "part of a gradient's work that further processors can share (Amdahl); default: the network's measured one",
    {.min = 0, .max = 1});
  f("gpu_launch_overhead", gpu_launch_overhead, "of one minibatch on a GPU: starting its kernels",
    {.min = 0, .max = 60, .source = "unverified"});
  f("runtime_memory", runtime_memory, "memory that interpreter and libraries take besides tensors",
    {.min = 0, .max = 10'240, .source = "unverified"});
  f("memory_bandwidth", memory_bandwidth, "memory that plain arithmetic on vectors reads and writes per second, on one core",
    {.min = 1e6, .max = 1e13, .source = aggregation::core_rates_source});
  f("operations_per_s", operations_per_s, "scalar operations of a rule or an optimizer per second, on one core",
    {.min = 1e3, .max = 1e15, .source = aggregation::core_rates_source});
  f("encode", encode, "making a message of a tensor, on one core: bytes of the tensor per second",
    {.min = 1e3, .max = 1e13, .source = "LambdaML (arXiv 2105.07806), table 2"});
  f("decode", decode, "making a tensor of a message, on one core: bytes of the tensor per second",
    {.min = 1e3, .max = 1e13, .source = "LambdaML (arXiv 2105.07806), table 2"});
}

double ComputeConfig::speed(double vcpus, const learning::Workload& work) const {
  if (vcpus <= 1) return vcpus;
  const double shared = parallel_fraction.value_or(work.parallel_fraction);
  return 1 / ((1 - shared) + shared / vcpus);
}

Duration ComputeConfig::on_gpu(const models::MachineType& machine, const learning::Workload& work, std::int64_t batch) const {
  const double images = static_cast<double>(batch) * work.flops_per_sample / reference_flops;
  return gpu_launch_overhead + from_seconds(images / machine.gpu_images_per_s);
}

Duration ComputeConfig::arithmetic(const aggregation::Work& work) const {
  return from_seconds(std::max(work.flops / operations_per_s, work.bytes / memory_bandwidth.bytes_per_s));
}

Memory ComputeConfig::working_set(const learning::Workload& work, std::int64_t batch, std::int64_t at_once) const {
  const Bytes minibatch = work.update_bytes() + (work.sample_bytes + work.activation_bytes_per_sample) * batch;
  return {runtime_memory.mb + in_mb((work.update_bytes() * 2 + minibatch * at_once).count).mb};
}

Memory ComputeConfig::holding(Bytes tensor, std::int64_t tensors) const {
  return {runtime_memory.mb + in_mb((tensor * tensors).count).mb};
}

}  // namespace windtunnel::architectures
