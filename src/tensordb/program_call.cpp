#include "tensordb/program_call.h"

#include "tensordb/keyspace.h"
#include "tensordb/runner.h"

namespace windtunnel::tensordb {
namespace {

std::vector<std::string> owned(const std::vector<std::string_view>& views) { return {views.begin(), views.end()}; }

class ExecuteJob final : public Job {
 public:
  explicit ExecuteJob(const ProgramLine& line) : call_(line) {
    reads = call_.inputs();
    reads.push_back(call_.key());
    writes = call_.outputs();
    timeout = line.timeout;
  }
  void gather(redis::Context* context) override {
    call_.gather(context);
    values_ = find_tensors(context, call_.inputs());
    check_tensors_or_empty(context, call_.outputs());
  }
  bool brief() const override { return call_.is_small(values_); }
  void compute(const JobContext& context) override { results_ = call_.run(values_, context); }
  bool commit(redis::Context* context) override {
    if (overtaken(context, call_.inputs(), values_, call_.outputs())) return false;
    replaced_ = store_results(context, call_.outputs(), results_);
    return true;
  }

 private:
  ProgramCall call_;
  std::vector<TensorRef> values_, results_, replaced_;
};

}  // namespace

ProgramCall::ProgramCall(const ProgramLine& line)
    : kind_(line.kind), key_(line.key), inputs_(owned(line.inputs)), outputs_(owned(line.outputs)) {
  call_.function = line.function;
  call_.keys = owned(line.keys);
  call_.arguments = owned(line.arguments);
  call_.outputs = outputs_.size();
}

void ProgramCall::gather(redis::Context* context) {
  if (kind_ == ProgramLine::Kind::script) {
    program_ = Ref<const StoredProgram>::share(find_script(context, key_).get());
    return;
  }
  const ModelRef model = find_model(context, key_);
  if (inputs_.size() < model->about.required_inputs || inputs_.size() > model->about.inputs.size()) throw wrong_inputs();
  program_ = Ref<const StoredProgram>::share(model.get());
}

bool ProgramCall::is_small(const std::vector<TensorRef>& inputs) const {
  const std::shared_ptr<const Program> program = program_->program_if_ready();
  if (!program) return false;
  ScriptCall call = call_;
  call.inputs = inputs;
  return program->is_small(call);
}

std::vector<TensorRef> ProgramCall::run(std::vector<TensorRef> inputs, const JobContext& context) const {
  ScriptCall call = call_;
  call.inputs = std::move(inputs);
  call.deadline = context.deadline;
  call.cancelled = context.cancelled;
  return program_->statistics.count([&] { return program_->program()->run(call); });
}

void refuse_in_transactions(redis::Context* context) {
  if ((redis::api().context_flags(context) & (redis::flag::multi | redis::flag::lua)) != 0) {
    throw CommandError("ERR Cannot run RedisAI command within a transaction or a LUA script");
  }
}

void execute(redis::Context* context, const ProgramLine& line) {
  refuse_in_transactions(context);
  runner().run(context, std::make_unique<ExecuteJob>(line));
}

}  // namespace windtunnel::tensordb
