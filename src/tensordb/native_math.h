// The arithmetic of the TENSOR.* commands on stored tensors, by the very code of src/aggregation: results are the same to
// the bit as in a run whose store is modelled.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "aggregation/optimizer.h"
#include "aggregation/rule.h"
#include "tensordb/named_settings.h"
#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

/// The rule or optimizer of that name (any case) with its settings. `momentum` is sgd with momentum 0.9 unless set.
/// Throws CommandError.
std::shared_ptr<aggregation::Rule> make_rule(std::string_view name, const NamedSettings& given);
std::shared_ptr<aggregation::Optimizer> make_optimizer(std::string_view name, const NamedSettings& given);
/// The family's name behind what a command line says: "MOMENTUM" → "sgd".
std::string optimizer_name(std::string_view name);

/// Throws CommandError unless all are float32 of one shape.
void check_same_floats(std::span<const TensorRef> tensors);

/// rule(inputs): a new tensor of the inputs' shape.
TensorRef aggregate(const aggregation::Rule& rule, std::span<const TensorRef> inputs);

/// One step: the moved parameters with the optimizer's memory beside them. Memory left by another optimizer (or by none)
/// counts as no memory: the step is the first one.
struct Step {
  std::string_view optimizer_name;
  const Tensor& parameters;
  const Tensor& gradient;
};
TensorRef step(const aggregation::Optimizer& optimizer, const Step& step);

}  // namespace windtunnel::tensordb
