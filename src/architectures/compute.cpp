#include "architectures/compute.h"

namespace windtunnel::architectures {

void ComputeConfig::describe(Fields& f) {
  f("parallel_fraction", parallel_fraction, "part of a gradient's work that further processors can share (Amdahl)",
    {.min = 0, .max = 1, .source = "[R]"});
  f("variation", variation, "coefficient of variation of a gradient's duration", {.min = 0, .max = 2, .source = "[R]"});
  f("cores_per_gpu_tflops", cores_per_gpu_tflops, "reference cores that one TFLOP/s of a GPU replaces",
    {.min = 0, .max = 1000, .above_min = true, .source = "[R]"});
  f("runtime_memory", runtime_memory, "memory that interpreter and libraries take besides tensors",
    {.min = 0, .max = 10'240, .source = "[R]"});
  f("memory_bandwidth", memory_bandwidth, "memory that plain arithmetic on vectors reads and writes per second",
    {.min = 1e6, .max = 1e13, .source = "redisai.md 7.4"});
}

double ComputeConfig::speed(double vcpus) const {
  if (vcpus <= 1) return vcpus;
  return 1 / ((1 - parallel_fraction) + parallel_fraction / vcpus);
}

double ComputeConfig::speed(const models::MachineType& machine) const {
  return machine.gpu.empty() ? speed(machine.vcpus) : cores_per_gpu_tflops * machine.gpu_tflops;
}

Memory ComputeConfig::working_set(Bytes update) const {
  constexpr std::int64_t mb = 1 << 20;
  return {runtime_memory.mb + (3 * update.count + mb - 1) / mb};
}

}  // namespace windtunnel::architectures
