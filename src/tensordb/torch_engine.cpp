// TorchScript by LibTorch: how programs are compiled, watched and run. With torch_tensors the only code that knows
// LibTorch, and all of windtunnel_tensordb_torch.so besides the tensors.
#include "tensordb/engine.h"

#include <ATen/Parallel.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/DeviceGuard.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/tensorexpr_fuser.h>
#include <torch/csrc/jit/runtime/custom_operator.h>
#include <torch/jit.h>
#include <torch/script.h>
#include <torch/version.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "tensordb/command_error.h"
#include "tensordb/small_calls.h"
#include "tensordb/torch_tensors.h"

namespace windtunnel::tensordb {
namespace {

namespace jit = torch::jit;

// ---- Time: an operator that every loop of a program passes, which ends the program at its deadline. ----

struct Watch {
  std::chrono::steady_clock::time_point deadline;
  const std::atomic<bool>* cancelled = nullptr;
  bool expired = false;
};

// The call under way on this thread; operators have no other way to learn of it.
thread_local Watch* watch = nullptr;

void look_at_the_clock(jit::Stack&) {
  if (watch == nullptr) return;
  const bool cancelled = watch->cancelled != nullptr && watch->cancelled->load(std::memory_order_relaxed);
  if (cancelled || std::chrono::steady_clock::now() >= watch->deadline) {
    watch->expired = true;
    throw std::runtime_error("time is up");
  }
}

constexpr const char* watch_operator = "windtunnel::watch";

void watch_loops(jit::Block* block) {
  for (jit::Node* node : block->nodes()) {
    for (jit::Block* inner : node->blocks()) {
      watch_loops(inner);
      if (node->kind() != c10::prim::Loop) continue;
      jit::Node* look = inner->owningGraph()->create(c10::Symbol::fromQualString(watch_operator), {}, 0);
      look->setSourceRange(node->sourceRange());
      inner->prependNode(look);
    }
  }
}

// ---- Results ----

void collect(const c10::IValue& value, const ScriptCall& call, bool copies, std::vector<TensorRef>& out) {
  const auto wrong_number = [&] {
    return CommandError("Function returned unexpected number of outputs - " + call.function);
  };
  const auto not_a_tensor = [&] { return CommandError("Function returned non-tensor values" + call.function); };
  if (value.isTensor()) {
    if (out.size() == call.outputs) throw wrong_number();
    out.push_back(to_stored(value.toTensor(), call.inputs, copies));
  } else if (value.isTensorList() || value.isTuple()) {
    if (value.isTensorList()) {
      if (value.toTensorList().size() > call.outputs) throw wrong_number();
      for (const at::Tensor& element : value.toTensorVector()) collect(element, call, copies, out);
    } else {
      if (value.toTupleRef().size() > call.outputs) throw wrong_number();
      for (const c10::IValue& element : value.toTupleRef().elements()) collect(element, call, copies, out);
    }
  } else {
    throw not_a_tensor();
  }
}

// ---- Failures as one line ----

std::string words_of(const std::exception& e) {
  if (const auto* error = dynamic_cast<const c10::Error*>(&e)) return single_line(error->what_without_backtrace());
  return single_line(e.what());
}

/// Runs `step` with LibTorch's exceptions turned into CommandError, or std::bad_alloc where memory was what it lacked.
template <class Step>
auto in_torch(Step step) {
  ServerAllocator::was_refused();
  try {
    return step();
  } catch (const CommandError&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    if (ServerAllocator::was_refused()) throw std::bad_alloc();
    throw CommandError(words_of(e));
  }
}

// ---- Programs ----

bool is_entry_signature(const c10::FunctionSchema& schema) {
  const auto& arguments = schema.arguments();
  return *arguments[0].type() == *c10::ListType::ofTensors() && *arguments[1].type() == *c10::ListType::ofStrings() &&
         *arguments[2].type() == *c10::ListType::ofStrings();
}

/// Adds to `reachable` every value of the block that may be, alias or contain memory of the inputs.
void add_reachable(jit::Block* block, jit::AliasDb& aliases, jit::ValueSet& reachable) {
  const at::ArrayRef<jit::Value*> inputs = block->owningGraph()->inputs();
  const auto consider = [&](jit::Value* value) {
    if (aliases.mayContainAlias(value, inputs)) reachable.insert(value);
  };
  for (jit::Value* input : block->inputs()) consider(input);
  for (jit::Node* node : block->nodes()) {
    for (jit::Value* output : node->outputs()) consider(output);
    for (jit::Block* inner : node->blocks()) add_reachable(inner, aliases, reachable);
  }
}

bool any_node_writes(jit::Block* block, const jit::AliasDb& aliases, const jit::ValueSet& values) {
  for (jit::Node* node : block->nodes()) {
    if (aliases.writesToAlias(node, values)) return true;
    for (jit::Block* inner : node->blocks()) {
      if (any_node_writes(inner, aliases, values)) return true;
    }
  }
  return false;
}

/// Whether a call might write to the memory of a tensor it was given, a model's own included. When in doubt, yes.
bool may_write_inputs(jit::Graph& original) {
  try {
    const std::shared_ptr<jit::Graph> graph = original.copy();
    jit::Inline(*graph);
    jit::AliasDb aliases(graph);
    jit::ValueSet reachable;
    for (jit::Value* input : graph->inputs()) reachable.insert(input);
    add_reachable(graph->block(), aliases, reachable);
    return any_node_writes(graph->block(), aliases, reachable);
  } catch (const std::exception&) {
    return true;
  }
}

/// What is known of a function before it runs.
struct Traits {
  bool writes_inputs = true;
  bool small_steps = false;
  mutable std::atomic<int> runs{0};  ///< up to `settled`
};

/// LibTorch compiles a function anew in its first runs, which takes milliseconds; after these it has settled.
constexpr int settled = 3;

/// Lets every function of a unit be stopped in its loops; the traits of each by its name.
std::map<std::string, Traits> prepare(jit::CompilationUnit& unit) {
  std::map<std::string, Traits> traits;
  for (jit::Function* function : unit.get_functions()) {
    const std::shared_ptr<jit::Graph> graph = jit::toGraphFunction(*function).graph();
    Traits& its = traits[function->qualname().qualifiedName()];
    its.writes_inputs = may_write_inputs(*graph);
    its.small_steps = takes_small_steps(*graph);
  }
  for (jit::Function* function : unit.get_functions()) watch_loops(jit::toGraphFunction(*function).graph()->block());
  return traits;
}

/// Runs `step` on a device under the call's deadline, without gradients, with LibTorch's exceptions turned into
/// CommandError.
template <class Step>
std::vector<TensorRef> watched(const ScriptCall& call, c10::Device device, Step step) {
  Watch mine{.deadline = call.deadline, .cancelled = call.cancelled};
  watch = &mine;
  try {
    std::vector<TensorRef> outputs = in_torch([&] {
      const c10::InferenceMode no_gradients;
      c10::OptionalDeviceGuard on_device;
      if (!device.is_cpu()) on_device.reset_device(device);
      return step();
    });
    watch = nullptr;
    return outputs;
  } catch (...) {
    watch = nullptr;
    if (mine.expired) throw CommandError("ERR script took longer than it may: " + call.function);
    throw;
  }
}

c10::IValue strings(const std::vector<std::string>& texts) {
  c10::List<std::string> list;
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

/// Null when there is none. LibTorch takes the question for a fault when no function can have that name: "", "a..b".
jit::Function* find_function(const jit::CompilationUnit& unit, const std::string& name) {
  try {
    return unit.find_function(name);
  } catch (const c10::Error&) {
    return nullptr;
  }
}

class TorchProgram final : public Program {
 public:
  TorchProgram(const std::string& source, const std::vector<std::string>& entry_points, c10::Device device)
      : device_(device) {
    unit_ = in_torch([&] { return jit::compile(source); });
    for (const std::string& name : entry_points) {
      const jit::Function* function = find_function(*unit_, name);
      if (function == nullptr) throw CommandError("Function " + shown(name) + " does not exist in the given script.");
      const c10::FunctionSchema& schema = function->getSchema();
      if (schema.arguments().size() != 3) {
        throw CommandError("Wrong number of inputs in function " + name + ". Expected 3 but was " +
                           std::to_string(schema.arguments().size()));
      }
      if (!is_entry_signature(schema)) {
        throw CommandError("Wrong inputs type in function " + name + ". Expected signature similar to: def " + name +
                           "(tensors: List[Tensor], keys: List[str], args: List[str])");
      }
    }
    traits_ = in_torch([&] { return prepare(*unit_); });
  }

  std::vector<TensorRef> run(const ScriptCall& call) const override {
    jit::Function* function = find_function(*unit_, call.function);
    if (function == nullptr) throw CommandError("Function does not exist: " + shown(call.function));
    const Traits& traits = traits_.at(function->qualname().qualifiedName());
    const bool copies = traits.writes_inputs;
    return watched(call, device_, [&] {
      if (traits.runs < settled) ++traits.runs;
      jit::Stack stack = arguments(function->getSchema(), call, copies, device_);
      function->run(stack);
      std::vector<TensorRef> results;
      if (call.outputs == 0) return results;
      collect(stack.back(), call, copies, results);
      if (results.size() != call.outputs) {
        throw CommandError("Function returned unexpected number of outputs - " + call.function);
      }
      return results;
    });
  }

  bool is_small(const ScriptCall& call) const override {
    const jit::Function* function = find_function(*unit_, call.function);
    if (function == nullptr || !device_.is_cpu()) return false;
    const Traits& traits = traits_.at(function->qualname().qualifiedName());
    return traits.small_steps && traits.runs >= settled && has_small_inputs(call);
  }
  Signature signature() const override { return {}; }

 private:
  /// Entry points take all tensors, keys and arguments; other functions are served as well as their signature allows:
  /// each Tensor takes the next input, a List[Tensor] all that are left, a List[str] the keys and then the arguments.
  static jit::Stack arguments(const c10::FunctionSchema& schema, const ScriptCall& call, bool copies,
                              c10::Device device) {
    jit::Stack stack;
    std::size_t next = 0;
    int lists = 0;
    for (const c10::Argument& argument : schema.arguments()) {
      const c10::Type& type = *argument.type();
      if (type.isSubtypeOf(*c10::TensorType::get())) {
        if (next == call.inputs.size())
          throw CommandError("Wrong number of inputs provided to function: " + call.function);
        stack.emplace_back(to_torch(call.inputs[next++], copies, device));
      } else if (type == *c10::ListType::ofTensors()) {
        c10::List<at::Tensor> rest;
        while (next < call.inputs.size()) rest.push_back(to_torch(call.inputs[next++], copies, device));
        stack.emplace_back(std::move(rest));
      } else if (type == *c10::ListType::ofStrings() && lists < 2) {
        stack.emplace_back(strings(lists++ == 0 ? call.keys : call.arguments));
      } else if (argument.default_value()) {
        stack.push_back(*argument.default_value());
      } else {
        throw CommandError("Unsupported type of input " + argument.name() + " in function: " + call.function);
      }
    }
    return stack;
  }

  c10::Device device_;
  std::shared_ptr<jit::CompilationUnit> unit_;
  std::map<std::string, Traits> traits_;
};

/// An archive held in memory, as LibTorch reads it.
class ArchiveReader final : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit ArchiveReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t at, void* out, std::size_t n, const char*) const override {
    if (at >= bytes_.size()) return 0;
    n = std::min(n, bytes_.size() - static_cast<std::size_t>(at));
    std::memcpy(out, bytes_.data() + at, n);
    return n;
  }

 private:
  std::span<const std::byte> bytes_;
};

class TorchModel final : public Program {
 public:
  TorchModel(const Buffer& archive, c10::Device device) : device_(device) {
    in_torch([&] {
      module_ = jit::load(std::make_shared<ArchiveReader>(archive.bytes()), device);
      module_.eval();
      if (!module_.find_method("forward")) throw CommandError("ERR the model has no forward function");
      const c10::FunctionSchema& schema = module_.get_method("forward").function().getSchema();
      for (std::size_t i = 1; i < schema.arguments().size(); ++i) {
        signature_.inputs.push_back(schema.arguments()[i].name());
        if (!schema.arguments()[i].default_value()) signature_.required_inputs = i;
      }
      for (const c10::Argument& output : schema.returns()) add_outputs(*output.type(), output.name());
      const auto writes = prepare(*module_._ivalue()->compilation_unit());
      writes_ = std::any_of(writes.begin(), writes.end(), [](const auto& function) { return function.second.writes_inputs; });
    });
  }

  std::vector<TensorRef> run(const ScriptCall& call) const override {
    if (call.inputs.size() < signature_.required_inputs || call.inputs.size() > signature_.inputs.size()) {
      throw wrong_inputs();
    }
    if (!any_number_of_outputs_ && call.outputs != signature_.outputs.size()) throw wrong_outputs();
    // A model that changes its own tensors is run by one caller at a time, and its results are taken out of its reach.
    std::unique_lock<std::mutex> alone(one_at_a_time_, std::defer_lock);
    if (writes_) alone.lock();
    return watched(call, device_, [&] {
      std::vector<c10::IValue> arguments;
      for (const TensorRef& input : call.inputs) arguments.emplace_back(to_torch(input, writes_, device_));
      jit::Module module = module_;
      c10::IValue result = module.forward(std::move(arguments));
      if (writes_) result = result.deepcopy();
      std::vector<TensorRef> results;
      collect(result, call, writes_, results);
      if (results.size() != call.outputs) throw wrong_outputs();
      return results;
    });
  }

  bool is_small(const ScriptCall&) const override { return false; }
  Signature signature() const override { return signature_; }

 private:
  static CommandError wrong_outputs() {
    return CommandError("Number of keys given as OUTPUTS here does not match model definition");
  }
  void add_outputs(const c10::Type& type, const std::string& name) {
    if (const auto* tuple = type.castRaw<c10::TupleType>()) {
      for (const c10::TypePtr& element : tuple->elements()) add_outputs(*element, "");
    } else {
      any_number_of_outputs_ = any_number_of_outputs_ || type.kind() == c10::TypeKind::ListType;
      signature_.outputs.push_back(name);
    }
  }

  c10::Device device_;
  jit::Module module_;
  Signature signature_;
  bool writes_ = true;
  bool any_number_of_outputs_ = false;
  mutable std::mutex one_at_a_time_;
};

class TorchEngine final : public Engine {
 public:
  explicit TorchEngine(const EngineSettings& settings) : allocator_(settings.max_program_bytes) {
    c10::SetCPUAllocator(&allocator_, /*priority=*/100);  // LibTorch keeps the address
    jit::registerOperator(jit::Operator(std::string(watch_operator) + "() -> ()", look_at_the_clock,
                                        c10::AliasAnalysisKind::CONSERVATIVE));
    at::set_num_threads(settings.intra_op_threads);
    // LibTorch 2 groups operators to fuse them, 1.13 does not. Without LLVM, as Debian builds it, nothing is gained, and
    // what fails names the group's stand-in instead of the function.
    jit::setTensorExprFuserEnabled(false);
  }
  std::shared_ptr<const Program> compile(const std::string& source, const std::vector<std::string>& entry_points,
                                         const Device& device) const override {
    return std::make_shared<TorchProgram>(source, entry_points, torch_device(device));
  }
  std::shared_ptr<const Program> load(const Buffer& archive, const Device& device) const override {
    return std::make_shared<TorchModel>(archive, torch_device(device));
  }
  const char* version() const override { return TORCH_VERSION; }

 private:
  ServerAllocator allocator_;
};

}  // namespace
}  // namespace windtunnel::tensordb

extern "C" __attribute__((visibility("default"))) const windtunnel::tensordb::Engine* windtunnel_tensordb_engine(
    const windtunnel::tensordb::redis::Api* api, const windtunnel::tensordb::EngineSettings* settings) {
  windtunnel::tensordb::redis::adopt(*api);
  windtunnel::tensordb::pool::adopt(settings->pool);
  return new windtunnel::tensordb::TorchEngine(*settings);  // for as long as the process lives
}
