#include "tests/tensordb/random/programs.h"

#include <algorithm>
#include <cstring>

namespace windtunnel::tensordb::random {
namespace {

// 6 is the number of float32.
const char* const first = R"(
def same(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0]

def all(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors

def pair(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0], tensors[-1].clone()

def flat(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].view([-1])

def zeroed(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].zero_()

def add(tensors: List[Tensor], keys: List[str], args: List[str]):
    a, b = tensors[0], tensors[1]
    assert a.dtype == 6 and b.dtype == 6 and a.size() == b.size()
    return a + b
)";

const char* const second = R"(
def same(tensors: List[Tensor], keys: List[str], args: List[str]):
    return tensors[0].clone()

def clear(t: Tensor):
    t.view([-1]).zero_()

def zeroed_by_helper(tensors: List[Tensor], keys: List[str], args: List[str]):
    for t in tensors:
        clear(t)
    return tensors[0]

def number(tensors: List[Tensor], keys: List[str], args: List[str]):
    return 3.0

def fail(tensors: List[Tensor], keys: List[str], args: List[str]):
    assert len(tensors) > 1000, "too few"
    return tensors[0]

def many(tensors: List[Tensor], keys: List[str], args: List[str]):
    out: List[Tensor] = []
    for i in range(300):
        out.append(tensors[0])
    return out

def forever(tensors: List[Tensor], keys: List[str], args: List[str]):
    n = 0
    while True:
        n += 1
    return tensors[0]
)";

Value without_memory(const Value& tensor) {
  return {.kind = Value::Kind::tensor, .bytes = tensor.bytes, .dtype = tensor.dtype, .shape = tensor.shape};
}

Value zeroed(const Value& tensor) {
  Value result = without_memory(tensor);
  result.bytes.assign(result.bytes.size(), '\0');
  return result;
}

Value flat(const Value& tensor) {
  Value result = without_memory(tensor);
  std::int64_t n = 1;
  for (const std::int64_t dim : tensor.shape) n *= dim;
  result.shape = {n};
  return result;
}

std::optional<Results> add(const Value& a, const Value& b) {
  if (a.dtype != "FLOAT" || b.dtype != "FLOAT" || a.shape != b.shape) return std::nullopt;
  Value result = without_memory(a);
  for (std::size_t at = 0; at < result.bytes.size(); at += sizeof(float)) {
    float x, y;
    std::memcpy(&x, a.bytes.data() + at, sizeof x);
    std::memcpy(&y, b.bytes.data() + at, sizeof y);
    x += y;
    std::memcpy(result.bytes.data() + at, &x, sizeof x);
  }
  return Results{.values = {result}};
}

}  // namespace

const std::vector<std::string>& program_sources() {
  static const std::vector<std::string> all{first, second};
  return all;
}

std::vector<std::string> functions_of(const std::string& source) {
  if (source == first) return {"same", "all", "pair", "flat", "zeroed", "add"};
  if (source == second) return {"same", "zeroed_by_helper", "number", "fail", "many", "forever"};
  return {};
}

std::optional<Results> call(const std::string& function, const std::vector<const Value*>& inputs) {
  if (function == "number") return Results{.tensors = false, .values = {}};
  if (function == "fail" || function == "forever") return std::nullopt;
  if (function == "all") {
    Results results;
    for (const Value* input : inputs) results.values.push_back(without_memory(*input));
    return results;
  }
  if (inputs.empty()) return std::nullopt;
  const Value& input = *inputs[0];
  if (function == "same") return Results{.values = {without_memory(input)}};
  if (function == "pair") return Results{.values = {without_memory(input), without_memory(*inputs.back())}};
  if (function == "flat") return Results{.values = {flat(input)}};
  if (function == "zeroed" || function == "zeroed_by_helper") return Results{.values = {zeroed(input)}};
  if (function == "many") return Results{.values = std::vector<Value>(300, without_memory(input))};
  if (function == "add") return inputs.size() < 2 ? std::nullopt : add(input, *inputs[1]);
  return std::nullopt;
}

}  // namespace windtunnel::tensordb::random
