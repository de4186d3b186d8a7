#include "models/machine_types.h"

#include "models/database_nodes.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace windtunnel::models {
namespace {

// 10^9 bit/s in bytes per second.
constexpr Bandwidth gbit(double n) { return {n * 1e9 / 8}; }

constexpr std::string_view recollected = "provider's instance pages, unverified";
constexpr std::string_view t2_source = "provider's instance pages, unverified; burst as measured on t2.medium, LambdaML (arXiv 2105.07806)";
constexpr std::string_view t3_source = "provider's instance pages, unverified";

// Earned per hour and at launch in credits. The provider's page on CPU credits (unverified); t2.medium, t3.small: facts 10.
constexpr CreditTerms t2(double vcpus, double earned_per_hour) { return {vcpus, earned_per_hour, 30 * vcpus, false}; }
constexpr CreditTerms t3(double earned_per_hour) { return {2, earned_per_hour, 0, true}; }

// Training throughput, ResNet-50 v1.5. V100 16 GB: 367 images/s, FP32, NVIDIA DeepLearningExamples (PyTorch, container 21.03).
// T4: 127 (derived), the V100's by the ratio of their FP32 inference, 426 to 1229 images/s at batch 128, same source.
// A10G: 380 (unverified), TF32: about one V100.
constexpr double t4_images = 127, a10g_images = 380, v100_images = 367;
constexpr std::string_view gpu_source =
    "provider's instance pages, unverified; images/s: NVIDIA DeepLearningExamples, ResNet-50 v1.5 for PyTorch (V100; T4 derived; A10G unverified)";

constexpr std::array<MachineType, 17> types{{
    {"t2.small", 1, {2048}, {120e6}, gbit(0.128), t2(1, 12), "", 0, t2_source},
    {"t2.medium", 2, {4096}, {120e6}, gbit(0.256), t2(2, 24), "", 0, t2_source},
    {"t2.large", 2, {8192}, {120e6}, gbit(0.512), t2(2, 36), "", 0, t2_source},
    {"t2.xlarge", 4, {16384}, {120e6}, gbit(0.75), t2(4, 54), "", 0, t2_source},
    {"t2.2xlarge", 8, {32768}, {120e6}, {120e6}, t2(8, 81.6), "", 0, t2_source},
    {"t3.micro", 2, {1024}, gbit(5), gbit(0.064), t3(12), "", 0, t3_source},
    {"t3.small", 2, {2048}, gbit(5), gbit(0.128), t3(24), "", 0, t3_source},
    {"t3.medium", 2, {4096}, {630e6}, gbit(0.256), t3(24), "", 0,
     "provider's instance pages, unverified; burst: cache.t3.medium, LambdaML (arXiv 2105.07806)"},
    {"t3.large", 2, {8192}, gbit(5), gbit(0.512), t3(36), "", 0, t3_source},
    {"m5.large", 2, {8192}, {1260e6}, gbit(0.75), {}, "", 0,
     "provider's instance pages, unverified; burst: cache.m5.large, LambdaML (arXiv 2105.07806)"},
    {"c5.large", 2, {4096}, {225e6}, gbit(0.75), {}, "", 0,
     "provider's instance pages, unverified; burst: measured between two of them, LambdaML (arXiv 2105.07806)"},
    {"c5.2xlarge", 8, {16384}, gbit(10), gbit(2.5), {}, "", 0, recollected},
    {"c5.4xlarge", 16, {32768}, gbit(10), gbit(5), {}, "", 0, recollected},
    {"g4dn.xlarge", 4, {16384}, gbit(25), gbit(5), {}, "NVIDIA T4", t4_images, gpu_source},
    {"g4dn.2xlarge", 8, {32768}, gbit(25), gbit(10), {}, "NVIDIA T4", t4_images, gpu_source},
    {"g5.xlarge", 4, {16384}, gbit(10), gbit(2.5), {}, "NVIDIA A10G", a10g_images, gpu_source},
    {"p3.2xlarge", 8, {62464}, gbit(10), gbit(2.5), {}, "NVIDIA V100", v100_images, gpu_source},
}};

/// A node of the database service, on the hardware of a machine.
struct ElastiCacheNode {
  std::string_view name;
  std::string_view hardware;
  Memory memory;  // published sizes in GiB, to the MB below (unverified)
};
constexpr std::array<ElastiCacheNode, 4> elasticache{{
    {"elasticache.t3.micro", "t3.micro", {512}},
    {"elasticache.t3.small", "t3.small", {1402}},
    {"elasticache.t3.medium", "t3.medium", {3164}},
    {"elasticache.m5.large", "m5.large", {6533}},
}};

constexpr std::string_view machine_prefix = "ec2.";

}  // namespace

std::span<const MachineType> machine_types() { return types; }

const MachineType& machine_type(std::string_view name) {
  std::vector<std::string_view> known;
  for (const MachineType& type : types) {
    if (type.name == name) return type;
    known.push_back(type.name);
  }
  throw InputError(unknown_word("machine type", name, known));
}

std::vector<std::string> database_nodes() {
  std::vector<std::string> names;
  for (const ElastiCacheNode& node : elasticache) names.emplace_back(node.name);
  for (const MachineType& type : types) names.push_back(fmt::format("{}{}", machine_prefix, type.name));
  return names;
}

DatabaseNode database_node(std::string_view name) {
  for (const ElastiCacheNode& node : elasticache) {
    if (node.name == name) return {std::string(name), node.memory, &machine_type(node.hardware)};
  }
  for (const MachineType& type : types) {
    if (std::string own = fmt::format("{}{}", machine_prefix, type.name); own == name) return {own, type.memory, &type, true};
  }
  const std::vector<std::string> names = database_nodes();
  const std::vector<std::string_view> known(names.begin(), names.end());
  throw InputError(unknown_word("database node", name, known));
}

}  // namespace windtunnel::models
