// TENSOR.AGGREGATE out RULE name [PARAMS k v …] KEYS n key …
#include "tensordb/command.h"
#include "tensordb/keyspace.h"
#include "tensordb/native_math.h"
#include "tensordb/native_replication.h"
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

class AggregateJob final : public Job {
 public:
  AggregateJob(const Line& line, const Arguments& arguments)
      : rule_(line.rule, line.settings), out_(line.out), command_(arguments) {
    reads.assign(line.keys.begin(), line.keys.end());
    writes.push_back(out_);
  }
  void gather(redis::Context* context) override {
    check_tensor_or_empty(context, out_);
    inputs_.clear();
    for (const std::string& key : reads) inputs_.push_back(find_tensor(context, key));
    check_same_floats(inputs_);
    rule_.check_rows(inputs_.size());
  }
  bool brief() const override {
    return static_cast<std::int64_t>(inputs_.size() * inputs_.size()) * inputs_[0]->count() <= brief_work;
  }
  void compute(const JobContext&) override { result_ = aggregate(runner().workers(), rule_, inputs_); }
  bool commit(redis::Context* context) override {
    bool same_inputs = true;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      same_inputs = same_inputs && unchanged(context, reads[i], inputs_[i]);
    }
    replaced_ = store_tensor(context, out_, result_, Ttl::clear);
    if (same_inputs) {
      command_.replicate(context);
    } else {
      replicate_tensor(context, out_, *result_);
    }
    return true;
  }

 private:
  NamedRule rule_;
  std::string out_;
  CommandLine command_;
  std::vector<TensorRef> inputs_;
  TensorRef result_, replaced_;
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
