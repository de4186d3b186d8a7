// TENSOR.ACCUMULATE mean key: `mean` becomes the mean of all tensors accumulated into it so far and of `key`.
#include "tensordb/command.h"
#include "tensordb/keyspace.h"
#include "tensordb/native_math.h"
#include "tensordb/native_replication.h"
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

class AccumulateJob final : public Job {
 public:
  AccumulateJob(const Line& line, const Arguments& arguments)
      : mean_(line.mean), value_(line.value), command_(arguments) {
    reads.push_back(value_);
    writes.push_back(mean_);
  }
  void gather(redis::Context* context) override {
    before_ = find_tensor_if_any(context, mean_);
    added_ = find_tensor(context, value_);
    const TensorRef both[] = {added_, before_ ? before_ : added_};
    check_same_floats(both);
  }
  bool brief() const override { return added_->count() <= brief_work; }
  void compute(const JobContext&) override { result_ = accumulate(runner().workers(), before_, added_); }
  bool commit(redis::Context* context) override {
    if (!(find_tensor_if_any(context, mean_) == before_)) return false;
    const bool same_value = unchanged(context, value_, added_);
    replaced_ = store_tensor(context, mean_, result_, Ttl::keep);
    if (same_value) {
      command_.replicate(context);
    } else {
      replicate_tensor(context, mean_, *result_);
    }
    return true;
  }

 private:
  std::string mean_, value_;
  CommandLine command_;
  TensorRef before_, added_, result_, replaced_;
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
