// TENSOR.UPDATE params SGD|MOMENTUM|ADAM [PARAMS k v …] GRAD key
#include "tensordb/command.h"
#include "tensordb/keyspace.h"
#include "tensordb/native_math.h"
#include "tensordb/native_replication.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view params, optimizer, gradient;
  NamedSettings settings;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() < 5) throw wrong_arity("tensor.update");
  Line line;
  line.params = arguments.take_key(redis::use::update);
  line.optimizer = arguments.take();
  line.settings = take_settings(arguments, "GRAD");
  if (!arguments.take_if("GRAD") || arguments.left() != 1) {
    throw CommandError("ERR GRAD and one key are wanted at the end of TENSOR.UPDATE");
  }
  line.gradient = arguments.take_key(redis::use::read);
  return line;
}

class UpdateJob final : public Job {
 public:
  UpdateJob(const Line& line, const Arguments& arguments)
      : optimizer_(line.optimizer, line.settings), params_(line.params), gradient_(line.gradient), command_(arguments) {
    reads.push_back(gradient_);
    writes.push_back(params_);
  }
  void gather(redis::Context* context) override {
    inputs_ = {find_tensor(context, params_), find_tensor(context, gradient_)};
    check_same_floats(inputs_);
  }
  bool brief() const override { return inputs_[0]->count() <= brief_work; }
  void compute(const JobContext&) override { result_ = step(runner().workers(), optimizer_, inputs_[0], inputs_[1]); }
  bool commit(redis::Context* context) override {
    if (!unchanged(context, params_, inputs_[0])) return false;
    const bool same_gradient = unchanged(context, gradient_, inputs_[1]);
    replaced_ = store_tensor(context, params_, result_, Ttl::keep);
    if (same_gradient) {
      command_.replicate(context);
    } else {
      replicate_tensor(context, params_, *result_);
    }
    return true;
  }

 private:
  NamedOptimizer optimizer_;
  std::string params_, gradient_;
  CommandLine command_;
  std::vector<TensorRef> inputs_;
  TensorRef result_, replaced_;
};

}  // namespace

const Command tensor_update{.name = "TENSOR.UPDATE",
                            .flags = "write deny-oom",
                            .parse = [](Arguments& arguments) { parse_line(arguments); },
                            .run =
                                [](redis::Context* context, redis::String**, Arguments& arguments) {
                                  const Line line = parse_line(arguments);
                                  runner().run(context, std::make_unique<UpdateJob>(line, arguments));
                                }};

}  // namespace windtunnel::tensordb
