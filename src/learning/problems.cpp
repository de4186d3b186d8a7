#include <array>

#include "learning/data_shelf.h"
#include "learning/none.h"
#include "learning/problem.h"
#include "learning/quadratic.h"
#include "learning/torch_learning.h"

namespace windtunnel::learning {

std::shared_ptr<const Problem> Learning::problem(const Plan& plan) const {
  DataShelf shelf;
  return problem(plan, shelf);
}

Family<Learning> problems() {
  static constexpr std::array all{
      option<Learning, None>("none",
                             "no gradients, only their bytes and seconds: cost and time at thousands of workers"),
      option<Learning, Quadratic>("quadratic", "gradients of a noisy quadratic: optimisation and attacks at scale"),
      option<Learning, TorchLearning>("torch", "real gradients of a network on real data (LibTorch)"),
  };
  return all;
}

}  // namespace windtunnel::learning
