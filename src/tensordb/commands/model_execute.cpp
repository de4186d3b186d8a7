// AI.MODELEXECUTE and its older form AI.MODELRUN key [TIMEOUT ms] INPUTS t … OUTPUTS t …: their grammar. What they do is
// in program_call.
#include "tensordb/command.h"
#include "tensordb/program_call.h"

namespace windtunnel::tensordb {
namespace {

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
  return arguments.take_tensors(static_cast<int>(*n), wanted.use);
}

}  // namespace

ProgramLine parse_model_execute(Arguments& arguments) {
  if (arguments.count() < 8) throw wrong_arity("ai.modelexecute");
  ProgramLine line;
  line.kind = ProgramLine::Kind::model;
  line.key = arguments.take_key(redis::use::read);
  line.function = "forward";
  line.inputs = block(arguments, {"INPUTS", "Input", "input", redis::use::read});
  line.outputs = block(arguments, {"OUTPUTS", "Output", "output", redis::use::overwrite});
  if (arguments.take_if("TIMEOUT")) line.timeout = take_timeout(arguments, "ERR No value provided for TIMEOUT");
  if (!arguments.done()) throw CommandError("Invalid argument: " + shown(arguments.peek()));
  return line;
}

ProgramLine parse_model_run(Arguments& arguments) {
  if (arguments.count() < 6) throw wrong_arity("AI.MODELRUN");
  ProgramLine line;
  line.kind = ProgramLine::Kind::model;
  line.key = arguments.take_key(redis::use::read);
  line.function = "forward";
  if (arguments.take_if("TIMEOUT")) line.timeout = take_timeout(arguments, "ERR No value provided for TIMEOUT");
  if (!arguments.take_if("INPUTS")) throw CommandError("ERR INPUTS not specified");
  bool outputs = false;
  while (!arguments.done()) {
    if (!outputs && arguments.take_if("OUTPUTS")) {
      outputs = true;
    } else if (outputs) {
      line.outputs.push_back(arguments.take_tensor(redis::use::overwrite));
    } else {
      line.inputs.push_back(arguments.take_tensor(redis::use::read));
    }
  }
  return line;
}

const Command model_run{.name = "AI.MODELRUN",
                        .flags = "write deny-oom",
                        .parse = [](Arguments& arguments) { parse_model_run(arguments); },
                        .run = [](redis::Context* context, redis::String**,
                                  Arguments& arguments) { execute(context, parse_model_run(arguments)); }};

const Command model_execute{.name = "AI.MODELEXECUTE",
                            .flags = "write deny-oom",
                            .parse = [](Arguments& arguments) { parse_model_execute(arguments); },
                            .run = [](redis::Context* context, redis::String**,
                                      Arguments& arguments) { execute(context, parse_model_execute(arguments)); }};

}  // namespace windtunnel::tensordb
