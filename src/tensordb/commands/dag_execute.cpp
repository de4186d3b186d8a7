// AI.DAGEXECUTE, AI.DAGEXECUTE_RO and their older forms AI.DAGRUN, AI.DAGRUN_RO: several operations, one after another,
// over tensors that only they see. What is loaded is of one moment; what is persisted appears at one moment, and only
// when every operation succeeded.
#include <algorithm>
#include <map>
#include <memory>

#include "tensordb/command.h"
#include "tensordb/dag.h"
#include "tensordb/element_text.h"
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
    if (bytes_ > static_cast<std::size_t>(max_script_bytes())) throw std::bad_alloc();
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
        const bool later = has_many_values(*set);
        steps_.emplace_back(Set{std::string(set->key), later ? TensorRef() : tensor_of(*set),
                                later ? std::make_shared<const ValuesToRead>(*set) : nullptr});
        much_to_read_ = much_to_read_ || later;
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
    resp3_ = speaks_resp3(context);
  }

  bool brief() const override {
    if (runs_programs_ || much_to_read_) return false;
    const bool loads_much = std::any_of(loaded_.begin(), loaded_.end(), [](const TensorRef& tensor) {
      return tensor->pending() || is_long_reply(*tensor, {.blob = true}) || is_long_reply(*tensor, {.values = true});
    });
    return !loads_much;
  }

  void compute(const JobContext& context) override {
    for (Step& step : steps_) {
      auto* set = std::get_if<Set>(&step);
      if (set != nullptr && !set->tensor) set->tensor = set->values->read();
    }
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
        reply_tensor(context, *get->tensor, get->parts, resp3_);
      } else {
        api.reply_simple(context, "OK");
      }
    }
  }
  bool replies_at_length() const override {
    return error_.empty() && std::any_of(steps_.begin(), steps_.end(), [](const Step& step) {
             const auto* get = std::get_if<Get>(&step);
             return get != nullptr && is_long_reply(*get->tensor, get->parts);
           });
  }
  void let_go_of_arguments() override {
    for (const Step& step : steps_) {
      if (const auto* set = std::get_if<Set>(&step); set != nullptr && set->values) set->values->let_go();
    }
  }

 private:
  struct Set {
    std::string name;
    TensorRef tensor;                            // null until the values are read
    std::shared_ptr<const ValuesToRead> values;  // when they are many
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
  bool runs_programs_ = false, much_to_read_ = false, resp3_ = false;
  std::vector<TensorRef> loaded_, results_, replaced_;
  std::size_t done_ = 0;  // steps that succeeded
  std::string error_;     // of the step after them
};

template <const DagKind& kind>
void parse(Arguments& arguments) {
  parse_dag(arguments, kind);
}

template <const DagKind& kind>
void run(redis::Context* context, redis::String**, Arguments& arguments) {
  const DagLine line = parse_dag(arguments, kind);
  refuse_in_transactions(context);
  runner().run(context, std::make_unique<DagJob>(line));
}

constexpr DagKind may_write{.name = "AI.DAGEXECUTE"};
constexpr DagKind read_only{.name = "AI.DAGEXECUTE_RO", .read_only = true};
constexpr DagKind older{.name = "AI.DAGRUN", .older_form = true};
constexpr DagKind older_read_only{.name = "AI.DAGRUN_RO", .read_only = true, .older_form = true};

template <const DagKind& kind>
constexpr Command command() {
  return {.name = kind.name,
          .flags = kind.read_only ? "readonly" : "write deny-oom",
          .parse = parse<kind>,
          .run = run<kind>};
}

}  // namespace

const Command dag_execute = command<may_write>();
const Command dag_execute_ro = command<read_only>();
const Command dag_run = command<older>();
const Command dag_run_ro = command<older_read_only>();

}  // namespace windtunnel::tensordb
