#include "tensordb/native_math.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>

#include "aggregation/rules.h"
#include "base/interruption.h"
#include "base/vector_clones.h"
#include "tensordb/command_error.h"
#include "tensordb/parallel.h"

namespace windtunnel::tensordb {
namespace {

/// Elements worked on at a time: what several steps read and write of a block stays in the second-level cache, and a
/// row is read in pieces long enough for the hardware to fetch ahead.
constexpr std::size_t block = 16 * 1024;
/// Blocks that one worker takes at a time.
constexpr std::size_t blocks_per_part = 8;

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
    for (std::size_t at = i * part; at < end; at += block) {
      interruption_point();
      work({at, std::min(block, end - at)});
    }
  });
}

/// Inputs that outlive the command that gave them, and a rule's view of them.
class Kept {
 public:
  Kept(Workers& workers, const Inputs& inputs)
      : workers_(workers), rows_(inputs.rows.begin(), inputs.rows.end()), beside_(inputs.beside) {}

  std::vector<aggregation::Row> rows() const {
    std::vector<aggregation::Row> rows;
    for (const TensorRef& row : rows_) rows.push_back(row->floats());
    return rows;
  }
  aggregation::RuleContext context() const {
    const auto row = [](const TensorRef& tensor) { return tensor ? tensor->floats() : aggregation::Row(); };
    return {.own = row(beside_.own),
            .previous = row(beside_.previous),
            .reference = row(beside_.reference),
            .parallel = [this](std::size_t parts, const std::function<void(std::size_t)>& work) {
              in_parallel(workers_, parts, work);
            }};
  }

 private:
  Workers& workers_;
  std::vector<TensorRef> rows_;
  Beside beside_;
};

/// A vector that moves: read here, written there, or both in one place.
struct Moving {
  Ref<Buffer> from, to;
  bool fresh = false;  // no value yet: starts at zero

  /// The elements of a block, to be changed.
  std::span<float> block(Range range) const {
    const std::span<float> out = elements(to).subspan(range.at, range.n);
    if (fresh) {
      std::fill(out.begin(), out.end(), 0.0F);
    } else if (!(from == to)) {
      const std::span<const float> in = elements(from).subspan(range.at, range.n);
      std::copy(in.begin(), in.end(), out.begin());
    }
    return out;
  }
};

/// Parameters and what their optimizer remembers, moved a block at a time.
class Stepping {
 public:
  Stepping(const NamedOptimizer& optimizer, TensorRef before, Place place)
      : optimizer_(optimizer),
        used_(static_cast<std::size_t>(optimizer.optimizer().state_vectors())),
        before_(std::move(before)),
        place_(place) {
    const std::optional<OptimizerRecord>& record = before_->optimizer;
    const std::size_t bytes = static_cast<std::size_t>(before_->count()) * sizeof(float);
    const std::vector<std::size_t> sizes = before_->vector_sizes();
    const bool first = !record || record->name != optimizer.name() || sizes != std::vector(used_, bytes);
    record_ = {optimizer.name(), (first ? 0 : record->steps) + 1};
    weights_.to = place == Place::over ? before_->content().elements : Buffer::allocate(bytes);
    for (std::size_t v = 0; v < used_; ++v) {
      memory_[v].fresh = first;
      memory_[v].to = !first && place == Place::over ? before_->content().vectors[v] : Buffer::allocate(bytes);
    }
  }

  Plan plan(std::function<void()> work) const {
    Plan plan{before_->shape, {weights_.to, {}}, {}, std::move(work)};
    for (std::size_t v = 0; v < used_; ++v) plan.content.vectors.push_back(memory_[v].to);
    if (used_ > 0) plan.optimizer = record_;
    return plan;
  }

  /// The first part of the work: what is read may be a promise of its own.
  void begin() {
    weights_.from = place_ == Place::over ? weights_.to : before_->content().elements;
    for (std::size_t v = 0; v < used_ && !memory_[v].fresh; ++v) {
      memory_[v].from = place_ == Place::over ? memory_[v].to : before_->content().vectors[v];
    }
  }
  void move(Range range, std::span<const float> gradient) const {
    std::array<std::span<float>, aggregation::Optimizer::max_state_vectors> memory;
    for (std::size_t v = 0; v < used_; ++v) memory[v] = memory_[v].block(range);
    optimizer_.optimizer().move(weights_.block(range), gradient, std::span(memory).first(used_), record_.steps);
  }
  /// The whole step.
  void move(Workers& workers, std::span<const float> gradient) const {
    for_blocks(workers, length(), [&](Range range) { move(range, gradient.subspan(range.at, range.n)); });
  }
  std::size_t length() const { return weights_.to->size() / sizeof(float); }

 private:
  NamedOptimizer optimizer_;
  std::size_t used_;
  TensorRef before_;
  Place place_;
  Moving weights_;
  std::array<Moving, aggregation::Optimizer::max_state_vectors> memory_;
  OptimizerRecord record_;
};

// As aggregation's mean: a sum in double from zero, in order, divided and rounded once.
WINDTUNNEL_VECTOR_CLONES void add_and_divide(std::size_t n, double* __restrict sum, const float* __restrict added,
                                             double divisor, float* __restrict mean) {
  for (std::size_t i = 0; i < n; ++i) {
    sum[i] += double{added[i]};
    mean[i] = static_cast<float>(sum[i] / divisor);
  }
}

}  // namespace

NamedRule::NamedRule(std::string_view name, const NamedSettings& given)
    : rule_(member(aggregation::rules(), "rule", lower(name))) {
  apply_settings(*rule_, given);
}

void NamedRule::check_input(std::size_t n, const Beside& beside) const {
  if (static_cast<std::int64_t>(n) < rule_->minimum_rows()) {
    throw CommandError("ERR " + rule_->label() + " needs at least " + std::to_string(rule_->minimum_rows()) +
                       " tensors, there are " + std::to_string(n));
  }
  const aggregation::Wants wants = rule_->wants();
  if (wants.own && !beside.own) throw CommandError("ERR " + rule_->label() + " wants OWN, the key of the own update");
  if (wants.reference && !beside.reference) {
    throw CommandError("ERR " + rule_->label() + " wants REFERENCE, the key of an update to trust");
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

void check_same_floats(const TensorRef& one, const TensorRef& other) {
  const std::array both{one, other};
  check_same_floats(both);
}

Plan aggregate(Workers& workers, const NamedRule& rule, const Inputs& inputs, Place place, const TensorRef& before) {
  rule.check_input(inputs.rows.size(), inputs.beside);
  const TensorRef& like = inputs.rows[0];
  const std::size_t n = static_cast<std::size_t>(like->count());
  Plan plan{like->shape, {}, {}, {}};
  plan.content.elements = place == Place::over ? before->content().elements : Buffer::allocate(n * sizeof(float));
  plan.work = [rule, kept = Kept(workers, inputs), to = plan.content.elements] {
    rule.rule().aggregate(kept.rows(), kept.context(), elements(to));
  };
  return plan;
}

Plan step(Workers& workers, const NamedOptimizer& optimizer, const TensorRef& parameters, const TensorRef& gradient,
          Place place) {
  const auto stepping = std::make_shared<Stepping>(optimizer, parameters, place);
  return stepping->plan([&workers, stepping, gradient] {
    stepping->begin();
    stepping->move(workers, gradient->floats());
  });
}

Plan step_by_aggregate(Workers& workers, const NamedOptimizer& optimizer, const TensorRef& parameters,
                       const NamedRule& rule, const Inputs& gradients, Place place) {
  rule.check_input(gradients.rows.size(), gradients.beside);
  const auto stepping = std::make_shared<Stepping>(optimizer, parameters, place);
  if (!rule.by_coordinate()) {
    const auto combined = std::make_shared<Plan>(aggregate(workers, rule, gradients));
    return stepping->plan([&workers, stepping, combined] {
      stepping->begin();
      combined->work();
      stepping->move(workers, elements(combined->content.elements));
    });
  }
  return stepping->plan([&workers, stepping, rule, kept = Kept(workers, gradients)] {
    stepping->begin();
    const aggregation::RuleContext context = kept.context();
    const aggregation::Rule::Admitted admitted = rule.rule().admit(kept.rows(), context);
    const auto left_out = static_cast<std::int64_t>(admitted.outcome.left_out.size());
    for_blocks(workers, stepping->length(), [&](Range range) {
      std::array<float, block> gradient;
      const std::span<float> combined = std::span(gradient).first(range.n);
      std::vector<aggregation::Row> rows;
      for (const aggregation::Row row : admitted.rows) rows.push_back(row.subspan(range.at, range.n));
      rule.rule().apply({.rows = rows, .left_out = left_out, .context = context}, combined);
      stepping->move(range, combined);
    });
  });
}

Plan accumulate(Workers& workers, const TensorRef& before, const TensorRef& value, Place place) {
  const std::size_t n = static_cast<std::size_t>(value->count());
  const bool has_sum = before && before->optimizer && before->optimizer->name == accumulator &&
                       before->vector_sizes() == std::vector(1, n * sizeof(double));
  Plan plan{value->shape, {}, OptimizerRecord{accumulator, 1}, {}};
  if (before) plan.optimizer->steps += has_sum ? before->optimizer->steps : 1;
  const bool over = place == Place::over && has_sum;
  plan.content =
      over ? before->content() : Content{Buffer::allocate(n * sizeof(float)), {Buffer::allocate(n * sizeof(double))}};
  plan.work = [&workers, before, value, has_sum, over, to = plan.content, count = plan.optimizer->steps] {
    const std::span<const float> added = value->floats();
    const std::span<float> mean = elements(to.elements);
    const std::span<double> sum = elements<double>(to.vectors[0]);
    const Ref<Buffer> old_sum = has_sum && !over ? before->content().vectors[0] : Ref<Buffer>();
    const std::span<const float> first = before && !has_sum ? before->floats() : std::span<const float>();
    for_blocks(workers, added.size(), [&](Range range) {
      const std::span<double> sums = sum.subspan(range.at, range.n);
      if (old_sum) {
        const std::span<const double> from = elements<double>(old_sum).subspan(range.at, range.n);
        std::copy(from.begin(), from.end(), sums.begin());
      } else if (!first.empty()) {
        for (std::size_t i = 0; i < range.n; ++i) sums[i] = 0.0 + double{first[range.at + i]};
      } else if (!over) {
        std::fill(sums.begin(), sums.end(), 0.0);
      }
      add_and_divide(range.n, sums.data(), &added[range.at], static_cast<double>(count), &mean[range.at]);
    });
  };
  return plan;
}

TensorRef computed(Plan plan) {
  plan.work();
  return TensorRef::adopt(
      new Tensor(DType::float32, std::move(plan.shape), std::move(plan.content), std::move(plan.optimizer)));
}

TensorRef promised(Plan plan) {
  return TensorRef::adopt(new Tensor(DType::float32, std::move(plan.shape), std::move(plan.content),
                                     std::move(plan.optimizer), Promise::of(std::move(plan.work))));
}

}  // namespace windtunnel::tensordb
