// AI.INFO key [RESETSTAT]: how often a script or model ran and for how long.
#include "tensordb/command.h"
#include "tensordb/keyspace.h"
#include "tensordb/types.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view key;
  bool reset = false;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() != 2 && arguments.count() != 3) throw wrong_arity("ai.info");
  Line line;
  line.key = arguments.take_key(redis::use::read);
  if (!arguments.done()) {
    if (!arguments.take_if("RESETSTAT")) throw CommandError("ERR only RESETSTAT may follow the key of AI.INFO");
    line.reset = true;
  }
  return line;
}

void reply(redis::Context* context, const Line& line, const char* type, const StoredProgram& of, std::int64_t samples) {
  const redis::Api& api = redis::api();
  if (line.reset) {
    of.statistics.calls = of.statistics.errors = of.statistics.duration_us = of.statistics.samples = 0;
    api.reply_simple(context, "OK");
    return;
  }
  auto text = [&](std::string_view word) { api.reply_buffer(context, word.data(), word.size()); };
  auto number = [&](std::string_view what, std::int64_t value) {
    text(what);
    api.reply_integer(context, value);
  };
  api.reply_array(context, 18);
  text("key");
  text(line.key);
  text("type");
  text(type);
  text("backend");
  text("TORCH");
  text("device");
  text(of.device);
  text("tag");
  text(of.tag);
  number("duration", of.statistics.duration_us);
  number("samples", samples);
  number("calls", of.statistics.calls);
  number("errors", of.statistics.errors);
}

void run(redis::Context* context, redis::String**, Arguments& arguments) {
  const Line line = parse_line(arguments);
  const OpenKey key(context, line.key, redis::read_key);
  if (key.holds(script_type())) {
    constexpr std::int64_t not_counted = -1;  // RedisAI's word for a script, whose outputs need not be samples
    return reply(context, line, "SCRIPT", *static_cast<const Script*>(key.value()), not_counted);
  }
  if (!key.holds(model_type())) throw CommandError("ERR cannot find run info for key");
  const auto& model = *static_cast<const Model*>(key.value());
  reply(context, line, "MODEL", model, model.statistics.samples);
}

}  // namespace

const Command script_info{
    .name = "AI.INFO", .flags = "readonly", .parse = [](Arguments& arguments) { parse_line(arguments); }, .run = run};

}  // namespace windtunnel::tensordb
