#include "tensordb/native_math.h"

#include <algorithm>
#include <cstring>

#include "aggregation/rules.h"
#include "tensordb/command_error.h"

namespace windtunnel::tensordb {
namespace {

/// Elements moved at a time: weights, gradient and two vectors of a block stay in the second-level cache, so that working
/// on copies costs no more passes over memory than working in place.
constexpr std::size_t block = 16 * 1024;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

template <class T>
std::shared_ptr<T> member(Family<T> family, std::string_view what, const std::string& name) {
  try {
    return make(family, what, name);
  } catch (const InputError& e) {
    throw CommandError("ERR " + single_line(e.what()));
  }
}

std::span<float> floats(const Ref<Buffer>& buffer) {
  return {reinterpret_cast<float*>(buffer->mutable_data()), buffer->size() / sizeof(float)};
}

std::vector<Ref<Buffer>> fresh_vectors(int count, std::size_t bytes) {
  std::vector<Ref<Buffer>> vectors;
  for (int i = 0; i < count; ++i) vectors.push_back(Buffer::allocate(bytes));
  return vectors;
}

}  // namespace

std::shared_ptr<aggregation::Rule> make_rule(std::string_view name, const NamedSettings& given) {
  auto rule = member(aggregation::rules(), "rule", lower(name));
  apply_settings(*rule, given);
  return rule;
}

std::string optimizer_name(std::string_view name) {
  std::string wanted = lower(name);
  return wanted == "momentum" ? "sgd" : wanted;
}

std::shared_ptr<aggregation::Optimizer> make_optimizer(std::string_view name, const NamedSettings& given) {
  auto optimizer = member(aggregation::optimizers(), "optimizer", optimizer_name(name));
  if (lower(name) == "momentum") apply_settings(*optimizer, {{"momentum", "0.9"}});
  apply_settings(*optimizer, given);
  return optimizer;
}

void check_same_floats(std::span<const TensorRef> tensors) {
  for (const TensorRef& tensor : tensors) {
    if (tensor->dtype != DType::float32) throw CommandError("ERR tensors of type FLOAT are wanted");
    if (tensor->shape != tensors[0]->shape) throw CommandError("ERR tensors of one shape are wanted");
  }
}

TensorRef aggregate(const aggregation::Rule& rule, std::span<const TensorRef> inputs) {
  std::vector<aggregation::Row> rows;
  rows.reserve(inputs.size());
  for (const TensorRef& input : inputs) rows.push_back(input->floats());
  Ref<Tensor> result = Tensor::floats(inputs[0]->shape);
  try {
    rule.aggregate(rows, floats(result->data));
  } catch (const InputError& e) {
    throw CommandError("ERR " + single_line(e.what()));
  }
  return TensorRef::adopt(result.leak());
}

TensorRef step(const aggregation::Optimizer& optimizer, const Step& step) {
  const std::span<const float> weights = step.parameters.floats();
  const std::span<const float> gradient = step.gradient.floats();
  const int vectors = optimizer.state_vectors();
  const std::optional<OptimizerMemory>& before = step.parameters.optimizer;
  const bool first = !before || before->optimizer != step.optimizer_name ||
                     before->vectors.size() != static_cast<std::size_t>(vectors);

  Ref<Tensor> result = Tensor::floats(step.parameters.shape);
  const std::span<float> moved = floats(result->data);
  OptimizerMemory after{std::string(step.optimizer_name), (first ? 0 : before->steps) + 1,
                        fresh_vectors(vectors, result->data->size())};
  aggregation::OptimizerState state;
  std::vector<float>* const parts[] = {&state.first, &state.second};
  for (std::size_t at = 0; at < weights.size(); at += block) {
    const std::size_t n = std::min(block, weights.size() - at);
    std::copy_n(weights.data() + at, n, moved.data() + at);
    state.steps = after.steps - 1;
    for (int v = 0; v < vectors && !first; ++v) {
      const float* from = floats(before->vectors[static_cast<std::size_t>(v)]).data() + at;
      parts[v]->assign(from, from + n);
    }
    optimizer.step(moved.subspan(at, n), gradient.subspan(at, n), state);
    for (int v = 0; v < vectors; ++v) {
      std::copy_n(parts[v]->data(), n, floats(after.vectors[static_cast<std::size_t>(v)]).data() + at);
    }
  }
  if (vectors > 0) result->optimizer = std::move(after);
  return TensorRef::adopt(result.leak());
}

}  // namespace windtunnel::tensordb
