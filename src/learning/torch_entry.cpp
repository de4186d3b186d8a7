// The one function of the shared object that holds LibTorch's side of this room.
#include <utility>

#include "learning/torch_problem.h"

extern "C" windtunnel::learning::Problem* windtunnel_make_torch_problem(windtunnel::learning::TorchParts& parts,
                                                                        const windtunnel::learning::Plan& plan) {
  return new windtunnel::learning::TorchProblem(std::move(parts), plan);
}
