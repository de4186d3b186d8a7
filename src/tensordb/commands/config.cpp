// AI.CONFIG GET name | MODEL_CHUNK_SIZE bytes | BACKENDSPATH folder | LOADBACKEND backend file: RedisAI's settings
// while the server runs.
#include <filesystem>

#include "tensordb/command.h"
#include "tensordb/engine.h"
#include "tensordb/module_settings.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

namespace fs = std::filesystem;

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code none_of_them;
  return fs::equivalent(a, b, none_of_them);
}

/// Loads LibTorch, which takes a second, before somebody waits for it.
class LoadJob final : public Job {
 public:
  void gather(redis::Context*) override {}
  void compute(const JobContext&) override { engine(); }
  bool commit(redis::Context*) override { return true; }
};

void load_backend(redis::Context* context, std::string_view backend, const fs::path& file) {
  if (!equal_ignoring_case(backend, "TORCH")) {
    for (const char* known : {"TF", "TFLITE", "ONNX"}) {
      if (equal_ignoring_case(backend, known)) throw CommandError("ERR error loading backend");
    }
    throw CommandError("ERR unsupported backend");
  }
  const fs::path own = engine_library();
  // A relative name counts from BACKENDSPATH.
  if (!same_file(own.parent_path() / file, own)) {
    throw CommandError("ERR error loading backend: TORCH comes with the module and is " + own.string());
  }
  runner().run(context, std::make_unique<LoadJob>());
}

void set_backends_path(redis::Context* context, const fs::path& folder) {
  const fs::path own = engine_library().parent_path();
  if (!same_file(folder, own)) {
    throw CommandError("ERR BACKENDSPATH: cannot be changed, the backend lies beside the module in " + own.string());
  }
  redis::api().reply_simple(context, "OK");
}

void get(redis::Context* context, std::string_view name) {
  auto value = setting_named(name);
  if (equal_ignoring_case(name, "BACKENDSPATH")) value = engine_library().parent_path().string();
  if (!value) {
    redis::api().reply_null(context);
  } else if (const auto* number = std::get_if<std::int64_t>(&*value)) {
    redis::api().reply_integer(context, *number);
  } else {
    const auto& word = std::get<std::string>(*value);
    redis::api().reply_buffer(context, word.data(), word.size());
  }
}

void run(redis::Context* context, redis::String**, Arguments& arguments) {
  if (arguments.count() < 2) throw wrong_arity("ai.config");
  const std::string_view what = arguments.take();
  if (equal_ignoring_case(what, "LOADBACKEND")) {
    if (arguments.left() != 2) throw wrong_arity("ai.config|loadbackend");
    const std::string_view backend = arguments.take();
    return load_backend(context, backend, arguments.take());
  }
  if (arguments.left() > 1) throw wrong_arity("ai.config");
  if (equal_ignoring_case(what, "GET")) {
    if (arguments.done()) throw CommandError("ERR GET: missing config field");
    return get(context, arguments.take());
  }
  if (equal_ignoring_case(what, "BACKENDSPATH")) {
    if (arguments.done()) throw CommandError("ERR BACKENDSPATH: missing path argument");
    return set_backends_path(context, arguments.take());
  }
  if (equal_ignoring_case(what, "MODEL_CHUNK_SIZE")) {
    if (arguments.done()) throw CommandError("ERR MODEL_CHUNK_SIZE: missing chunk size");
    set_model_chunk_bytes(parse_integer(arguments.take()));
    redis::api().reply_simple(context, "OK");
    return;
  }
  if (equal_ignoring_case(what, "MAX_SCRIPT_MB")) {
    if (arguments.done()) throw CommandError("ERR MAX_SCRIPT_MB: missing number of MiB");
    set_max_script_mb(parse_integer(arguments.take()));
    redis::api().reply_simple(context, "OK");
    return;
  }
  if (setting_named(what)) throw CommandError("ERR " + shown(what) + ": can only be set when the module is loaded");
  throw CommandError("ERR unsupported subcommand");
}

}  // namespace

const Command config{.name = "AI.CONFIG", .flags = "admin", .parse = [](Arguments&) {}, .run = run};

}  // namespace windtunnel::tensordb
