// AI.DAGEXECUTE and AI.DAGEXECUTE_RO: several operations, one after another, over tensors that only they see. What is
// loaded is of one moment; what is persisted appears at one moment, and only when every operation succeeded.
#include <map>

#include "tensordb/command.h"
#include "tensordb/dag.h"
#include "tensordb/keyspace.h"
#include "tensordb/module_settings.h"
#include "tensordb/program_call.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

/// The tensors of one run by name, and how much memory those take that the run made itself.
class LocalTensors {
 public:
  void load(const std::string& name, const TensorRef& tensor) { held_[name] = {tensor, 0}; }

  /// Throws std::bad_alloc when the run would hold more than a program may.
  void make(const std::string& name, const TensorRef& tensor) {
    Held& place = held_[name];
    bytes_ += tensor->footprint() - place.own_bytes;
    place = {tensor, tensor->footprint()};
    if (bytes_ > static_cast<std::size_t>(settings().max_script_bytes)) throw std::bad_alloc();
  }

  /// Precondition: loaded or made.
  const TensorRef& at(const std::string& name) const { return held_.at(name).tensor; }

 private:
  struct Held {
    TensorRef tensor;
    std::size_t own_bytes = 0;
  };
  std::map<std::string, Held> held_;
  std::size_t bytes_ = 0;
};

class DagJob final : public Job {
 public:
  explicit DagJob(const DagLine& line) : load_(line.load.begin(), line.load.end()) {
    reads = load_;
    writes.assign(line.persist.begin(), line.persist.end());
    timeout = line.timeout;
    for (const DagLine::Operation& operation : line.operations) {
      if (const auto* set = std::get_if<TensorSetLine>(&operation)) {
        steps_.emplace_back(Set{std::string(set->key), tensor_of(*set)});
      } else if (const auto* get = std::get_if<TensorGetLine>(&operation)) {
        steps_.emplace_back(Get{std::string(get->key), get->parts, {}});
      } else {
        const auto& call = std::get<ProgramCall>(steps_.emplace_back(ProgramCall(std::get<ProgramLine>(operation))));
        reads.push_back(call.key());
        runs_programs_ = true;
      }
    }
  }

  void gather(redis::Context* context) override {
    loaded_ = find_tensors(context, load_);
    check_tensors_or_empty(context, writes);
    for (Step& step : steps_) {
      if (auto* call = std::get_if<ProgramCall>(&step)) call->gather(context);
    }
  }

  bool brief() const override { return !runs_programs_; }

  void compute(const JobContext& context) override {
    LocalTensors tensors;
    for (std::size_t i = 0; i < load_.size(); ++i) tensors.load(load_[i], loaded_[i]);
    error_.clear();
    for (done_ = 0; done_ < steps_.size(); ++done_) {
      error_ = error_of([&] {
        check_time(context);
        std::visit([&](auto& step) { run(step, tensors, context); }, steps_[done_]);
      });
      if (!error_.empty()) return;
    }
    results_.clear();
    for (const std::string& key : writes) results_.push_back(tensors.at(key));
  }

  bool commit(redis::Context* context) override {
    if (!error_.empty()) return true;  // nothing is persisted; the reply says what failed
    if (overtaken(context, load_, loaded_, writes)) return false;
    replaced_ = store_results(context, writes, results_);
    return true;
  }

  void reply(redis::Context* context) override {
    const redis::Api& api = redis::api();
    api.reply_array(context, static_cast<long>(steps_.size()));
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (i > done_) {
        api.reply_simple(context, "NA");
      } else if (i == done_) {
        api.reply_error(context, error_.c_str());
      } else if (const auto* get = std::get_if<Get>(&steps_[i])) {
        reply_tensor(context, *get->tensor, get->parts);
      } else {
        api.reply_simple(context, "OK");
      }
    }
  }

 private:
  struct Set {
    std::string name;
    TensorRef tensor;
  };
  struct Get {
    std::string name;
    TensorParts parts;
    TensorRef tensor;
  };
  using Step = std::variant<Set, Get, ProgramCall>;

  /// Programs look at the clock in their loops only.
  static void check_time(const JobContext& context) {
    const bool cancelled = context.cancelled != nullptr && *context.cancelled;
    if (cancelled || std::chrono::steady_clock::now() >= context.deadline) {
      throw CommandError("ERR the DAG took longer than it may");
    }
  }

  static void run(const Set& set, LocalTensors& tensors, const JobContext&) { tensors.make(set.name, set.tensor); }
  static void run(Get& get, LocalTensors& tensors, const JobContext&) { get.tensor = tensors.at(get.name); }
  static void run(const ProgramCall& call, LocalTensors& tensors, const JobContext& context) {
    std::vector<TensorRef> inputs;
    for (const std::string& name : call.inputs()) inputs.push_back(tensors.at(name));
    const std::vector<TensorRef> outputs = call.run(std::move(inputs), context);
    for (std::size_t i = 0; i < outputs.size(); ++i) tensors.make(call.outputs()[i], outputs[i]);
  }

  std::vector<std::string> load_;
  std::vector<Step> steps_;
  bool runs_programs_ = false;
  std::vector<TensorRef> loaded_, results_, replaced_;
  std::size_t done_ = 0;  // steps that succeeded
  std::string error_;     // of the step after them
};

template <DagKind kind>
void parse(Arguments& arguments) {
  parse_dag(arguments, kind);
}

template <DagKind kind>
void run(redis::Context* context, redis::String**, Arguments& arguments) {
  const DagLine line = parse_dag(arguments, kind);
  refuse_in_transactions(context);
  runner().run(context, std::make_unique<DagJob>(line));
}

}  // namespace

const Command dag_execute{.name = "AI.DAGEXECUTE",
                          .flags = "write deny-oom",
                          .parse = parse<DagKind::may_write>,
                          .run = run<DagKind::may_write>};

const Command dag_execute_ro{.name = "AI.DAGEXECUTE_RO",
                             .flags = "readonly",
                             .parse = parse<DagKind::read_only>,
                             .run = run<DagKind::read_only>};

}  // namespace windtunnel::tensordb
