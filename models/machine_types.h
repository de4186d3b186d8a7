// The hardware that can be rented, as machines and as nodes of the database service: one table, so that the same hardware is
// the same machine in both places.
// Promise: every figure has its source, "unverified" where it is recollected, not looked up.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/units.h"
#include "models/cpu_credits.h"
#include "models/machine_cards.h"

namespace windtunnel::models {

struct MachineType {
  std::string_view name;       ///< "t2.large"; its price item is "ec2.t2.large"
  double vcpus = 0;            ///< processors, a whole number
  Memory memory;               ///< main memory
  Bandwidth network;           ///< each way, while its burst lasts: measured where there is a measurement, else "up to"
  Bandwidth network_baseline;  ///< each way, for good
  std::optional<CreditTerms> credits;  ///< of burstable types; without, the processors are all there all the time
  std::string_view gpu;                ///< empty without
  /// Training throughput of all its GPUs on the reference network: ResNet-50 v1.5, 224 × 224 images, FP32 (TF32 on Ampere).
  double gpu_images_per_s = 0;
  std::string_view source;  ///< of the figures

  Bandwidth card(MachineCards cards) const { return cards == MachineCards::burst ? network : network_baseline; }
};

/// The types known, in the order of the price sheet.
std::span<const MachineType> machine_types();
/// Throws InputError with near names.
const MachineType& machine_type(std::string_view name);

/// A type of node that can carry a database.
struct DatabaseNode {
  std::string name;  ///< also the item of the price sheet
  Memory memory;     ///< for data: what the service leaves of its hardware's
  const MachineType* hardware = nullptr;
  bool is_machine = false;  ///< rented as a machine, not from the database service
};
/// Throws InputError with near names for a type that is neither an ElastiCache node nor a machine.
DatabaseNode database_node(std::string_view name);

}  // namespace windtunnel::models
