// TENSOR.INFO: what this server can do, as a flat list of names and values.
#include "aggregation/optimizer.h"
#include "aggregation/rules.h"
#include "tensordb/command.h"
#include "tensordb/runner.h"
#include "tensordb/version.h"

namespace windtunnel::tensordb {
namespace {

void run(redis::Context* context, redis::String**, Arguments& arguments) {
  if (arguments.count() != 1) throw wrong_arity("tensor.info");
  const redis::Api& api = redis::api();
  auto text = [&](std::string_view word) { api.reply_buffer(context, word.data(), word.size()); };
  auto list = [&](const char* what, const std::vector<std::string_view>& words) {
    text(what);
    api.reply_array(context, static_cast<long>(words.size()));
    for (const std::string_view word : words) text(word);
  };
  api.reply_array(context, 12);
  text("version");
  text(version_text);
  text("torch");
  text(WINDTUNNEL_TORCH_VERSION);
  text("threads");
  api.reply_integer(context, runner().settings().threads);
  text("waiting");
  api.reply_integer(context, static_cast<long long>(runner().waiting()));
  list("rules", names_of(aggregation::rules()));
  list("optimizers", names_of(aggregation::optimizers()));
}

}  // namespace

const Command tensor_info{.name = "TENSOR.INFO", .flags = "readonly fast", .parse = [](Arguments&) {}, .run = run};

}  // namespace windtunnel::tensordb
