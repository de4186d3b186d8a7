// TorchScript, without LibTorch in sight: programs go in as text, tensors in and out as the database's own.
// Promises: a program never changes its inputs (it gets copies when it would write to them); what it returns owns its
// memory; a call ends at its deadline; memory it allocates is the server's; every failure is a CommandError of one line.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

struct ScriptCall {
  std::string function;
  std::vector<TensorRef> inputs;
  std::vector<std::string> keys;
  std::vector<std::string> arguments;
  std::size_t outputs = 0;  ///< tensors wanted; 0: whatever is returned is thrown away
  std::chrono::steady_clock::time_point deadline;
  const std::atomic<bool>* cancelled = nullptr;  ///< looked at as often as the deadline; may be null
};

class Program {
 public:
  virtual ~Program() = default;

  /// Compiles `source` and checks that every entry point has the signature (List[Tensor], List[str], List[str]).
  static std::shared_ptr<const Program> compile(const std::string& source, const std::vector<std::string>& entry_points);

  /// Runs a function; exactly `call.outputs` tensors come back. Safe from several threads.
  virtual std::vector<TensorRef> run(const ScriptCall& call) const = 0;
};

/// Once per process, before any program: LibTorch's threads (`intra_op_threads` ≥ 1 for one call) and its allocator.
void start_engine(int intra_op_threads);
/// LibTorch's version, e.g. "1.13.1".
const char* engine_version();

}  // namespace windtunnel::tensordb
