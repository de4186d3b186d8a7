// TENSOR.AGGREGATE out RULE name [PARAMS k v …] KEYS n key …
#include "tensordb/command.h"
#include "tensordb/native_job.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view out, rule;
  NamedSettings settings;
  std::vector<std::string_view> keys;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() < 7) throw wrong_arity("tensor.aggregate");
  Line line;
  line.out = arguments.take_key(redis::use::overwrite);
  if (!arguments.take_if("RULE")) throw CommandError("ERR RULE is wanted after the output key of TENSOR.AGGREGATE");
  line.rule = arguments.take();
  line.settings = take_settings(arguments, "KEYS");
  if (!arguments.take_if("KEYS")) throw CommandError("ERR KEYS is missing in TENSOR.AGGREGATE");
  const std::optional<std::int64_t> n = arguments.done() ? std::nullopt : parse_integer(arguments.take());
  if (!n || *n < 1 || *n != arguments.left()) {
    throw CommandError("ERR the number of KEYS of TENSOR.AGGREGATE is not the number of keys given");
  }
  line.keys = arguments.take_keys(static_cast<int>(*n), redis::use::read);
  return line;
}

class AggregateJob final : public NativeJob {
 public:
  AggregateJob(const Line& line, const Arguments& arguments)
      : NativeJob(Change::overwrite, line.out, line.keys, arguments), rule_(line.rule, line.settings) {}

 private:
  void check_inputs() const override {
    check_same_floats(inputs_);
    rule_.check_rows(inputs_.size());
  }
  bool at_memory_speed() const override { return rule_.at_memory_speed(); }
  bool compares_rows() const override { return !rule_.by_coordinate(); }
  Plan plan(Place place) const override { return aggregate(runner().workers(), rule_, inputs_, place, before_); }

  NamedRule rule_;
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
