// TENSOR.AGGUPDATE params SGD|MOMENTUM|ADAM [PARAMS k v …] RULE name [PARAMS k v …] KEYS n key …: aggregate and step in
// one pass. AI.MODELUPDATE params rate key …: the same with plain SGD and the mean, the command that SPIRT's authors
// patched into RedisAI.
#include "tensordb/command.h"
#include "tensordb/keyspace.h"
#include "tensordb/native_math.h"
#include "tensordb/native_replication.h"
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

class AggUpdateJob final : public Job {
 public:
  AggUpdateJob(const Line& line, const Arguments& arguments)
      : optimizer_(line.optimizer, line.optimizer_settings),
        rule_(line.rule, line.rule_settings),
        params_(line.params),
        command_(arguments) {
    reads.assign(line.keys.begin(), line.keys.end());
    writes.push_back(params_);
  }
  void gather(redis::Context* context) override {
    inputs_.assign(1, find_tensor(context, params_));
    for (const std::string& key : reads) inputs_.push_back(find_tensor(context, key));
    check_same_floats(inputs_);
    rule_.check_rows(reads.size());
  }
  bool brief() const override {
    return static_cast<std::int64_t>(reads.size() * reads.size()) * inputs_[0]->count() <= brief_work;
  }
  void compute(const JobContext&) override {
    result_ = step_by_aggregate(runner().workers(), optimizer_, inputs_[0], rule_, std::span(inputs_).subspan(1));
  }
  bool commit(redis::Context* context) override {
    if (!unchanged(context, params_, inputs_[0])) return false;
    bool same_inputs = true;
    for (std::size_t i = 0; i < reads.size(); ++i) {
      same_inputs = same_inputs && unchanged(context, reads[i], inputs_[i + 1]);
    }
    replaced_ = store_tensor(context, params_, result_, Ttl::keep);
    if (same_inputs) {
      command_.replicate(context);
    } else {
      replicate_tensor(context, params_, *result_);
    }
    return true;
  }

 private:
  NamedOptimizer optimizer_;
  NamedRule rule_;
  std::string params_;
  CommandLine command_;
  std::vector<TensorRef> inputs_;
  TensorRef result_, replaced_;
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
