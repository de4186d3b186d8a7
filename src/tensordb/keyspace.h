// The module's values in Redis's key space. All functions need the server's lock: call them on the main thread or
// between lock and unlock. They throw CommandError in RedisAI's words; nothing is changed then.
#pragma once

#include <string_view>

#include "tensordb/model.h"
#include "tensordb/redis_api.h"
#include "tensordb/script.h"
#include "tensordb/tensor.h"

namespace windtunnel::tensordb {

/// What happens to a key's time to live when its value is replaced.
enum class Ttl { clear, keep };

/// A key, opened as long as the object lives.
class OpenKey {
 public:
  OpenKey(redis::Context* context, std::string_view name, int mode);
  ~OpenKey();
  OpenKey(const OpenKey&) = delete;
  OpenKey& operator=(const OpenKey&) = delete;

  bool empty() const;
  bool holds(redis::DataType* type) const;
  void* value() const;
  redis::Key* get() const { return key_; }
  redis::String* name() const { return name_; }

 private:
  redis::Context* context_;
  redis::String* name_;
  redis::Key* key_;
};

/// The tensor of a key; errors when there is none or it holds something else.
TensorRef find_tensor(redis::Context* context, std::string_view key);
/// The same, but null when nothing is stored.
TensorRef find_tensor_if_any(redis::Context* context, std::string_view key);
/// Error when `key` holds something that is not a tensor.
void check_tensor_or_empty(redis::Context* context, std::string_view key);
/// Stores `tensor`; returns the tensor that was there, for the caller to release where its time does not matter.
TensorRef store_tensor(redis::Context* context, std::string_view key, const TensorRef& tensor, Ttl ttl);
/// Ships the value of a key to AOF and replicas, if there are any.
void replicate_tensor(redis::Context* context, std::string_view key, const Tensor& tensor);

ScriptRef find_script(redis::Context* context, std::string_view key);
void check_script_or_empty(redis::Context* context, std::string_view key);
void store_script(redis::Context* context, std::string_view key, const ScriptRef& script);
void delete_script(redis::Context* context, std::string_view key);

ModelRef find_model(redis::Context* context, std::string_view key);
void check_model_or_empty(redis::Context* context, std::string_view key);
void store_model(redis::Context* context, std::string_view key, const ModelRef& model);
void delete_model(redis::Context* context, std::string_view key);

/// Registers the data types with the server. False when a name is taken.
bool register_types(redis::Context* context);

}  // namespace windtunnel::tensordb
