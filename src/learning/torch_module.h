// The door between the two sides of this room. LibTorch's side is a shared object of its own, loaded when the first
// torch problem is made: LibTorch takes half a second to load, which checking a scenario or a run without gradients
// need not wait for.
#pragma once

#include <memory>

#include "learning/datasets.h"
#include "learning/networks.h"
#include "learning/partition.h"
#include "learning/problem.h"

namespace windtunnel::learning {

struct TorchParts {
  std::shared_ptr<const Data> data;
  std::shared_ptr<const Partition> partition;
  std::shared_ptr<const Network> network;
};

/// Throws InputError when the parts or the plan do not fit together, MissingError when LibTorch cannot be loaded.
std::shared_ptr<const Problem> load_torch_problem(TorchParts parts, const Plan& plan);

/// What the shared object exports; the caller owns the result.
using MakeTorchProblem = Problem*(TorchParts& parts, const Plan& plan);
inline constexpr const char* make_torch_problem_name = "windtunnel_make_torch_problem";

}  // namespace windtunnel::learning
