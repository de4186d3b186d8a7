// AI.SCRIPTEXECUTE key function {KEYS n k … | INPUTS n t …} [KEYS …] [INPUTS …] [ARGS n a …] [OUTPUTS n o …] [TIMEOUT
// ms]
#include <set>

#include "tensordb/command.h"
#include "tensordb/engine.h"
#include "tensordb/keyspace.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

constexpr const char* command_name = "AI.SCRIPTEXECUTE";

struct Line {
  std::string_view key, function;
  std::vector<std::string_view> keys, inputs, arguments, outputs;
  std::optional<std::int64_t> timeout_ms;
};

CommandError unexpected(std::string_view argument) {
  return CommandError("ERR Invalid AI.SCRIPTEXECUTE command. Unexpected argument: " + shown(argument));
}

/// The KEYS, INPUTS, ARGS and OUTPUTS blocks of the line, each at most once.
class Blocks {
 public:
  Blocks(Arguments& arguments, Line& line) : arguments_(arguments), line_(line) {}

  void read() {
    if (!is("KEYS") && !is("INPUTS")) {
      throw CommandError("ERR KEYS or INPUTS scope must be provided first for AI.SCRIPTEXECUTE command");
    }
    while (!arguments_.done()) {
      if (take("KEYS")) {
        line_.keys = arguments_.take_keys(keys_count(), redis::use::update);
      } else if (take("INPUTS")) {
        line_.inputs = arguments_.take_keys(count("inputs", "input"), redis::use::read);
      } else if (take("ARGS")) {
        const int n = count("arguments", "argument");
        for (int i = 0; i < n; ++i) line_.arguments.push_back(arguments_.take());
      } else if (take("OUTPUTS")) {
        line_.outputs = arguments_.take_keys(count("outputs", "output"), redis::use::overwrite);
      } else if (take("TIMEOUT")) {
        read_timeout();
      } else {
        throw unexpected(arguments_.peek());
      }
    }
  }

 private:
  bool is(std::string_view word) const { return !arguments_.done() && equal_ignoring_case(arguments_.peek(), word); }

  bool take(std::string_view word) {
    if (!arguments_.take_if(word)) return false;
    if (!seen_.insert(word).second) {
      throw CommandError("ERR Already Encountered " + std::string(word) + " scope in AI.SCRIPTEXECUTE command");
    }
    return true;
  }

  int keys_count() {
    if (arguments_.left() < 2) throw CommandError("ERR Missing arguments after KEYS keyword");
    const std::optional<std::int64_t> n = parse_integer(arguments_.take());
    if (!n || *n <= 0) throw CommandError("ERR Invalid or negative value found in number of KEYS");
    if (*n > arguments_.left()) {
      throw CommandError(
          "ERR Number of pre declared KEYS to be used in the command does not match the number of given "
          "arguments");
    }
    return static_cast<int>(*n);
  }

  int count(const char* plural, const char*) {
    const std::optional<std::int64_t> n = arguments_.done() ? std::nullopt : parse_integer(arguments_.take());
    if (!n || *n < 0)
      throw CommandError(std::string("ERR Invalid argument for ") + plural + " count in AI.SCRIPTEXECUTE");
    if (*n > arguments_.left()) {
      throw CommandError(std::string("ERR number of ") + plural +
                         " to AI.SCRIPTEXECUTE command does not match the number of given arguments");
    }
    return static_cast<int>(*n);
  }

  void read_timeout() {
    if (arguments_.done()) throw CommandError("ERR No value provided for TIMEOUT in AI.SCRIPTEXECUTE");
    const std::optional<std::int64_t> ms = parse_integer(arguments_.take());
    if (!ms || *ms <= 0) throw CommandError("ERR Invalid value for TIMEOUT");
    line_.timeout_ms = ms;
    if (!arguments_.done()) throw CommandError("ERR Encountered problem parsing AI.SCRIPTEXECUTE");
  }

  Arguments& arguments_;
  Line& line_;
  std::set<std::string_view> seen_;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() < 4) throw wrong_arity(command_name);
  Line line;
  line.key = arguments.take_key(redis::use::read);
  line.function = arguments.take();
  Blocks(arguments, line).read();
  return line;
}

std::vector<std::string> owned(const std::vector<std::string_view>& views) { return {views.begin(), views.end()}; }

class ExecuteJob final : public Job {
 public:
  explicit ExecuteJob(const Line& line) : key_(line.key), inputs_(owned(line.inputs)), outputs_(owned(line.outputs)) {
    call_.function = line.function;
    call_.keys = owned(line.keys);
    call_.arguments = owned(line.arguments);
    call_.outputs = outputs_.size();
    reads = inputs_;
    reads.push_back(key_);
    writes = outputs_;
    if (line.timeout_ms) timeout = std::chrono::milliseconds(*line.timeout_ms);
  }

  void gather(redis::Context* context) override {
    script_ = find_script(context, key_);
    call_.inputs.clear();
    for (const std::string& input : inputs_) call_.inputs.push_back(find_tensor(context, input));
    for (const std::string& output : outputs_) check_tensor_or_empty(context, output);
  }

  void compute(const JobContext& context) override {
    call_.deadline = context.deadline;
    call_.cancelled = context.cancelled;
    results_ = script_->statistics.count([&] { return script_->program()->run(call_); });
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
  ScriptRef script_;
  std::vector<TensorRef> results_, replaced_;
};

void run(redis::Context* context, redis::String**, Arguments& arguments) {
  const Line line = parse_line(arguments);
  // A program may run for long: nothing may wait for it while the whole server does.
  if ((redis::api().context_flags(context) & (redis::flag::multi | redis::flag::lua)) != 0) {
    throw CommandError("ERR Cannot run RedisAI command within a transaction or a LUA script");
  }
  runner().run(context, std::make_unique<ExecuteJob>(line));
}

}  // namespace

const Command script_execute{.name = command_name,
                             .flags = "write deny-oom",
                             .parse = [](Arguments& arguments) { parse_line(arguments); },
                             .run = run};

}  // namespace windtunnel::tensordb
