#include "tests/tensordb/random/native.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>

#include "aggregation/rules.h"
#include "base/error.h"
#include "tests/tensordb/random/cursor.h"

namespace windtunnel::tensordb::random {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Puts settings given as text into a rule or an optimizer.
class Setter final : public Fields {
 public:
  explicit Setter(const Settings& given) : given_(given) {}

  void field(Field field) override {
    known_.push_back(lower(std::string(field.name)));
    for (const auto& [name, value] : given_) {
      if (lower(name) != known_.back()) continue;
      const std::optional<double> number = real(value);
      demand(number && std::isfinite(*number) && *number >= field.limits.min && *number <= field.limits.max &&
             !(field.limits.above_min && *number == field.limits.min));
      if (double** const real_target = std::get_if<double*>(&field.target)) {
        **real_target = *number;
      } else {
        demand(whole(value).has_value());
        **std::get_if<std::int64_t*>(&field.target) = *whole(value);
      }
    }
  }
  void finish() const {
    for (const auto& [name, value] : given_) {
      demand(std::find(known_.begin(), known_.end(), lower(name)) != known_.end());
    }
  }

 private:
  const Settings& given_;
  std::vector<std::string> known_;
};

template <class T>
std::shared_ptr<T> made(Family<T> family, const std::string& name, const Settings& given) {
  for (const Option<T>& option : family) {
    if (option.name != name) continue;
    std::shared_ptr<T> object = option.make();
    Setter setter(given);
    object->describe(setter);
    setter.finish();
    return object;
  }
  throw Refused{};
}

std::vector<float> floats(const Value& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

Value tensor_of(const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
  return {.kind = Value::Kind::tensor,
          .bytes = std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)),
          .dtype = "FLOAT",
          .shape = shape};
}

void demand_alike(const Value& a, const Value& b) {
  demand(a.dtype == "FLOAT" && b.dtype == "FLOAT" && a.shape == b.shape);
}

constexpr const char* accumulator = "accumulate";

}  // namespace

Value aggregated(const std::string& name, const Settings& given, const std::vector<const Value*>& rows) {
  const auto rule = made(aggregation::rules(), lower(name), given);
  demand(static_cast<std::int64_t>(rows.size()) >= rule->minimum_rows());
  std::vector<std::vector<float>> values;
  for (const Value* row : rows) {
    demand_alike(*rows[0], *row);
    values.push_back(floats(*row));
  }
  std::vector<float> out(values[0].size());
  try {
    rule->aggregate(std::vector<aggregation::Row>(values.begin(), values.end()), out);
  } catch (const RunError&) {  // too many rows hold NaN
    throw Refused{};
  }
  return tensor_of(out, rows[0]->shape);
}

Value stepped(const std::string& word, const Settings& given, const Value& parameters, const Value& gradient) {
  std::string name = lower(word);
  Settings settings = given;
  if (name == "momentum") {
    name = "sgd";
    settings.insert(settings.begin(), {"momentum", "0.9"});
  }
  const auto optimizer = made(aggregation::optimizers(), name, settings);
  demand_alike(parameters, gradient);
  aggregation::OptimizerState state;
  const bool has_second = !parameters.memory.second.empty();
  if (parameters.optimizer == name && optimizer->state_vectors() == (has_second ? 2 : 1)) state = parameters.memory;
  std::vector<float> weights = floats(parameters);
  optimizer->step(weights, floats(gradient), state);
  Value result = tensor_of(weights, parameters.shape);
  if (optimizer->state_vectors() > 0) {
    result.optimizer = name;
    result.memory = std::move(state);
  }
  return result;
}

Value accumulated(const Value* before, const Value& added) {
  demand_alike(added, before != nullptr ? *before : added);
  const std::vector<float> values = floats(added);
  std::vector<double> sum(values.size(), 0.0);
  std::int64_t n = 1;
  if (before != nullptr && before->optimizer == accumulator) {
    sum = before->sum;
    n += before->memory.steps;
  } else if (before != nullptr) {
    const std::vector<float> first = floats(*before);
    std::transform(first.begin(), first.end(), sum.begin(), [](float x) { return 0.0 + double{x}; });
    n += 1;
  }
  std::vector<float> mean(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum[i] += double{values[i]};
    mean[i] = static_cast<float>(sum[i] / static_cast<double>(n));
  }
  Value result = tensor_of(mean, added.shape);
  result.optimizer = accumulator;
  result.memory.steps = n;
  result.sum = std::move(sum);
  return result;
}

}  // namespace windtunnel::tensordb::random
