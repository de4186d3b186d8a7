// TENSOR.AGGUPDATE params SGD|MOMENTUM|ADAM [PARAMS k v …] RULE … (as TENSOR.AGGREGATE): aggregate and step in one pass. AI.MODELUPDATE params rate key …: the same with plain SGD and the mean, the command that SPIRT's authors
// patched into RedisAI.
#include "tensordb/command.h"
#include "tensordb/native_job.h"
#include "tensordb/rule_line.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view params, optimizer;
  NamedSettings optimizer_settings;
  RuleLine rule;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() < 8) throw wrong_arity("tensor.aggupdate");
  Line line;
  line.params = arguments.take_key(redis::use::update);
  line.optimizer = arguments.take();
  line.optimizer_settings = take_settings(arguments, "RULE");
  line.rule = take_rule(arguments, "TENSOR.AGGUPDATE");
  return line;
}

Line parse_model_update(Arguments& arguments) {
  if (arguments.count() < 4) throw wrong_arity("ai.modelupdate");
  Line line;
  line.params = arguments.take_key(redis::use::update);
  line.optimizer = "sgd";
  line.optimizer_settings = {{"learning_rate", std::string(arguments.take())}};
  line.rule.rule = "mean";
  line.rule.keys = arguments.take_keys(arguments.left(), redis::use::read);
  return line;
}

class AggUpdateJob final : public NativeJob {
 public:
  AggUpdateJob(const Line& line, const Arguments& arguments)
      : NativeJob(Change::update, line.params, line.rule.all_keys(), arguments),
        optimizer_(line.optimizer, line.optimizer_settings),
        rule_(line.rule) {}

 private:
  void check_inputs() const override {
    check_same_floats(before_, inputs_[0]);
    rule_.check_inputs(inputs_);
  }
  bool at_memory_speed() const override { return rule_.rule().at_memory_speed(); }
  double kept_bytes() const override { return rule_.kept_bytes(inputs_); }
  Plan plan(Place place) const override {
    return step_by_aggregate(runner().workers(), optimizer_, before_, rule_.rule(),
                             {rule_.rows(inputs_), rule_.beside(inputs_)}, place);
  }

  NamedOptimizer optimizer_;
  LineRule rule_;
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
