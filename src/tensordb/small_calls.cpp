#include "tensordb/small_calls.h"

#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>
#include <array>
#include <set>

namespace windtunnel::tensordb {
namespace {

namespace jit = torch::jit;

constexpr std::size_t most_steps = 64;
constexpr std::size_t most_inputs = 16;
constexpr std::size_t most_text = 1024;       // bytes of all keys and arguments
constexpr std::int64_t most_elements = 4096;  // of the largest tensor that a step can make

/// Steps that take values apart and put them together.
const std::set<c10::Symbol>& plain_steps() {
  static const std::set<c10::Symbol> steps{c10::prim::Constant,
                                           c10::prim::ListConstruct,
                                           c10::prim::ListUnpack,
                                           c10::prim::TupleConstruct,
                                           c10::prim::TupleUnpack,
                                           c10::aten::__getitem__,
                                           c10::aten::len,
                                           c10::Symbol::aten("Float"),
                                           c10::Symbol::aten("Int"),
                                           c10::Symbol::aten("FloatImplicit"),
                                           c10::Symbol::aten("IntImplicit")};
  return steps;
}

/// Arithmetic on tensors and numbers, element by element, or down to one number. The same names serve lists and strings
/// too, where a product repeats its operand: those are told apart by the operands' types.
const std::set<c10::Symbol>& arithmetic_steps() {
  static const std::set<c10::Symbol> steps = [] {
    std::set<c10::Symbol> all;
    for (const char* name :
         {"add",   "sub",  "rsub",    "mul",     "div",    "add_", "sub_",  "mul_",  "div_",      "neg",   "neg_",
          "abs",   "sign", "sqrt",    "sqrt_",   "rsqrt",  "exp",  "log",   "tanh",  "relu",      "relu_", "sigmoid",
          "clamp", "pow",  "minimum", "maximum", "square", "sum",  "mean",  "min",   "max",       "clone", "detach",
          "eq",    "ne",   "lt",      "gt",      "le",     "ge",   "isnan", "zero_", "contiguous"}) {
      all.insert(c10::Symbol::aten(name));
    }
    return all;
  }();
  return steps;
}

bool is_tensor_or_number(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType:
    case c10::TypeKind::NumberType:
    case c10::TypeKind::IntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::BoolType:
    case c10::TypeKind::NoneType:
      return true;
    default:  // also the dimensions of a reduction: without the reduced axis, shapes would line up anew and could grow
      return false;
  }
}

bool is_small_step(const jit::Node& node) {
  if (!node.blocks().empty()) return false;
  if (plain_steps().contains(node.kind())) return true;
  const at::ArrayRef<const jit::Value*> inputs = node.inputs();
  return arithmetic_steps().contains(node.kind()) &&
         std::all_of(inputs.begin(), inputs.end(),
                     [](const jit::Value* value) { return is_tensor_or_number(*value->type()); });
}

}  // namespace

bool takes_small_steps(jit::Graph& original) {
  try {
    const std::shared_ptr<jit::Graph> graph = original.copy();
    jit::Inline(*graph);
    std::size_t steps = 0;
    for (const jit::Node* node : graph->nodes()) {
      if (++steps > most_steps || !is_small_step(*node)) return false;
    }
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

bool has_small_inputs(const ScriptCall& call) {
  if (call.inputs.size() > most_inputs) return false;
  std::size_t text = 0;
  for (const auto* words : {&call.keys, &call.arguments}) {
    for (const std::string& word : *words) text += word.size() + 1;
  }
  if (text > most_text) return false;
  // Broadcasting lines shapes up at their last axis; no result is longer along an axis than the longest operand.
  std::array<std::int64_t, max_rank> longest;
  longest.fill(1);
  for (const TensorRef& input : call.inputs) {
    const std::size_t rank = input->shape.size();
    for (std::size_t axis = 0; axis < rank; ++axis) {
      std::int64_t& extent = longest[rank - 1 - axis];
      extent = std::max(extent, input->shape[axis]);
    }
  }
  std::int64_t elements = 1;
  for (const std::int64_t extent : longest) {
    if (extent > most_elements / elements) return false;
    elements *= extent;
  }
  return true;
}

}  // namespace windtunnel::tensordb
