// The module's values in Redis's key space. All functions need the server's lock: call them on the main thread or
// between lock and unlock. They throw CommandError in RedisAI's words; nothing is changed then.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

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
/// Whether `key` still holds `value`.
bool unchanged(redis::Context* context, std::string_view key, const TensorRef& value);
/// Whether so many bytes should be handed to the server for AOF and replicas: many only when there are any, since it copies
/// them.
bool should_be_offered(redis::Context* context, std::size_t bytes);
/// Ships the value of a key to AOF and replicas, if there are any.
void replicate_tensor(redis::Context* context, std::string_view key, const Tensor& tensor);

/// The tensors of several keys, in order.
std::vector<TensorRef> find_tensors(redis::Context* context, std::span<const std::string> keys);
/// Error when one of the keys holds something that is not a tensor.
void check_tensors_or_empty(redis::Context* context, std::span<const std::string> keys);
/// Stores and ships one tensor for each key, as a value of its own without time to live; all of them, or none and an
/// error. Returns what was there.
std::vector<TensorRef> store_results(redis::Context* context, std::span<const std::string> keys,
                                     std::span<const TensorRef> tensors);
/// Whether a key that is both taken from (`values` of `inputs`) and stored to holds another value by now: what was made
/// of the old one must not replace it.
bool overtaken(redis::Context* context, std::span<const std::string> inputs, std::span<const TensorRef> values,
               std::span<const std::string> outputs);

ScriptRef find_script(redis::Context* context, std::string_view key);
void check_script_or_empty(redis::Context* context, std::string_view key);
void store_script(redis::Context* context, std::string_view key, const ScriptRef& script);
void delete_script(redis::Context* context, std::string_view key);

ModelRef find_model(redis::Context* context, std::string_view key);
void check_model_or_empty(redis::Context* context, std::string_view key);
/// Returns what it replaces, to be let go off the main thread.
ModelRef store_model(redis::Context* context, std::string_view key, const ModelRef& model);
void delete_model(redis::Context* context, std::string_view key);

/// Registers the data types with the server. False when a name is taken.
bool register_types(redis::Context* context);

}  // namespace windtunnel::tensordb
