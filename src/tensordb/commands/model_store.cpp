// AI.MODELSTORE key TORCH device [TAG t] [BATCHSIZE n [MINBATCHSIZE m [MINBATCHTIMEOUT ms]]] BLOB chunk …, its older
// form AI.MODELSET, where names of inputs and outputs may stand before BLOB and say nothing, AI.MODELGET, AI.MODELDEL. Batch settings are kept and shown; every call runs by itself.
#include "tensordb/borrowed_values.h"
#include "tensordb/command.h"
#include "tensordb/device.h"
#include "tensordb/engine.h"
#include "tensordb/keyspace.h"
#include "tensordb/module_settings.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view key, device, tag;
  Model::About about;
  std::span<redis::String* const> chunks;
};

std::int64_t batch_number(Arguments& arguments, const char* name) {
  const std::optional<std::int64_t> n = arguments.done() ? std::nullopt : parse_integer(arguments.take());
  if (!n || *n < 0) throw CommandError(std::string("ERR Invalid argument for ") + name);
  return *n;
}

void check_backend(std::string_view backend) {
  if (equal_ignoring_case(backend, "TORCH")) return;
  for (const char* known : {"TF", "TFLITE", "ONNX"}) {
    if (equal_ignoring_case(backend, known)) throw CommandError("ERR Could not load backend");
  }
  throw CommandError("ERR unsupported backend");
}

enum class Form { store, set };

template <Form form>
Line parse_line(Arguments& arguments) {
  if (arguments.count() < (form == Form::store ? 5 : 4)) {
    throw wrong_arity(form == Form::store ? "ai.modelstore" : "ai.modelset");
  }
  Line line;
  line.key = arguments.take_key(redis::use::overwrite);
  check_backend(arguments.take());
  line.device = arguments.take();
  if (!device_named(line.device)) throw CommandError("ERR Invalid DEVICE");
  bool has_blob = false;
  while (!arguments.done() && !has_blob) {
    if (arguments.take_if("TAG")) {
      if (arguments.done()) throw CommandError("ERR Insufficient arguments, missing model TAG");
      line.tag = arguments.take();
    } else if (arguments.take_if("BATCHSIZE")) {
      line.about.batch_size = batch_number(arguments, "BATCHSIZE");
    } else if (arguments.take_if("MINBATCHSIZE")) {
      line.about.min_batch_size = batch_number(arguments, "MINBATCHSIZE");
    } else if (arguments.take_if("MINBATCHTIMEOUT")) {
      line.about.min_batch_timeout = batch_number(arguments, "MINBATCHTIMEOUT");
    } else if (form == Form::set && (arguments.take_if("INPUTS") || arguments.take_if("OUTPUTS"))) {
      while (!arguments.done() && !equal_ignoring_case(arguments.peek(), "BLOB")) arguments.take();
    } else if (arguments.take_if("INPUTS")) {
      throw CommandError("ERR INPUTS argument should not be specified for this backend");
    } else if (arguments.take_if("OUTPUTS")) {
      throw CommandError("ERR OUTPUTS argument should not be specified for this backend");
    } else if (arguments.take_if("BLOB")) {
      has_blob = true;
    } else {
      throw CommandError("ERR Invalid argument: " + shown(arguments.peek()));
    }
  }
  if (line.about.min_batch_size > 0 && line.about.batch_size == 0)
    throw CommandError("ERR MINBATCHSIZE specified without BATCHSIZE");
  if (line.about.min_batch_timeout > 0 && line.about.min_batch_size == 0) {
    throw CommandError("ERR MINBATCHTIMEOUT specified without MINBATCHSIZE");
  }
  if (!has_blob || arguments.done()) throw CommandError("ERR Insufficient arguments, missing model BLOB");
  line.chunks = arguments.take_many(arguments.left());
  return line;
}

/// The archive is put together by the worker that loads it: on the main thread a large one would keep others waiting.
class StoreJob final : public Job {
 public:
  explicit StoreJob(Line line)
      : key_(line.key),
        device_(line.device),
        tag_(line.tag),
        about_(std::move(line.about)),
        chunks_(line.chunks),
        bytes_(chunks_.total_bytes()) {
    writes.push_back(key_);
  }
  void gather(redis::Context* context) override { check_model_or_empty(context, key_); }
  void compute(const JobContext& context) override {
    // Loaded also when it comes from a log, whose machine may have had another device: only LibTorch knows the names
    // of its inputs.
    if (!archive_) {
      Ref<Buffer> whole = Buffer::allocate(bytes_);
      chunks_.join_to(whole->mutable_data());
      archive_ = std::move(whole);
    }
    const Device device = context.from_log ? Device{} : stored_device(device_);
    std::shared_ptr<const Program> program = engine().load(*archive_, device);
    const Signature signature = program->signature();
    about_.inputs = signature.inputs;
    about_.outputs = signature.outputs;
    about_.required_inputs = signature.required_inputs;
    auto* model = new Model(device_, tag_, about_, archive_);
    if (!context.from_log) model->keep(std::move(program));
    model_ = ModelRef::adopt(model);
  }
  bool commit(redis::Context* context) override {
    replaced_ = store_model(context, key_, model_);
    if (!should_be_offered(context, archive_->size())) return true;
    redis::api().replicate(context, "AI.MODELSTORE", "bcccbclclclcb", key_.data(), key_.size(), "TORCH",
                           device_.c_str(), "TAG", tag_.data(), tag_.size(), "BATCHSIZE",
                           static_cast<long long>(about_.batch_size), "MINBATCHSIZE",
                           static_cast<long long>(about_.min_batch_size), "MINBATCHTIMEOUT",
                           static_cast<long long>(about_.min_batch_timeout), "BLOB",
                           reinterpret_cast<const char*>(archive_->data()), archive_->size());
    return true;
  }
  void let_go_of_arguments() override { chunks_.let_go(); }

 private:
  std::string key_, device_, tag_;
  Model::About about_;
  BorrowedValues chunks_;
  std::size_t bytes_;
  Ref<Buffer> archive_;
  ModelRef model_, replaced_;
};

template <Form form>
void parse(Arguments& arguments) {
  parse_line<form>(arguments);
}
template <Form form>
void run(redis::Context* context, redis::String**, Arguments& arguments) {
  runner().run(context, std::make_unique<StoreJob>(parse_line<form>(arguments)));
}

struct GetLine {
  std::string_view key;
  bool meta = false, blob = false;
};

GetLine parse_get(Arguments& arguments) {
  if (arguments.count() < 2 || arguments.count() > 4) throw wrong_arity("ai.modelget");
  GetLine line;
  line.key = arguments.take_key(redis::use::read);
  while (!arguments.done()) {
    if (arguments.take_if("META")) {
      line.meta = true;
    } else if (arguments.take_if("BLOB")) {
      line.blob = true;
    } else {
      throw CommandError("ERR unsupported data format");
    }
  }
  if (!line.meta && !line.blob) line.meta = line.blob = true;
  return line;
}

/// One string, or an array of strings when it is longer than MODEL_CHUNK_SIZE.
void reply_in_chunks(redis::Context* context, std::span<const std::byte> bytes) {
  const redis::Api& api = redis::api();
  const auto longest = static_cast<std::size_t>(settings().model_chunk_bytes);
  if (bytes.size() > longest) api.reply_array(context, static_cast<long>((bytes.size() + longest - 1) / longest));
  do {
    const std::span<const std::byte> chunk = bytes.first(std::min(longest, bytes.size()));
    api.reply_buffer(context, reinterpret_cast<const char*>(chunk.data()), chunk.size());
    bytes = bytes.subspan(chunk.size());
  } while (!bytes.empty());
}

void reply_model(redis::Context* context, const Model& model, const GetLine& line) {
  const redis::Api& api = redis::api();
  auto text = [&](std::string_view word) { api.reply_buffer(context, word.data(), word.size()); };
  auto list = [&](const char* what, const std::vector<std::string>& words) {
    text(what);
    api.reply_array(context, static_cast<long>(words.size()));
    for (const std::string& word : words) text(word);
  };
  auto number = [&](const char* what, std::int64_t value) {
    text(what);
    api.reply_integer(context, value);
  };
  if (!line.meta) return reply_in_chunks(context, model.archive->bytes());
  api.reply_array(context, line.blob ? 18 : 16);
  text("backend");
  text("TORCH");
  text("device");
  text(model.device);
  text("tag");
  text(model.tag);
  number("batchsize", model.about.batch_size);
  number("minbatchsize", model.about.min_batch_size);
  list("inputs", model.about.inputs);
  list("outputs", model.about.outputs);
  number("minbatchtimeout", model.about.min_batch_timeout);
  if (line.blob) {
    text("blob");
    reply_in_chunks(context, model.archive->bytes());
  }
}

/// A worker puts a long reply together.
class GetJob final : public Job {
 public:
  explicit GetJob(const GetLine& line) : key_(line.key), line_(line) {}
  void gather(redis::Context* context) override { model_ = find_model(context, key_); }
  bool brief() const override { return !replies_at_length(); }
  void compute(const JobContext&) override {}
  bool commit(redis::Context*) override { return true; }
  void reply(redis::Context* context) override { reply_model(context, *model_, line_); }
  bool replies_at_length() const override { return line_.blob && model_->archive->size() >= many_bytes; }

 private:
  std::string key_;
  GetLine line_;  // but for its key, whose text is the command's
  ModelRef model_;
};

std::string_view parse_del(Arguments& arguments) {
  if (arguments.count() != 2) throw wrong_arity("ai.modeldel");
  return arguments.take_key(redis::use::remove);
}

}  // namespace

const Command model_store{
    .name = "AI.MODELSTORE", .flags = "write deny-oom", .parse = parse<Form::store>, .run = run<Form::store>};

const Command model_set{
    .name = "AI.MODELSET", .flags = "write deny-oom", .parse = parse<Form::set>, .run = run<Form::set>};

const Command model_get{.name = "AI.MODELGET",
                        .flags = "readonly",
                        .parse = [](Arguments& arguments) { parse_get(arguments); },
                        .run = [](redis::Context* context, redis::String**, Arguments& arguments) {
                          runner().run(context, std::make_unique<GetJob>(parse_get(arguments)));
                        }};

const Command model_del{.name = "AI.MODELDEL",
                        .flags = "write",
                        .parse = [](Arguments& arguments) { parse_del(arguments); },
                        .run =
                            [](redis::Context* context, redis::String**, Arguments& arguments) {
                              delete_model(context, parse_del(arguments));
                              redis::api().replicate_verbatim(context);
                              redis::api().reply_simple(context, "OK");
                            }};

}  // namespace windtunnel::tensordb
