// Where a piece of a protocol's code runs: on the processors of a machine, which it shares with other work there, or of a
// function's instance, which it has for itself.
#pragma once

#include "models/functions.h"
#include "models/machines.h"

namespace windtunnel::architectures {

struct Place {
  explicit Place(models::Machine& m) : host(m.host()), vcpus(m.vcpus()), machine(&m) {}
  explicit Place(models::Instance& i) : host(i.host()), vcpus(i.vcpus()), instance(&i) {}

  models::HostId host;
  double vcpus;                          ///< processors
  models::Machine* machine = nullptr;    ///< null: a function's instance
  models::Instance* instance = nullptr;  ///< null: a machine

  bool has_gpu() const { return machine != nullptr && !machine->type().gpu.empty(); }
  /// How often this call was tried before.
  std::int64_t attempt() const { return instance != nullptr ? instance->attempt() : 0; }
};

}  // namespace windtunnel::architectures
