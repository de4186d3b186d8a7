// What the reference holds: values by their keys.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aggregation/optimizer.h"

namespace windtunnel::tensordb::random {

struct Value {
  enum class Kind { text, tensor, script, model };
  Kind kind = Kind::text;
  std::string bytes;  ///< of a text, the elements of a tensor, the source of a script, the archive of a model
  std::string dtype;  ///< FLOAT, …
  std::vector<std::int64_t> shape;        ///<
  std::string optimizer;                  ///< sgd, adam, accumulate, or empty
  aggregation::OptimizerState memory;     ///< of sgd and adam
  std::vector<double> sum;                ///< of accumulate, with memory.steps values in it
  std::string device, tag;                ///< of a script or model
  std::vector<std::string> entry_points;  ///< of a script
};

struct Entry {
  std::shared_ptr<const Value> value;
  bool expires = false;
};

struct Database {
  std::map<std::string, Entry> entries;
  std::int64_t model_chunk_bytes = 1000;  ///< of the server as a whole; so small that the models are larger

  /// Null when the key is empty.
  const Value* find(const std::string& key) const;
  /// Throws Refused (cursor.h) unless the key holds a value of this kind.
  const Value& at(const std::string& key, Value::Kind kind) const;
  std::vector<const Value*> tensors(const std::vector<std::string>& keys) const;
  /// Throws Refused when the key holds a value of another kind.
  void demand_empty_or(const std::string& key, Value::Kind kind) const;

  /// A new value, whose time is not limited.
  void store(const std::string& key, Value value);
  /// The same key with a new value: its time to live stays.
  void change(const std::string& key, Value value);
};

}  // namespace windtunnel::tensordb::random
