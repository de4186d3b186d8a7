// TorchScript, without LibTorch in sight: programs go in as text, tensors in and out as the database's own. LibTorch is
// linked to a shared object of its own beside the module (torch_engine.cpp). Promises: a program never changes its
// inputs (it gets copies when it would write to them); what it returns owns its memory; a call ends at its deadline;
// memory it allocates is the server's; every failure is a CommandError of one line, a device that is not
// there too. Tensors come from the CPU and go back to it, wherever the program runs.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tensordb/block_pool.h"
#include "tensordb/device.h"
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

struct Signature {
  std::vector<std::string> inputs, outputs;
  std::size_t required_inputs = 0;  ///< those behind have defaults and may be left out
};

/// A compiled script, or a loaded model, whose only function is forward.
class Program {
 public:
  virtual ~Program() = default;
  /// Runs a function; exactly `call.outputs` tensors come back. Safe from several threads. A model takes as many inputs
  /// as its signature has, or fewer when the others have defaults.
  virtual std::vector<TensorRef> run(const ScriptCall& call) const = 0;
  /// Whether the call takes a few microseconds at most, whatever the values of its tensors.
  virtual bool is_small(const ScriptCall& call) const = 0;
  /// Names of what `forward` of a model takes and gives; empty names where it has none. Both empty for a script.
  virtual Signature signature() const = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// Compiles `source` for a device and checks that every entry point has the signature (List[Tensor], List[str],
  /// List[str]).
  virtual std::shared_ptr<const Program> compile(const std::string& source,
                                                 const std::vector<std::string>& entry_points,
                                                 const Device& device) const = 0;
  /// Loads a TorchScript archive (torch.jit.save) to a device.
  virtual std::shared_ptr<const Program> load(const Buffer& archive, const Device& device) const = 0;
  virtual const char* version() const = 0;
};

/// The engine, loaded when it is first asked for: LibTorch takes a second to load and a hundred megabytes, which a
/// server that only aggregates never pays. Throws CommandError when it cannot be loaded.
const Engine& engine();

/// The file of the engine's shared object, beside the module's own.
std::filesystem::path engine_library();

/// What the engine's shared object exports under the name `engine_entry`: makes the engine of this process.
struct EngineSettings {
  int intra_op_threads = 1;            ///< LibTorch's threads inside one call
  std::int64_t (*max_program_bytes)() = nullptr;  ///< all tensors that programs hold together; may change; any thread
  pool::Pool* pool = nullptr;          ///< the module's
};
using MakeEngine = const Engine* (*)(const redis::Api* api, const EngineSettings* settings);
constexpr const char* engine_entry = "windtunnel_tensordb_engine";

}  // namespace windtunnel::tensordb
