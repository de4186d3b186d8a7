#include "tensordb/keyspace.h"

#include <algorithm>

#include "tensordb/codec.h"
#include "tensordb/command_error.h"
#include "tensordb/types.h"

namespace windtunnel::tensordb {
namespace {

using redis::api;

/// Below this a result is always offered for replication; above, only when somebody takes it: offering copies it.
constexpr std::size_t cheap_bytes = 64 * 1024;

bool replication_has_a_taker(redis::Context* context) {
  if ((api().context_flags(context) & redis::flag::aof) != 0) return true;
  redis::ServerInfo* info = api().get_server_info(context, "replication");
  int error = 0;
  // The backlog outlives a replica's connection: while there is one, a replica may come back and expect every write.
  const unsigned long long backlog = api().server_info_unsigned(info, "repl_backlog_active", &error);
  api().free_server_info(context, info);
  return error != 0 || backlog != 0;
}

}  // namespace

bool should_be_offered(redis::Context* context, std::size_t bytes) {
  return bytes <= cheap_bytes || replication_has_a_taker(context);
}

namespace {

TensorRef tensor_in(const OpenKey& key) {
  if (key.empty()) return {};
  if (!key.holds(tensor_type())) throw wrong_type();
  return TensorRef::share(static_cast<const Tensor*>(key.value()));
}

}  // namespace

OpenKey::OpenKey(redis::Context* context, std::string_view name, int mode)
    : context_(context),
      name_(api().create_string(context, name.data(), name.size())),
      key_(api().open_key(context, name_, mode)) {}

OpenKey::~OpenKey() {
  if (key_ != nullptr) api().close_key(key_);
  api().free_string(context_, name_);
}

bool OpenKey::empty() const { return key_ == nullptr || api().key_type(key_) == redis::type_empty; }

bool OpenKey::holds(redis::DataType* type) const {
  return key_ != nullptr && api().key_type(key_) == redis::type_module && api().value_type(key_) == type;
}

void* OpenKey::value() const { return api().value(key_); }

TensorRef find_tensor_if_any(redis::Context* context, std::string_view key) {
  return tensor_in(OpenKey(context, key, redis::read_key));
}

TensorRef find_tensor(redis::Context* context, std::string_view key) {
  TensorRef tensor = find_tensor_if_any(context, key);
  if (!tensor) throw CommandError("ERR tensor key is empty or in a different shard");
  return tensor;
}

void check_tensor_or_empty(redis::Context* context, std::string_view name) {
  const OpenKey key(context, name, redis::read_key);
  if (!key.empty() && !key.holds(tensor_type())) throw wrong_type();
}

TensorRef store_tensor(redis::Context* context, std::string_view name, const TensorRef& tensor, Ttl ttl) {
  const OpenKey key(context, name, redis::read_key | redis::write_key);
  auto* value = const_cast<Tensor*>(TensorRef(tensor).leak());
  TensorRef replaced;
  if (key.holds(tensor_type())) {
    void* old = nullptr;
    api().replace_value(key.get(), tensor_type(), value, &old);
    replaced = TensorRef::adopt(static_cast<const Tensor*>(old));
    if (ttl == Ttl::clear) api().set_expire(key.get(), redis::no_expire);
  } else if (key.empty()) {
    api().set_value(key.get(), tensor_type(), value);
  } else {
    value->release();
    throw wrong_type();
  }
  api().notify(context, redis::notify_module, "tensorset", key.name());
  return replaced;
}

void replicate_tensor(redis::Context* context, std::string_view key, const Tensor& tensor) {
  const std::span<const std::byte> data = tensor.bytes();
  if (!should_be_offered(context, data.size())) return;
  const std::vector<Ref<Buffer>>& vectors = tensor.content().vectors;
  const std::string header = encode_header(tensor);
  auto text = [](std::span<const std::byte> bytes) { return reinterpret_cast<const char*>(bytes.data()); };
  if (vectors.empty()) {
    api().replicate(context, restore_command, "bbb", key.data(), key.size(), header.data(), header.size(), text(data),
                    data.size());
  } else if (vectors.size() == 1) {
    const auto first = vectors[0]->bytes();
    api().replicate(context, restore_command, "bbbb", key.data(), key.size(), header.data(), header.size(), text(data),
                    data.size(), text(first), first.size());
  } else {
    const auto first = vectors[0]->bytes(), second = vectors[1]->bytes();
    api().replicate(context, restore_command, "bbbbb", key.data(), key.size(), header.data(), header.size(), text(data),
                    data.size(), text(first), first.size(), text(second), second.size());
  }
}

bool unchanged(redis::Context* context, std::string_view name, const TensorRef& value) {
  const OpenKey key(context, name, redis::read_key);
  return key.holds(tensor_type()) && key.value() == value.get();
}

std::vector<TensorRef> find_tensors(redis::Context* context, std::span<const std::string> keys) {
  std::vector<TensorRef> tensors;
  tensors.reserve(keys.size());
  for (const std::string& key : keys) tensors.push_back(find_tensor(context, key));
  return tensors;
}

void check_tensors_or_empty(redis::Context* context, std::span<const std::string> keys) {
  for (const std::string& key : keys) check_tensor_or_empty(context, key);
}

std::vector<TensorRef> store_results(redis::Context* context, std::span<const std::string> keys,
                                     std::span<const TensorRef> tensors) {
  check_tensors_or_empty(context, keys);
  std::vector<TensorRef> replaced;
  replaced.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    replaced.push_back(store_tensor(context, keys[i], tensors[i], Ttl::clear));
    replicate_tensor(context, keys[i], *tensors[i]);
  }
  return replaced;
}

bool overtaken(redis::Context* context, std::span<const std::string> inputs, std::span<const TensorRef> values,
               std::span<const std::string> outputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool stored = std::find(outputs.begin(), outputs.end(), inputs[i]) != outputs.end();
    if (stored && !unchanged(context, inputs[i], values[i])) return true;
  }
  return false;
}

namespace {

/// Scripts and models differ in their type and in their words.
struct Kind {
  redis::DataType* type;
  const char* empty;
  const char* stored;
};
Kind scripts() { return {script_type(), "ERR script key is empty", "scriptstore"}; }
Kind models() { return {model_type(), "ERR model key is empty", "modelstore"}; }

const void* find(redis::Context* context, std::string_view name, const Kind& kind) {
  const OpenKey key(context, name, redis::read_key);
  if (key.empty()) throw CommandError(kind.empty);
  if (!key.holds(kind.type)) throw wrong_type();
  return key.value();
}

void check_kind_or_empty(redis::Context* context, std::string_view name, const Kind& kind) {
  const OpenKey key(context, name, redis::read_key);
  if (!key.empty() && !key.holds(kind.type)) throw wrong_type();
}

/// Takes over the count that comes with `value`.
void store(redis::Context* context, std::string_view name, const Kind& kind, const void* value) {
  const OpenKey key(context, name, redis::read_key | redis::write_key);
  api().set_value(key.get(), kind.type, const_cast<void*>(value));
  api().notify(context, redis::notify_module, kind.stored, key.name());
}

void remove(redis::Context* context, std::string_view name, const Kind& kind) {
  const OpenKey key(context, name, redis::read_key | redis::write_key);
  if (key.empty()) throw CommandError(kind.empty);
  if (!key.holds(kind.type)) throw wrong_type();
  api().unlink_key(key.get());
  api().notify(context, redis::notify_generic, "del", key.name());
}

}  // namespace

ScriptRef find_script(redis::Context* context, std::string_view key) {
  return ScriptRef::share(static_cast<const Script*>(find(context, key, scripts())));
}
void check_script_or_empty(redis::Context* context, std::string_view key) {
  check_kind_or_empty(context, key, scripts());
}
void store_script(redis::Context* context, std::string_view key, const ScriptRef& script) {
  check_script_or_empty(context, key);
  store(context, key, scripts(), ScriptRef(script).leak());
}
void delete_script(redis::Context* context, std::string_view key) { remove(context, key, scripts()); }

ModelRef find_model(redis::Context* context, std::string_view key) {
  return ModelRef::share(static_cast<const Model*>(find(context, key, models())));
}
void check_model_or_empty(redis::Context* context, std::string_view key) {
  check_kind_or_empty(context, key, models());
}
ModelRef store_model(redis::Context* context, std::string_view name, const ModelRef& model) {
  ModelRef replaced;
  {
    const OpenKey key(context, name, redis::read_key);
    if (key.holds(model_type())) {
      replaced = ModelRef::share(static_cast<const Model*>(key.value()));
    } else if (!key.empty()) {
      throw wrong_type();
    }
  }
  store(context, name, models(), ModelRef(model).leak());
  return replaced;
}
void delete_model(redis::Context* context, std::string_view key) { remove(context, key, models()); }

}  // namespace windtunnel::tensordb
