// TENSOR.AGGUPDATE params SGD|MOMENTUM|ADAM [PARAMS k v …] RULE name [PARAMS k v …] KEYS n key …: aggregate and step in
// one pass. AI.MODELUPDATE params rate key …: the same with plain SGD and the mean, the command that SPIRT's authors
// patched into RedisAI.
#include "tensordb/command.h"
#include "tensordb/native_job.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view params, optimizer, rule;
  NamedSettings optimizer_settings, rule_settings;
  std::vector<std::string_view> keys;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() < 8) throw wrong_arity("tensor.aggupdate");
  Line line;
  line.params = arguments.take_key(redis::use::update);
  line.optimizer = arguments.take();
  line.optimizer_settings = take_settings(arguments, "RULE");
  if (!arguments.take_if("RULE") || arguments.done())
    throw CommandError("ERR RULE and its name are missing in TENSOR.AGGUPDATE");
  line.rule = arguments.take();
  line.rule_settings = take_settings(arguments, "KEYS");
  if (!arguments.take_if("KEYS")) throw CommandError("ERR KEYS is missing in TENSOR.AGGUPDATE");
  const std::optional<std::int64_t> n = arguments.done() ? std::nullopt : parse_integer(arguments.take());
  if (!n || *n < 1 || *n != arguments.left()) {
    throw CommandError("ERR the number of KEYS of TENSOR.AGGUPDATE is not the number of keys given");
  }
  line.keys = arguments.take_keys(static_cast<int>(*n), redis::use::read);
  return line;
}

Line parse_model_update(Arguments& arguments) {
  if (arguments.count() < 4) throw wrong_arity("ai.modelupdate");
  Line line;
  line.params = arguments.take_key(redis::use::update);
  line.optimizer = "sgd";
  line.optimizer_settings = {{"learning_rate", std::string(arguments.take())}};
  line.rule = "mean";
  line.keys = arguments.take_keys(arguments.left(), redis::use::read);
  return line;
}

class AggUpdateJob final : public NativeJob {
 public:
  AggUpdateJob(const Line& line, const Arguments& arguments)
      : NativeJob(Change::update, line.params, line.keys, arguments),
        optimizer_(line.optimizer, line.optimizer_settings),
        rule_(line.rule, line.rule_settings) {}

 private:
  void check_inputs() const override {
    check_same_floats(before_, inputs_[0]);
    check_same_floats(inputs_);
    rule_.check_rows(inputs_.size());
  }
  bool at_memory_speed() const override { return rule_.at_memory_speed(); }
  bool compares_rows() const override { return !rule_.by_coordinate(); }
  Plan plan(Place place) const override {
    return step_by_aggregate(runner().workers(), optimizer_, before_, rule_, inputs_, place);
  }

  NamedOptimizer optimizer_;
  NamedRule rule_;
};

template <Line (*parse)(Arguments&)>
void run(redis::Context* context, redis::String**, Arguments& arguments) {
  const Line line = parse(arguments);
  runner().run(context, std::make_unique<AggUpdateJob>(line, arguments));
}

}  // namespace

const Command tensor_aggupdate{.name = "TENSOR.AGGUPDATE",
                               .flags = "write deny-oom",
                               .parse = [](Arguments& arguments) { parse_line(arguments); },
                               .run = run<parse_line>};

const Command model_update{.name = "AI.MODELUPDATE",
                           .flags = "write deny-oom",
                           .parse = [](Arguments& arguments) { parse_model_update(arguments); },
                           .run = run<parse_model_update>};

}  // namespace windtunnel::tensordb
