#include "tensordb/native_math.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>

#include "aggregation/rules.h"
#include "tensordb/command_error.h"
#include "tensordb/parallel.h"

namespace windtunnel::tensordb {
namespace {

/// Elements worked on at a time: what is read and written of a block stays in the first-level cache.
constexpr std::size_t block = 4 * 1024;
/// Blocks that one worker takes at a time.
constexpr std::size_t blocks_per_part = 32;

/// Rules whose formula is "for each coordinate"; the others look at whole rows.
constexpr std::array<std::string_view, 4> by_coordinate_rules{"mean", "median", "trimmed_mean", "meamed"};

/// The memory that `accumulate` keeps, under a name that no optimizer has.
constexpr const char* accumulator = "accumulate";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
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

template <class T = float>
std::span<T> elements(const Ref<Buffer>& buffer) {
  return {reinterpret_cast<T*>(buffer->mutable_data()), buffer->size() / sizeof(T)};
}

struct Range {
  std::size_t at, n;
};

/// Calls `work` for blocks that together are [0, n), in no particular order and on several threads.
void for_blocks(Workers& workers, std::size_t n, const std::function<void(Range)>& work) {
  const std::size_t part = block * blocks_per_part;
  in_parallel(workers, (n + part - 1) / part, [&](std::size_t i) {
    const std::size_t end = std::min(n, (i + 1) * part);
    for (std::size_t at = i * part; at < end; at += block) work({at, std::min(block, end - at)});
  });
}

std::vector<aggregation::Row> rows_of(std::span<const TensorRef> inputs, Range range) {
  std::vector<aggregation::Row> rows;
  rows.reserve(inputs.size());
  for (const TensorRef& input : inputs) rows.push_back(input->floats().subspan(range.at, range.n));
  return rows;
}

/// Parameters on their way: reads the old value and memory, writes the new ones, a block at a time.
class Stepping {
 public:
  Stepping(const NamedOptimizer& optimizer, const TensorRef& parameters)
      : optimizer_(optimizer.optimizer()),
        vectors_(static_cast<std::size_t>(optimizer.optimizer().state_vectors())),
        before_(parameters),
        result_(Tensor::floats(parameters->shape)) {
    const std::optional<OptimizerMemory>& memory = before_->optimizer;
    const std::size_t bytes = before_->data->size();
    first_ = !memory || memory->optimizer != optimizer.name() || memory->vectors.size() != vectors_ ||
             std::any_of(memory->vectors.begin(), memory->vectors.end(),
                         [&](const Ref<Buffer>& vector) { return vector->size() != bytes; });
    after_.optimizer = optimizer.name();
    after_.steps = (first_ ? 0 : memory->steps) + 1;
    for (std::size_t v = 0; v < vectors_; ++v) after_.vectors.push_back(Buffer::allocate(bytes));
  }

  void block_step(Range range, std::span<const float> gradient) {
    const std::span<const float> weights = before_->floats().subspan(range.at, range.n);
    const std::span<float> moved = elements(result_->data).subspan(range.at, range.n);
    std::copy(weights.begin(), weights.end(), moved.begin());
    thread_local aggregation::OptimizerState state;
    state.steps = after_.steps - 1;
    const std::array<std::vector<float>*, 2> parts{&state.first, &state.second};
    for (std::size_t v = 0; v < vectors_ && !first_; ++v) {
      const std::span<const float> from = elements(before_->optimizer->vectors[v]).subspan(range.at, range.n);
      parts[v]->assign(from.begin(), from.end());
    }
    optimizer_.step(moved, gradient, state);
    for (std::size_t v = 0; v < vectors_; ++v) {
      std::copy(parts[v]->begin(), parts[v]->end(),
                elements(after_.vectors[v]).begin() + static_cast<std::ptrdiff_t>(range.at));
    }
  }

  TensorRef finish() {
    if (vectors_ > 0) result_->optimizer = std::move(after_);
    return TensorRef::adopt(result_.leak());
  }

 private:
  const aggregation::Optimizer& optimizer_;
  std::size_t vectors_;
  TensorRef before_;
  Ref<Tensor> result_;
  OptimizerMemory after_;
  bool first_ = true;
};

}  // namespace

NamedRule::NamedRule(std::string_view name, const NamedSettings& given)
    : rule_(member(aggregation::rules(), "rule", lower(name))),
      by_coordinate_(std::count(by_coordinate_rules.begin(), by_coordinate_rules.end(), lower(name)) > 0) {
  apply_settings(*rule_, given);
}

void NamedRule::check_rows(std::size_t n) const {
  if (static_cast<std::int64_t>(n) < rule_->minimum_rows()) {
    throw CommandError("ERR " + rule_->label() + " needs at least " + std::to_string(rule_->minimum_rows()) +
                       " tensors, there are " + std::to_string(n));
  }
}

NamedOptimizer::NamedOptimizer(std::string_view name, const NamedSettings& given) : name_(lower(name)) {
  const bool momentum = name_ == "momentum";
  if (momentum) name_ = "sgd";
  optimizer_ = member(aggregation::optimizers(), "optimizer", name_);
  if (momentum) apply_settings(*optimizer_, {{"momentum", "0.9"}});
  apply_settings(*optimizer_, given);
}

void check_same_floats(std::span<const TensorRef> tensors) {
  for (const TensorRef& tensor : tensors) {
    if (tensor->dtype != DType::float32) throw CommandError("ERR tensors of type FLOAT are wanted");
    if (tensor->shape != tensors[0]->shape) throw CommandError("ERR tensors of one shape are wanted");
  }
}

TensorRef aggregate(Workers& workers, const NamedRule& rule, std::span<const TensorRef> inputs) {
  rule.check_rows(inputs.size());
  Ref<Tensor> result = Tensor::floats(inputs[0]->shape);
  const std::span<float> out = elements(result->data);
  if (rule.by_coordinate()) {
    for_blocks(workers, out.size(),
               [&](Range range) { rule.rule().aggregate(rows_of(inputs, range), out.subspan(range.at, range.n)); });
  } else {
    rule.rule().aggregate(rows_of(inputs, {0, out.size()}), out);
  }
  return TensorRef::adopt(result.leak());
}

TensorRef step(Workers& workers, const NamedOptimizer& optimizer, const TensorRef& parameters,
               const TensorRef& gradient) {
  Stepping stepping(optimizer, parameters);
  const std::span<const float> values = gradient->floats();
  for_blocks(workers, values.size(),
             [&](Range range) { stepping.block_step(range, values.subspan(range.at, range.n)); });
  return stepping.finish();
}

TensorRef step_by_aggregate(Workers& workers, const NamedOptimizer& optimizer, const TensorRef& parameters,
                            const NamedRule& rule, std::span<const TensorRef> gradients) {
  if (!rule.by_coordinate()) return step(workers, optimizer, parameters, aggregate(workers, rule, gradients));
  rule.check_rows(gradients.size());
  Stepping stepping(optimizer, parameters);
  for_blocks(workers, parameters->floats().size(), [&](Range range) {
    thread_local std::vector<float> gradient(block);
    const std::span<float> combined = std::span(gradient).first(range.n);
    rule.rule().aggregate(rows_of(gradients, range), combined);
    stepping.block_step(range, combined);
  });
  return stepping.finish();
}

TensorRef accumulate(Workers& workers, const TensorRef& before, const TensorRef& value) {
  Ref<Tensor> result = Tensor::floats(value->shape);
  const std::span<const float> added = value->floats();
  const std::span<float> mean = elements(result->data);
  const std::size_t sum_bytes = added.size() * sizeof(double);
  const bool has_sum = before && before->optimizer && before->optimizer->optimizer == accumulator &&
                       before->optimizer->vectors.size() == 1 && before->optimizer->vectors[0]->size() == sum_bytes;
  OptimizerMemory memory{accumulator, 1, {Buffer::allocate(sum_bytes)}};
  if (before) memory.steps += has_sum ? before->optimizer->steps : 1;
  const auto n = static_cast<double>(memory.steps);
  const std::span<double> sum = elements<double>(memory.vectors[0]);
  const double* old_sum = has_sum ? elements<double>(before->optimizer->vectors[0]).data() : nullptr;
  const float* old_mean = before && !has_sum ? before->floats().data() : nullptr;
  for_blocks(workers, added.size(), [&](Range range) {
    for (std::size_t i = range.at; i < range.at + range.n; ++i) {
      // As aggregation's mean: a sum in double from zero, in order, divided and rounded once.
      const double so_far = old_sum != nullptr ? old_sum[i] : old_mean != nullptr ? 0.0 + double{old_mean[i]} : 0.0;
      sum[i] = so_far + double{added[i]};
      mean[i] = static_cast<float>(sum[i] / n);
    }
  });
  result->optimizer = std::move(memory);
  return TensorRef::adopt(result.leak());
}

}  // namespace windtunnel::tensordb
