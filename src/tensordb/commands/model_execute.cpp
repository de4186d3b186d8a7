// AI.MODELEXECUTE key INPUTS n t … OUTPUTS n o … [TIMEOUT ms]
#include "tensordb/command.h"
#include "tensordb/engine.h"
#include "tensordb/keyspace.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

constexpr const char* command_name = "AI.MODELEXECUTE";

struct Line {
  std::string_view key;
  std::vector<std::string_view> inputs, outputs;
  std::optional<std::int64_t> timeout_ms;
};

struct Block {
  const char* word;      // INPUTS
  const char* singular;  // Input
  const char* plural;    // input
  int use;
};

std::vector<std::string_view> block(Arguments& arguments, const Block& wanted) {
  if (!arguments.take_if(wanted.word)) throw CommandError(std::string("ERR ") + wanted.word + " not specified");
  const std::optional<std::int64_t> n = arguments.done() ? std::nullopt : parse_integer(arguments.take());
  if (!n || *n <= 0) throw CommandError(std::string("ERR ") + wanted.singular + " count must be a positive integer");
  if (*n > arguments.left()) {
    throw CommandError(std::string("ERR number of ") + wanted.plural +
                       " keys to AI.MODELEXECUTE command does not match the number of given arguments");
  }
  return arguments.take_keys(static_cast<int>(*n), wanted.use);
}

Line parse_line(Arguments& arguments) {
  if (arguments.count() < 8) throw wrong_arity("ai.modelexecute");
  Line line;
  line.key = arguments.take_key(redis::use::read);
  line.inputs = block(arguments, {"INPUTS", "Input", "input", redis::use::read});
  line.outputs = block(arguments, {"OUTPUTS", "Output", "output", redis::use::overwrite});
  if (arguments.done()) return line;
  if (!arguments.take_if("TIMEOUT")) throw CommandError("Invalid argument: " + shown(arguments.peek()));
  if (arguments.done()) throw CommandError("ERR No value provided for TIMEOUT");
  line.timeout_ms = parse_integer(arguments.take());
  if (!line.timeout_ms || *line.timeout_ms <= 0) throw CommandError("ERR Invalid value for TIMEOUT");
  if (!arguments.done()) throw CommandError("Invalid argument: " + shown(arguments.peek()));
  return line;
}

class ExecuteJob final : public Job {
 public:
  explicit ExecuteJob(const Line& line)
      : key_(line.key),
        inputs_(line.inputs.begin(), line.inputs.end()),
        outputs_(line.outputs.begin(), line.outputs.end()) {
    call_.function = "forward";
    call_.outputs = outputs_.size();
    reads = inputs_;
    reads.push_back(key_);
    writes = outputs_;
    if (line.timeout_ms) timeout = std::chrono::milliseconds(*line.timeout_ms);
  }
  void gather(redis::Context* context) override {
    model_ = find_model(context, key_);
    call_.inputs.clear();
    for (const std::string& input : inputs_) call_.inputs.push_back(find_tensor(context, input));
    for (const std::string& output : outputs_) check_tensor_or_empty(context, output);
  }
  void compute(const JobContext& context) override {
    call_.deadline = context.deadline;
    call_.cancelled = context.cancelled;
    results_ = model_->statistics.count([&] { return model_->program()->run(call_); });
  }
  bool commit(redis::Context* context) override {
    for (const std::string& output : outputs_) check_tensor_or_empty(context, output);
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      replaced_.push_back(store_tensor(context, outputs_[i], results_[i], Ttl::clear));
      replicate_tensor(context, outputs_[i], *results_[i]);
    }
    return true;
  }

 private:
  std::string key_;
  std::vector<std::string> inputs_, outputs_;
  ScriptCall call_;
  ModelRef model_;
  std::vector<TensorRef> results_, replaced_;
};

}  // namespace

const Command model_execute{
    .name = command_name,
    .flags = "write deny-oom",
    .parse = [](Arguments& arguments) { parse_line(arguments); },
    .run =
        [](redis::Context* context, redis::String**, Arguments& arguments) {
          const Line line = parse_line(arguments);
          if ((redis::api().context_flags(context) & (redis::flag::multi | redis::flag::lua)) != 0) {
            throw CommandError("ERR Cannot run RedisAI command within a transaction or a LUA script");
          }
          runner().run(context, std::make_unique<ExecuteJob>(line));
        }};

}  // namespace windtunnel::tensordb
