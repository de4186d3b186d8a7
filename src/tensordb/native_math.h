// The arithmetic of the TENSOR.* commands on stored tensors, by the very code of src/aggregation: results are the same
// to the bit as in a run whose store is modelled, whatever the number of workers and wherever the result is written.
// Vectors are worked on in blocks that stay in the cache, so that several operations cost one pass over memory, and the
// blocks are shared out among the workers.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aggregation/optimizer.h"
#include "aggregation/rule.h"
#include "tensordb/named_settings.h"
#include "tensordb/tensor.h"
#include "tensordb/workers.h"

namespace windtunnel::tensordb {

/// What is at hand besides the rows (aggregation/updates.h); null where it is not.
struct Beside {
  TensorRef own, previous, reference;
  using Place = TensorRef Beside::*;
};

/// What a rule combines.
struct Inputs {
  std::span<const TensorRef> rows;
  Beside beside{};
};

/// A rule of src/aggregation with its settings.
class NamedRule {
 public:
  /// `name` in any case. Throws CommandError.
  NamedRule(std::string_view name, const NamedSettings& given);

  const aggregation::Rule& rule() const { return *rule_; }
  /// Whether every coordinate is combined by itself, so that any range of coordinates may be combined alone.
  bool by_coordinate() const { return rule_->reach() != aggregation::Reach::rows; }
  /// Whether combining a few rows takes hardly longer than reading them.
  bool at_memory_speed() const { return rule_->reach() == aggregation::Reach::running; }
  /// Throws CommandError when the rule is not defined for `n` rows, or wants what is not at hand.
  void check_input(std::size_t n, const Beside& beside) const;

 private:
  std::shared_ptr<aggregation::Rule> rule_;
};

/// An optimizer of src/aggregation with its settings. `momentum` is sgd with momentum 0.9 unless set.
class NamedOptimizer {
 public:
  NamedOptimizer(std::string_view name, const NamedSettings& given);

  const aggregation::Optimizer& optimizer() const { return *optimizer_; }
  const std::string& name() const { return name_; }  ///< in the family: "sgd", "adam"

 private:
  std::string name_;
  std::shared_ptr<aggregation::Optimizer> optimizer_;
};

/// Throws CommandError unless all are float32 of one shape.
void check_same_floats(std::span<const TensorRef> tensors);
void check_same_floats(const TensorRef& one, const TensorRef& other);

/// An operation with all its memory: nothing of any size is allocated any more when it is done.
struct Plan {
  Shape shape;
  Content content;  ///< of the result, once `work` is done
  std::optional<OptimizerRecord> optimizer;
  std::function<void()> work;
};

/// Where the result is written: into memory of its own, or over the value it replaces, which then must belong to the
/// key space and the caller alone.
enum class Place { anew, over };

/// rule(inputs): float32 of the rows' shape. `before`: what is written over with Place::over, else not looked at.
Plan aggregate(Workers& workers, const NamedRule& rule, const Inputs& inputs, Place place = Place::anew,
               const TensorRef& before = {});

/// One step: the moved parameters with the optimizer's memory beside them. Memory left by another optimizer (or by
/// none) counts as no memory: the step is the first one.
Plan step(Workers& workers, const NamedOptimizer& optimizer, const TensorRef& parameters, const TensorRef& gradient,
          Place place = Place::anew);

/// step(parameters, rule(gradients)) without a vector between them where the rule works by coordinate; the same bits as both
/// apart.
Plan step_by_aggregate(Workers& workers, const NamedOptimizer& optimizer, const TensorRef& parameters,
                       const NamedRule& rule, const Inputs& gradients, Place place = Place::anew);

/// The mean of all values accumulated so far and `value`, with their sum in double beside it: the same bits as `mean`
/// of all of them in order. `before` may be null, or a tensor without a sum, which counts as the first value.
Plan accumulate(Workers& workers, const TensorRef& before, const TensorRef& value, Place place = Place::anew);

/// Does the work. Throws what it throws.
TensorRef computed(Plan plan);
/// The result with its work as a promise. Precondition: the work cannot fail (a rule at memory speed).
TensorRef promised(Plan plan);

}  // namespace windtunnel::tensordb
