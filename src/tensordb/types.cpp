#include "tensordb/types.h"

#include <memory>
#include <string>

#include "tensordb/codec.h"
#include "tensordb/command_error.h"
#include "tensordb/keyspace.h"

namespace windtunnel::tensordb {
namespace {

using redis::api;

// Handles given out by the server when the module is loaded; its callbacks have no other way to them.
redis::DataType* the_tensor_type = nullptr;
redis::DataType* the_script_type = nullptr;
redis::DataType* the_model_type = nullptr;

const Tensor& tensor_of(const void* value) { return *static_cast<const Tensor*>(value); }
const Model& model_of(const void* value) { return *static_cast<const Model*>(value); }
const Script& script_of(const void* value) { return *static_cast<const Script*>(value); }

const char* text(const Ref<Buffer>& buffer) { return reinterpret_cast<const char*>(buffer->data()); }

void save(redis::Io* io, const std::string& bytes) { api().save_buffer(io, bytes.data(), bytes.size()); }
void save(redis::Io* io, const Ref<Buffer>& buffer) { api().save_buffer(io, text(buffer), buffer->size()); }

/// A string of an RDB file, in the server's memory.
class Loaded {
 public:
  explicit Loaded(redis::Io* io) : bytes_(api().load_buffer(io, &size_)) {
    if (bytes_ == nullptr) throw CommandError("the file ends too early");
  }
  ~Loaded() { api().free(bytes_); }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  std::string_view view() const { return {bytes_, size_}; }

 private:
  std::size_t size_ = 0;
  char* bytes_;
};

std::uint64_t load_number(redis::Io* io) {
  const std::uint64_t number = api().load_unsigned(io);
  if (api().is_io_error(io) != 0) throw CommandError("the file ends too early");
  return number;
}

/// Runs `load`; a value that cannot be read is reported in the server's log and fails the whole load.
template <class Load>
void* guarded(redis::Io* io, const char* what, int version, int newest, Load load) {
  if (version > newest) {
    api().log_io_error(io, "warning", "%s with encoding %d comes from a newer module; this one reads up to %d", what,
                       version, newest);
    return nullptr;
  }
  try {
    return load();
  } catch (const std::exception& e) {
    api().log_io_error(io, "warning", "cannot load a %s: %s", what, e.what());
    return nullptr;
  }
}

void* load_tensor(redis::Io* io, int version) {
  return guarded(io, tensor_type_name, version, encoding_version, [&]() -> void* {
    const Loaded header(io);
    const Loaded elements(io);
    std::vector<std::unique_ptr<Loaded>> held;
    std::vector<std::string_view> vectors;
    for (std::size_t i = 0, n = vectors_of(header.view()); i < n; ++i) {
      held.push_back(std::make_unique<Loaded>(io));
      vectors.push_back(held.back()->view());
    }
    return const_cast<Tensor*>(decode(header.view(), elements.view(), vectors).leak());
  });
}

void save_tensor(redis::Io* io, void* value) {
  const Tensor& tensor = tensor_of(value);
  save(io, encode_header(tensor));
  save(io, tensor.content().elements);
  for (const Ref<Buffer>& vector : tensor.content().vectors) save(io, vector);
}

void rewrite_tensor(redis::Io* io, redis::String* key, void* value) {
  const Tensor& tensor = tensor_of(value);
  const std::string header = encode_header(tensor);
  const auto& [data, vectors] = tensor.content();
  if (vectors.empty()) {
    api().emit_aof(io, restore_command, "sbb", key, header.data(), header.size(), text(data), data->size());
  } else if (vectors.size() == 1) {
    const Ref<Buffer>& first = vectors[0];
    api().emit_aof(io, restore_command, "sbbb", key, header.data(), header.size(), text(data), data->size(),
                   text(first), first->size());
  } else {
    const Ref<Buffer>&first = vectors[0], &second = vectors[1];
    api().emit_aof(io, restore_command, "sbbbb", key, header.data(), header.size(), text(data), data->size(),
                   text(first), first->size(), text(second), second->size());
  }
}

void digest_tensor(redis::Digest* digest, void* value) {
  const Tensor& tensor = tensor_of(value);
  const std::string header = encode_header(tensor);
  api().digest_add_buffer(digest, header.data(), header.size());
  const auto& [data, vectors] = tensor.content();
  api().digest_add_buffer(digest, text(data), data->size());
  for (const Ref<Buffer>& vector : vectors) api().digest_add_buffer(digest, text(vector), vector->size());
  api().digest_end(digest);
}

std::size_t tensor_memory(const void* value) { return tensor_of(value).footprint(); }
void free_tensor(void* value) { tensor_of(value).release(); }

/// Values are immutable: a copy is one more holder.
void* copy_tensor(redis::String*, redis::String*, const void* value) {
  tensor_of(value).retain();
  return const_cast<void*>(value);
}

/// In units of list elements; above 64 the server frees in the background.
std::size_t effort_to_free(std::size_t bytes) { return 1 + bytes / 4096; }
std::size_t tensor_free_effort(redis::String*, const void* value) { return effort_to_free(tensor_of(value).footprint()); }

std::vector<std::string> load_texts(redis::Io* io) {
  std::vector<std::string> texts;
  for (std::uint64_t i = 0, n = load_number(io); i < n; ++i) texts.emplace_back(Loaded(io).view());
  return texts;
}

void* load_script(redis::Io* io, int version) {
  return guarded(io, script_type_name, version, encoding_version, [&]() -> void* {
    const Loaded device(io), tag(io), source(io);
    std::vector<std::string> entry_points = load_texts(io);
    return new Script(std::string(device.view()), std::string(tag.view()), std::move(entry_points),
                      std::string(source.view()));
  });
}

void save_script(redis::Io* io, void* value) {
  const Script& script = script_of(value);
  save(io, script.device);
  save(io, script.tag);
  save(io, script.source);
  api().save_unsigned(io, script.entry_points.size());
  for (const std::string& function : script.entry_points) save(io, function);
}

void rewrite_script(redis::Io* io, redis::String* key, void* value) {
  const Script& script = script_of(value);
  if (script.entry_points.empty()) {
    return api().emit_aof(io, "AI.SCRIPTSET", "sccbcb", key, script.device.c_str(), "TAG", script.tag.data(),
                          script.tag.size(), "SOURCE", script.source.data(), script.source.size());
  }
  std::vector<redis::String*> functions;
  for (const std::string& f : script.entry_points)
    functions.push_back(api().create_string(nullptr, f.data(), f.size()));
  api().emit_aof(io, "AI.SCRIPTSTORE", "sccbclvcb", key, script.device.c_str(), "TAG", script.tag.data(),
                 script.tag.size(), "ENTRY_POINTS", static_cast<long long>(functions.size()), functions.data(),
                 functions.size(), "SOURCE", script.source.data(), script.source.size());
  for (redis::String* f : functions) api().free_string(nullptr, f);
}

void digest_script(redis::Digest* digest, void* value) {
  const Script& script = script_of(value);
  for (const std::string* part : {&script.device, &script.tag, &script.source}) {
    api().digest_add_buffer(digest, part->data(), part->size());
  }
  for (const std::string& function : script.entry_points) {
    api().digest_add_buffer(digest, function.data(), function.size());
  }
  api().digest_end(digest);
}

std::size_t script_memory(const void* value) { return script_of(value).footprint(); }
void free_script(void* value) { script_of(value).release(); }
void* copy_script(redis::String*, redis::String*, const void* value) {
  script_of(value).retain();
  return const_cast<void*>(value);
}

void* load_model(redis::Io* io, int version) {
  return guarded(io, model_type_name, version, model_encoding_version, [&]() -> void* {
    const Loaded device(io), tag(io);
    Model::About about;
    about.batch_size = static_cast<std::int64_t>(load_number(io));
    about.min_batch_size = static_cast<std::int64_t>(load_number(io));
    about.min_batch_timeout = static_cast<std::int64_t>(load_number(io));
    about.inputs = load_texts(io);
    about.outputs = load_texts(io);
    const Loaded archive(io);
    // Not in files of the first encoding: nothing may be left out then.
    about.required_inputs = version < 2 ? about.inputs.size() : static_cast<std::size_t>(load_number(io));
    if (about.required_inputs > about.inputs.size()) throw CommandError("more inputs are required than there are");
    return new Model(std::string(device.view()), std::string(tag.view()), std::move(about),
                     Buffer::copy_of(std::as_bytes(std::span(archive.view()))));
  });
}

void save_model(redis::Io* io, void* value) {
  const Model& model = model_of(value);
  save(io, model.device);
  save(io, model.tag);
  for (const std::int64_t number :
       {model.about.batch_size, model.about.min_batch_size, model.about.min_batch_timeout}) {
    api().save_unsigned(io, static_cast<std::uint64_t>(number));
  }
  for (const std::vector<std::string>* names : {&model.about.inputs, &model.about.outputs}) {
    api().save_unsigned(io, names->size());
    for (const std::string& name : *names) save(io, name);
  }
  save(io, model.archive);
  api().save_unsigned(io, model.about.required_inputs);
}

void rewrite_model(redis::Io* io, redis::String* key, void* value) {
  const Model& model = model_of(value);
  api().emit_aof(io, "AI.MODELSTORE", "scccbclclclcb", key, "TORCH", model.device.c_str(), "TAG", model.tag.data(),
                 model.tag.size(), "BATCHSIZE", static_cast<long long>(model.about.batch_size), "MINBATCHSIZE",
                 static_cast<long long>(model.about.min_batch_size), "MINBATCHTIMEOUT",
                 static_cast<long long>(model.about.min_batch_timeout), "BLOB", text(model.archive),
                 model.archive->size());
}

void digest_model(redis::Digest* digest, void* value) {
  const Model& model = model_of(value);
  for (const std::string* part : {&model.device, &model.tag}) {
    api().digest_add_buffer(digest, part->data(), part->size());
  }
  api().digest_add_buffer(digest, text(model.archive), model.archive->size());
  api().digest_end(digest);
}

std::size_t model_memory(const void* value) { return model_of(value).footprint(); }
void free_model(void* value) { model_of(value).release(); }
std::size_t model_free_effort(redis::String*, const void* value) { return effort_to_free(model_of(value).footprint()); }
void* copy_model(redis::String*, redis::String*, const void* value) {
  model_of(value).retain();
  return const_cast<void*>(value);
}

}  // namespace

redis::DataType* tensor_type() { return the_tensor_type; }
redis::DataType* script_type() { return the_script_type; }
redis::DataType* model_type() { return the_model_type; }

bool register_types(redis::Context* context) {
  redis::TypeMethods tensor{.rdb_load = load_tensor,
                            .rdb_save = save_tensor,
                            .aof_rewrite = rewrite_tensor,
                            .mem_usage = tensor_memory,
                            .digest = digest_tensor,
                            .free = free_tensor,
                            .free_effort = tensor_free_effort,
                            .copy = copy_tensor};
  redis::TypeMethods script{.rdb_load = load_script,
                            .rdb_save = save_script,
                            .aof_rewrite = rewrite_script,
                            .mem_usage = script_memory,
                            .digest = digest_script,
                            .free = free_script,
                            .copy = copy_script};
  redis::TypeMethods model{.rdb_load = load_model,
                           .rdb_save = save_model,
                           .aof_rewrite = rewrite_model,
                           .mem_usage = model_memory,
                           .digest = digest_model,
                           .free = free_model,
                           .free_effort = model_free_effort,
                           .copy = copy_model};
  the_model_type = api().create_data_type(context, model_type_name, model_encoding_version, &model);
  the_tensor_type = api().create_data_type(context, tensor_type_name, encoding_version, &tensor);
  the_script_type = api().create_data_type(context, script_type_name, encoding_version, &script);
  return the_tensor_type != nullptr && the_script_type != nullptr && the_model_type != nullptr;
}

}  // namespace windtunnel::tensordb
