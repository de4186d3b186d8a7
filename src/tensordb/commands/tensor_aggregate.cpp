// TENSOR.AGGREGATE out RULE name [PARAMS k v …] [OWN key] [PREVIOUS key] [REFERENCE key] KEYS n key …
#include "tensordb/command.h"
#include "tensordb/native_job.h"
#include "tensordb/rule_line.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view out;
  RuleLine rule;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() < 7) throw wrong_arity("tensor.aggregate");
  Line line;
  line.out = arguments.take_key(redis::use::overwrite);
  line.rule = take_rule(arguments, "TENSOR.AGGREGATE");
  return line;
}

class AggregateJob final : public NativeJob {
 public:
  AggregateJob(const Line& line, const Arguments& arguments)
      : NativeJob(Change::overwrite, line.out, line.rule.all_keys(), arguments), rule_(line.rule) {}

 private:
  void check_inputs() const override { rule_.check_inputs(inputs_); }
  bool at_memory_speed() const override { return rule_.rule().at_memory_speed(); }
  double kept_bytes() const override { return rule_.kept_bytes(inputs_); }
  Plan plan(Place place) const override {
    return aggregate(runner().workers(), rule_.rule(), {rule_.rows(inputs_), rule_.beside(inputs_)}, place, before_);
  }

  LineRule rule_;
};

}  // namespace

const Command tensor_aggregate{.name = "TENSOR.AGGREGATE",
                               .flags = "write deny-oom",
                               .parse = [](Arguments& arguments) { parse_line(arguments); },
                               .run =
                                   [](redis::Context* context, redis::String**, Arguments& arguments) {
                                     const Line line = parse_line(arguments);
                                     runner().run(context, std::make_unique<AggregateJob>(line, arguments));
                                   }};

}  // namespace windtunnel::tensordb
