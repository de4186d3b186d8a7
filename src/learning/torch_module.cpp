#include "learning/torch_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/paths.h"

namespace windtunnel::learning {
namespace {

MakeTorchProblem* load() {
  // Never unloaded: LibTorch leaves threads and thread-local objects behind.
  void* const module = dlopen(library_path(WINDTUNNEL_TORCH_MODULE).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    throw MissingError(
        fmt::format("LibTorch cannot be loaded (Debian: libtorch-dev, libopenblas0-openmp): {}", dlerror()));
  }
  void* const symbol = dlsym(module, make_torch_problem_name);
  check(symbol != nullptr, "torch_module.cpp: the shared object exports its one function");
  return reinterpret_cast<MakeTorchProblem*>(symbol);
}

}  // namespace

std::shared_ptr<const Problem> load_torch_problem(TorchParts parts, const Plan& plan) {
  static MakeTorchProblem* const make_problem = load();  // tried again after a failure
  return std::shared_ptr<const Problem>(make_problem(parts, plan));
}

}  // namespace windtunnel::learning
