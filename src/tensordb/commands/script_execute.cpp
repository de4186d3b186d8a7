// AI.SCRIPTEXECUTE and its older form AI.SCRIPTRUN: their grammar. What they do is in program_call.
#include <set>
#include <utility>

#include "tensordb/command.h"
#include "tensordb/program_call.h"

namespace windtunnel::tensordb {
namespace {

constexpr const char* command_name = "AI.SCRIPTEXECUTE";

CommandError unexpected(std::string_view argument) {
  return CommandError("ERR Invalid AI.SCRIPTEXECUTE command. Unexpected argument: " + shown(argument));
}

/// The KEYS, INPUTS, ARGS and OUTPUTS blocks of the line, each at most once.
class Blocks {
 public:
  Blocks(Arguments& arguments, ProgramLine& line) : arguments_(arguments), line_(line) {}

  void read() {
    if (!is("KEYS") && !is("INPUTS")) {
      throw CommandError("ERR KEYS or INPUTS scope must be provided first for AI.SCRIPTEXECUTE command");
    }
    while (!arguments_.done()) {
      if (take("KEYS")) {
        line_.keys = arguments_.take_keys(keys_count(), redis::use::update);
      } else if (take("INPUTS")) {
        line_.inputs = arguments_.take_tensors(count("inputs"), redis::use::read);
      } else if (take("ARGS")) {
        const int n = count("arguments");
        for (int i = 0; i < n; ++i) line_.arguments.push_back(arguments_.take());
      } else if (take("OUTPUTS")) {
        line_.outputs = arguments_.take_tensors(count("outputs"), redis::use::overwrite);
      } else if (take("TIMEOUT")) {
        line_.timeout = take_timeout(arguments_, "ERR No value provided for TIMEOUT in AI.SCRIPTEXECUTE");
        if (!arguments_.done()) throw CommandError("ERR Encountered problem parsing AI.SCRIPTEXECUTE");
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

  int count(const char* plural) {
    const std::optional<std::int64_t> n = arguments_.done() ? std::nullopt : parse_integer(arguments_.take());
    if (!n || *n < 0)
      throw CommandError(std::string("ERR Invalid argument for ") + plural + " count in AI.SCRIPTEXECUTE");
    if (*n > arguments_.left()) {
      throw CommandError(std::string("ERR number of ") + plural +
                         " to AI.SCRIPTEXECUTE command does not match the number of given arguments");
    }
    return static_cast<int>(*n);
  }

  Arguments& arguments_;
  ProgramLine& line_;
  std::set<std::string_view> seen_;
};

}  // namespace

ProgramLine parse_script_execute(Arguments& arguments) {
  if (arguments.count() < 4) throw wrong_arity(command_name);
  ProgramLine line;
  line.key = arguments.take_key(redis::use::read);
  line.function = arguments.take();
  Blocks(arguments, line).read();
  return line;
}

namespace {

/// INPUTS and OUTPUTS of the older form, which are not counted: each block goes to the next word of the grammar. A word $
/// says that a list of tensors begins; what takes a list is seen from the function.
void take_uncounted(Arguments& arguments, ProgramLine& line) {
  const auto twice = [](const std::string& what) {
    return CommandError("ERR Already encountered an " + what + " in SCRIPTRUN");
  };
  enum class Block { none, inputs, outputs } block = Block::none;
  bool inputs_seen = false, outputs_seen = false, list_seen = false;
  while (!arguments.done()) {
    if (arguments.take_if("TIMEOUT")) {
      if (line.timeout) throw twice("TIMEOUT section");
      line.timeout = take_timeout(arguments, "ERR No value provided for TIMEOUT in AI.SCRIPTRUN");
    } else if (arguments.take_if("INPUTS")) {
      if (inputs_seen) throw twice("INPUTS section");
      inputs_seen = true;
      block = Block::inputs;
    } else if (arguments.take_if("OUTPUTS")) {
      if (outputs_seen) throw twice("OUTPUTS keyword");
      outputs_seen = true;
      block = Block::outputs;
    } else if (arguments.take_if("$")) {
      if (block != Block::inputs) {
        throw CommandError("ERR Encountered a variable size list of tensors outside of input section");
      }
      if (std::exchange(list_seen, true)) throw CommandError("ERR Already encountered a variable size list of tensors");
    } else if (block == Block::inputs) {
      line.inputs.push_back(arguments.take_tensor(redis::use::read));
    } else if (block == Block::outputs) {
      line.outputs.push_back(arguments.take_tensor(redis::use::overwrite));
    } else {
      throw CommandError("ERR Unrecongnized parameter to SCRIPTRUN");  // as RedisAI spells it
    }
  }
}

}  // namespace

ProgramLine parse_script_run(Arguments& arguments) {
  if (arguments.count() < 4) throw wrong_arity("AI.SCRIPTRUN");
  ProgramLine line;
  line.key = arguments.take_key(redis::use::read);
  line.function = arguments.take();
  take_uncounted(arguments, line);
  return line;
}

const Command script_run{.name = "AI.SCRIPTRUN",
                         .flags = "write deny-oom",
                         .parse = [](Arguments& arguments) { parse_script_run(arguments); },
                         .run = [](redis::Context* context, redis::String**,
                                   Arguments& arguments) { execute(context, parse_script_run(arguments)); }};

const Command script_execute{.name = command_name,
                             .flags = "write deny-oom",
                             .parse = [](Arguments& arguments) { parse_script_execute(arguments); },
                             .run = [](redis::Context* context, redis::String**,
                                       Arguments& arguments) { execute(context, parse_script_execute(arguments)); }};

}  // namespace windtunnel::tensordb
