// TENSOR.ACCUMULATE mean key: `mean` becomes the mean of all tensors accumulated into it so far and of `key`.
#include "tensordb/command.h"
#include "tensordb/native_job.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

struct Line {
  std::string_view mean, value;
};

Line parse_line(Arguments& arguments) {
  if (arguments.count() != 3) throw wrong_arity("tensor.accumulate");
  Line line;
  line.mean = arguments.take_key(redis::use::update);
  line.value = arguments.take_key(redis::use::read);
  return line;
}

class AccumulateJob final : public NativeJob {
 public:
  AccumulateJob(const Line& line, const Arguments& arguments)
      : NativeJob(Change::update_or_make, line.mean, std::span(&line.value, 1), arguments) {}

 private:
  void check_inputs() const override { check_same_floats(inputs_[0], before_ ? before_ : inputs_[0]); }
  bool at_memory_speed() const override { return true; }
  Plan plan(Place place) const override { return accumulate(runner().workers(), before_, inputs_[0], place); }
};

}  // namespace

const Command tensor_accumulate{.name = "TENSOR.ACCUMULATE",
                                .flags = "write deny-oom",
                                .parse = [](Arguments& arguments) { parse_line(arguments); },
                                .run =
                                    [](redis::Context* context, redis::String**, Arguments& arguments) {
                                      const Line line = parse_line(arguments);
                                      runner().run(context, std::make_unique<AccumulateJob>(line, arguments));
                                    }};

}  // namespace windtunnel::tensordb
