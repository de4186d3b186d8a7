// AI.SCRIPTSTORE key device [TAG t] ENTRY_POINTS n name … SOURCE text, its older form AI.SCRIPTSET key device [TAG t]
// SOURCE text, AI.SCRIPTGET, AI.SCRIPTDEL
#include "tensordb/command.h"
#include "tensordb/device.h"
#include "tensordb/engine.h"
#include "tensordb/keyspace.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

/// Longest program text, bytes. The compiler recurses over it; the workers' stacks are made for this much.
constexpr std::size_t max_source = 128 * 1024;

/// Deepest nesting of brackets: the compiler's time grows with its square.
constexpr int max_nesting = 200;

void check_nesting(std::string_view source) {
  int depth = 0;
  for (const char c : source) {
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
    if (depth > max_nesting) throw CommandError("ERR script source nests brackets more than 200 deep");
  }
}

struct Line {
  std::string_view key, device, tag, source;
  std::vector<std::string> entry_points;
};

/// Whether the functions that may be called are named.
enum class Form { store, set };

void take_entry_points(Arguments& arguments, Line& line) {
  if (!arguments.take_if("ENTRY_POINTS")) throw CommandError("ERR Insufficient arguments, missing script entry points");
  const std::optional<std::int64_t> n = arguments.done() ? std::nullopt : parse_integer(arguments.take());
  if (!n) throw CommandError("ERR Non numeric entry points number provided to AI.SCRIPTSTORE command");
  if (*n < 1 || *n > arguments.left() - 2)
    throw CommandError("ERR Insufficient arguments, missing script entry points");
  for (std::int64_t i = 0; i < *n; ++i) line.entry_points.emplace_back(arguments.take());
}

template <Form form>
Line parse_line(Arguments& arguments) {
  constexpr bool store = form == Form::store;
  if (arguments.count() < (store ? 6 : 4)) throw wrong_arity(store ? "ai.scriptstore" : "ai.scriptset");
  Line line;
  line.key = arguments.take_key(redis::use::overwrite);
  line.device = arguments.take();
  if (arguments.take_if("TAG")) {
    if (arguments.done()) throw CommandError("ERR Insufficient arguments, missing script TAG");
    line.tag = arguments.take();
  }
  if (store) take_entry_points(arguments, line);
  if (!arguments.take_if("SOURCE") || arguments.done()) {
    throw CommandError("ERR Insufficient arguments, missing script SOURCE");
  }
  line.source = arguments.take();
  if (line.source.size() > max_source) throw CommandError("ERR script source is longer than 131072 bytes");
  check_nesting(line.source);
  if (!device_named(line.device)) throw CommandError("ERR unsupported device");
  return line;
}

class StoreJob final : public Job {
 public:
  explicit StoreJob(const Line& line)
      : key_(line.key),
        script_(ScriptRef::adopt(
            new Script(std::string(line.device), std::string(line.tag), line.entry_points, std::string(line.source)))) {
    writes.push_back(key_);
  }
  void gather(redis::Context* context) override { check_script_or_empty(context, key_); }
  // What comes from a log was compiled when it was first stored; it is compiled again when it is first called.
  void compute(const JobContext& context) override {
    if (!context.from_log) script_->program();
  }
  bool commit(redis::Context* context) override {
    store_script(context, key_, script_);
    std::vector<redis::String*> functions;
    for (const std::string& f : script_->entry_points) {
      functions.push_back(redis::api().create_string(context, f.data(), f.size()));
    }
    if (functions.empty()) {
      redis::api().replicate(context, "AI.SCRIPTSET", "bccbcb", key_.data(), key_.size(), script_->device.c_str(),
                             "TAG", script_->tag.data(), script_->tag.size(), "SOURCE", script_->source.data(),
                             script_->source.size());
      return true;
    }
    redis::api().replicate(context, "AI.SCRIPTSTORE", "bccbclvcb", key_.data(), key_.size(), script_->device.c_str(),
                           "TAG", script_->tag.data(), script_->tag.size(), "ENTRY_POINTS",
                           static_cast<long long>(functions.size()), functions.data(), functions.size(), "SOURCE",
                           script_->source.data(), script_->source.size());
    for (redis::String* f : functions) redis::api().free_string(context, f);
    return true;
  }

 private:
  std::string key_;
  ScriptRef script_;
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
  bool meta = false, source = false;
};

GetLine parse_get(Arguments& arguments) {
  if (arguments.count() < 2 || arguments.count() > 4) throw wrong_arity("ai.scriptget");
  GetLine line;
  line.key = arguments.take_key(redis::use::read);
  while (!arguments.done()) {
    if (arguments.take_if("META")) {
      line.meta = true;
    } else if (arguments.take_if("SOURCE")) {
      line.source = true;
    } else {
      throw CommandError("ERR unsupported data format");
    }
  }
  if (!line.meta && !line.source) line.meta = line.source = true;
  return line;
}

void get(redis::Context* context, redis::String**, Arguments& arguments) {
  const GetLine line = parse_get(arguments);
  const ScriptRef script = find_script(context, line.key);
  const redis::Api& api = redis::api();
  auto text = [&](std::string_view word) { api.reply_buffer(context, word.data(), word.size()); };
  if (!line.meta) return text(script->source);
  api.reply_array(context, line.source ? 8 : 6);
  text("device");
  text(script->device);
  text("tag");
  text(script->tag);
  text("Entry Points");
  api.reply_array(context, static_cast<long>(script->entry_points.size()));
  for (const std::string& function : script->entry_points) text(function);
  if (line.source) {
    text("source");
    text(script->source);
  }
}

std::string_view parse_del(Arguments& arguments) {
  if (arguments.count() != 2) throw wrong_arity("ai.scriptdel");
  return arguments.take_key(redis::use::remove);
}

}  // namespace

const Command script_store{
    .name = "AI.SCRIPTSTORE", .flags = "write deny-oom", .parse = parse<Form::store>, .run = run<Form::store>};

const Command script_set{
    .name = "AI.SCRIPTSET", .flags = "write deny-oom", .parse = parse<Form::set>, .run = run<Form::set>};

const Command script_get{.name = "AI.SCRIPTGET",
                         .flags = "readonly",
                         .parse = [](Arguments& arguments) { parse_get(arguments); },
                         .run = get};

const Command script_del{.name = "AI.SCRIPTDEL",
                         .flags = "write",
                         .parse = [](Arguments& arguments) { parse_del(arguments); },
                         .run =
                             [](redis::Context* context, redis::String**, Arguments& arguments) {
                               delete_script(context, parse_del(arguments));
                               redis::api().replicate_verbatim(context);
                               redis::api().reply_simple(context, "OK");
                             }};

}  // namespace windtunnel::tensordb
