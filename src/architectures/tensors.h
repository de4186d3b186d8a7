// The tensors a worker keeps in its database: weights, gradients, averages, by key.
// Promise: a TensorSpace may be used from several threads; values are immutable once put; what `run` computes is the same to
// the bit in process and inside our Redis module, because both run the aggregation room's code.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "aggregation/optimizer.h"
#include "aggregation/rule.h"
#include "base/fields.h"
#include "store/databases.h"

namespace windtunnel::architectures {

/// One flat float32 vector, shared by all who hold the same values; null where nothing is really learnt.
using Tensor = std::shared_ptr<const std::vector<float>>;

/// out := rule(keys). The keys' tensors are of equal length.
struct Aggregate {
  std::string out;
  Choice<aggregation::Rule> rule;
  std::vector<std::string> keys;
  store::AtHand at_hand{};  ///< keys of what the rule may use besides; what it does not want is not looked at
};

/// Of what is at hand what is wanted.
store::AtHand wanted(const store::AtHand& at_hand, const aggregation::Wants& wants);

/// params := one optimizer step of params against gradient; the optimizer's state lives beside params and starts afresh
/// when params is put.
struct Update {
  std::string params;
  Choice<aggregation::Optimizer> optimizer;
  std::string gradient;
};

/// Give it a name before passing it to what is co_awaited: GCC 12 destroys an aggregate made inside a co_await expression
/// twice.
using Operation = std::variant<Aggregate, Update>;

/// A database that holds a space's tensors went away, or does not do what it is told.
class StoreError : public RunError {
 public:
  using RunError::RunError;
};

class TensorSpace {
 public:
  virtual ~TensorSpace() = default;
  virtual void put(const std::string& key, const Tensor& value) = 0;
  /// RunError when there is no such key.
  virtual Tensor get(const std::string& key) = 0;
  /// Keys that are not there are passed over.
  virtual void erase(const std::vector<std::string>& keys) = 0;
  virtual void run(const Operation& operation) = 0;

  /// A model with what the optimizer remembers of it, for another space of the same run.
  using Snapshot = std::shared_ptr<const void>;
  /// RunError when there is no such key.
  virtual Snapshot snapshot(const std::string& key) = 0;
  virtual void restore(const std::string& key, const Snapshot& snapshot) = 0;
};

/// Makes the spaces of one run, a name each.
class TensorSpaces {
 public:
  virtual ~TensorSpaces() = default;
  virtual std::shared_ptr<TensorSpace> open(const std::string& name) = 0;
};

/// In process: no copy is made of what is shared, and workers that ask for the same result of the same tensors share one
/// computation and one copy of it.
std::unique_ptr<TensorSpaces> local_tensors();

/// In Redis, one database a space; its failures are StoreErrors. `databases` outlives the spaces.
std::unique_ptr<TensorSpaces> redis_tensors(store::Databases& databases);

}  // namespace windtunnel::architectures
