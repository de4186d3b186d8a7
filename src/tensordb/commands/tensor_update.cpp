// TENSOR.UPDATE params SGD|MOMENTUM|ADAM [PARAMS k v …] GRAD key
#include "tensordb/command.h"
#include "tensordb/native_job.h"
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

class UpdateJob final : public NativeJob {
 public:
  UpdateJob(const Line& line, const Arguments& arguments)
      : NativeJob(Change::update, line.params, std::span(&line.gradient, 1), arguments),
        optimizer_(line.optimizer, line.settings) {}

 private:
  void check_inputs() const override { check_same_floats(before_, inputs_[0]); }
  bool at_memory_speed() const override { return true; }
  Plan plan(Place place) const override { return step(runner().workers(), optimizer_, before_, inputs_[0], place); }

  NamedOptimizer optimizer_;
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
